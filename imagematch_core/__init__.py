"""Near-duplicate image search in the database you already run.

import imagematch_core as imagematch

with imagematch.open("sqlite:///photos.db") as index:
    index.add_many(["mona.jpg", "remix.jpg"])
    for hit in index.search("query.jpg"):
        print(hit.distance, hit.path)

The public interface is this package, `imagematch_core.aio` for asynchronous programs,
`imagematch_core.compat` for users of image-match, and `imagematch_core.protocol` for authors of
drivers. The other modules are private.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import (
    ActionError,
    ActionLogError,
    ActionsBusy,
    AlgorithmError,
    ArgumentError,
    BulkError,
    Closed,
    DecisionsError,
    DownloadError,
    DriverApiMismatch,
    DriverBroken,
    DriverConflict,
    DriverError,
    DriverNotInstalled,
    EmptyPicture,
    EntryExists,
    EntryNotFound,
    ErrorKind,
    ExplanationError,
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
    PictureTooSlow,
    ReportError,
    StorageError,
    TruncatedPicture,
    UnknownDriver,
    UnreadablePicture,
    UnsupportedPicture,
    WorkerDied,
)
from .index import CopyResult, Index, UniqueAddResult, ddl
from .index import open_index as open  # noqa: A004 - reads as imagematch.open
from .ingest import AddResult, Item, PreparedPicture
from .matching.comparing import Comparison, compare, distance, signature
from .matching.groups import Group, Groups, Member
from .matching.keeping import KeepRule, Merits
from .matching.linkage import Linkage, Linkages, Merge
from .matching.settings import CompareSettings
from .model import (
    Entry,
    Hit,
    Hits,
    IndexInfo,
    Metadata,
    Orientation,
    PictureInfo,
    Progress,
    Signature,
)
from .records.identity import id_of
from .signatures.algorithm import Layout, Pairs, View
from .signatures.goldberg1 import ImageSignature
from .sources import PictureLike
from .sources.folders import walk
from .sources.limits import Limits
from .sources.selection import PassedOver, Selection

if TYPE_CHECKING:
    from .cleanup import *
    from .deduping import *
    from .explaining import *
    from .report import *

__all__ = [
    "ActionError",
    "ActionLogError",
    "ActionsBusy",
    "AddResult",
    "AlgorithmError",
    "ArgumentError",
    "BulkError",
    "CleanupAction",
    "CleanupLog",
    "CleanupPlan",
    "CleanupResult",
    "CleanupStep",
    "Closed",
    "CompareSettings",
    "Comparison",
    "CopyResult",
    "DecidedFile",
    "Decision",
    "Decisions",
    "DecisionsError",
    "DedupeResult",
    "DoneStep",
    "DownloadError",
    "DriverApiMismatch",
    "DriverBroken",
    "DriverConflict",
    "DriverError",
    "DriverNotInstalled",
    "EmptyPicture",
    "Entry",
    "EntryExists",
    "EntryNotFound",
    "ErrorKind",
    "ExplainedPicture",
    "Explanation",
    "ExplanationError",
    "Failure",
    "FeaturelessImage",
    "FileState",
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
    "IndexInfo",
    "IndexLayoutError",
    "IndexNotFound",
    "InvalidTarget",
    "Item",
    "ItemError",
    "KeepRule",
    "Layout",
    "LeftAlone",
    "Limits",
    "Linkage",
    "Linkages",
    "Member",
    "Merge",
    "Merits",
    "Metadata",
    "MissingPackage",
    "NotAPicture",
    "NotCopiesEntry",
    "Orientation",
    "Pairs",
    "PassedOver",
    "PictureError",
    "PictureInfo",
    "PictureLike",
    "PictureNotFound",
    "PictureTooLarge",
    "PictureTooSlow",
    "PreparedPicture",
    "Progress",
    "ReportError",
    "Selection",
    "Signature",
    "StorageError",
    "TriedView",
    "TruncatedPicture",
    "UndoResult",
    "UniqueAddResult",
    "UnknownDriver",
    "UnreadablePicture",
    "UnsupportedPicture",
    "View",
    "WorkerDied",
    "apply_cleanup",
    "cleanup_logs",
    "clear_not_copies",
    "compare",
    "ddl",
    "dedupe",
    "default_cache",
    "default_not_copies",
    "distance",
    "explain",
    "id_of",
    "list_not_copies",
    "load_decisions",
    "open",
    "plan_cleanup",
    "plan_decisions",
    "remember_not_copies",
    "signature",
    "undo_cleanup",
    "walk",
    "write_explanation",
    "write_report",
    "write_search_report",
]

_LATER = ("deduping", "explaining", "report", "cleanup")
"""Modules whose names are imported when one of these is first used: searching and adding need none
of them."""


def __getattr__(name: str) -> Any:
    if name in __all__:
        for module in (import_module(f".{later}", __name__) for later in _LATER):
            if name in module.__all__:
                value = globals()[name] = getattr(module, name)
                return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
