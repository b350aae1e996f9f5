"""Near-duplicate image search in the database you already run.

import imagematch_core as imagematch

with imagematch.open("sqlite:///photos.db") as index:
    index.add_many(["mona.jpg", "remix.jpg"])
    for hit in index.search("query.jpg"):
        print(hit.distance, hit.path)
"""

from .errors import (
    AlgorithmError,
    ArgumentError,
    BulkError,
    Closed,
    DownloadError,
    DriverApiMismatch,
    DriverBroken,
    DriverConflict,
    DriverError,
    DriverNotInstalled,
    EmptyPicture,
    EntryNotFound,
    ErrorKind,
    Failure,
    FeaturelessImage,
    FilterError,
    ForeignIndex,
    ImageMatchError,
    IndexFormatError,
    IndexLayoutError,
    IndexNotFound,
    InvalidTarget,
    ItemError,
    MissingPackage,
    NotAPicture,
    PictureError,
    PictureNotFound,
    PictureTooLarge,
    StorageError,
    TruncatedPicture,
    UnknownDriver,
    UnreadablePicture,
    UnsupportedPicture,
    WorkerDied,
)
from .index import CopyReport, Hits, Index
from .index import open_index as open  # noqa: A004 - reads as imagematch.open
from .ingest import AddReport, Item
from .matching.comparing import distance, signature
from .matching.groups import Group, Groups, Member
from .model import Entry, Hit, Orientation, PictureInfo, Signature
from .signatures.goldberg1 import ImageSignature
from .sources.limits import Limits

__all__ = [
    "AddReport",
    "AlgorithmError",
    "ArgumentError",
    "BulkError",
    "Closed",
    "CopyReport",
    "DownloadError",
    "DriverApiMismatch",
    "DriverBroken",
    "DriverConflict",
    "DriverError",
    "DriverNotInstalled",
    "EmptyPicture",
    "Entry",
    "EntryNotFound",
    "ErrorKind",
    "Failure",
    "FeaturelessImage",
    "FilterError",
    "ForeignIndex",
    "Group",
    "Groups",
    "Hit",
    "Hits",
    "ImageMatchError",
    "ImageSignature",
    "Index",
    "IndexFormatError",
    "IndexLayoutError",
    "IndexNotFound",
    "InvalidTarget",
    "Item",
    "ItemError",
    "Limits",
    "Member",
    "MissingPackage",
    "NotAPicture",
    "Orientation",
    "PictureError",
    "PictureInfo",
    "PictureNotFound",
    "PictureTooLarge",
    "Signature",
    "StorageError",
    "TruncatedPicture",
    "UnknownDriver",
    "UnreadablePicture",
    "UnsupportedPicture",
    "WorkerDied",
    "distance",
    "open",
    "signature",
]
