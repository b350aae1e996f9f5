"""What users ask to add → under which id, path and revision it is stored."""

import hashlib
import os
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..model import Metadata, Signature
from ..records.ids import check_id, check_path, id_of_digest, id_of_path, stored_path
from ..records.metadata import check_metadata
from ..records.revisions import content_revision, file_revision, remote_revision
from ..sources import Source, digest, read
from ..sources.limits import Limits
from ..sources.naming import is_url
from ..sources.remote_file import RemoteFile

Portable = str | os.PathLike[str] | RemoteFile | bytes | Image.Image | NDArray[Any] | Signature
"""A picture that can be handed to another process."""


@dataclass(frozen=True, slots=True)
class Item:
    """A picture to add, with what is to be stored beside it.

    Attributes:
        source: a path, URL, bytes, binary file object, Pillow image, array or `Signature`.
        id: in place of the one made from the path, or from the content where there is no path.
        path: in place of the source's own.
        metadata: a mapping that JSON can hold; None keeps what is stored.
    """

    source: Source | Signature
    id: str | None = None
    path: str | None = None
    metadata: Metadata | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """An item, resolved.

    Attributes:
        source: as users gave it, to name it in reports.
        picture: the same, in any process.
        id: under which it is stored.
        path: under which it is stored, '' for none.
        metadata: checked; None keeps what is stored.
        revision: by which a change is noticed; None where the content must be fetched first.
    """

    source: Source | Signature
    picture: Portable
    id: str
    path: str
    metadata: dict[str, Any] | None
    revision: str | None

    def same_as(self, other: "Task") -> bool:
        """Whether storing one after the other changes nothing."""
        return (self.path, self.revision) == (other.path, other.revision) and (
            self.metadata is None or self.metadata == other.metadata
        )


def held_bytes(picture: Source | Signature) -> int:
    """About how many bytes of memory a picture takes before it is decoded."""
    if isinstance(picture, bytes):
        return len(picture)
    if isinstance(picture, np.ndarray):
        return picture.nbytes
    if isinstance(picture, Image.Image):
        return 4 * picture.width * picture.height
    return 0


def resolve(item: Item, signature_format: str, limits: Limits) -> Task:
    """Decide id, path and revision; a file object is read, a local file only looked up.

    Raises:
        ItemError: an id, path or metadata that can't be stored.
        PictureError: a file object that can't be read.
    """
    source = item.source
    picture = _portable(source, limits)
    if isinstance(picture, Signature):
        content = hashlib.sha256(picture.algorithm.encode() + b"\0" + picture.data).hexdigest()
        own = _Identity("", id_of_digest(content), content_revision(signature_format, content))
    elif isinstance(picture, RemoteFile):
        url = check_path(picture.url)
        own = _Identity(url, id_of_path(url), remote_revision(signature_format, picture))
    elif isinstance(picture, str) and is_url(picture):
        own = _Identity(check_path(picture), id_of_path(picture), None)
    elif isinstance(picture, str | os.PathLike):
        own = _local_file(picture, signature_format)
    else:
        content = digest(picture)
        own = _Identity("", id_of_digest(content), content_revision(signature_format, content))
    path = own.path if item.path is None else check_path(item.path)
    if item.id is not None:
        entry_id = check_id(item.id)
    else:
        entry_id = id_of_path(item.path) if item.path else own.id
    metadata = None if item.metadata is None else check_metadata(item.metadata)
    return Task(source, picture, entry_id, path, metadata, own.revision)


def _portable(source: Source | Signature, limits: Limits) -> Portable:
    if isinstance(source, bytearray | memoryview):
        return bytes(source)
    if isinstance(
        source,
        str | os.PathLike | RemoteFile | bytes | Image.Image | np.ndarray | Signature,
    ):
        return source
    return read(source, limits)


class _Identity(NamedTuple):
    path: str
    id: str
    revision: str | None


def _local_file(name: str | os.PathLike[str], signature_format: str) -> _Identity:
    path = stored_path(name)
    try:
        revision = file_revision(signature_format, os.stat(name))
    except (OSError, ValueError):
        # What can't be looked up can't be opened either; opening it says why.
        revision = None
    return _Identity(path, id_of_path(path), revision)
