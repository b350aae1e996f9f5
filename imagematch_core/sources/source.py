"""Sources of pictures: a class for each kind, which knows how to open it."""

import hashlib
import io
import os
import re
import stat
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import unquote_to_bytes, urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import (
    NotAPicture,
    PictureError,
    PictureNotFound,
    PictureTooLarge,
    UnreadablePicture,
    UnsupportedPicture,
)
from . import decoders
from .limits import Limits
from .naming import named, printable, reason
from .picture import (
    Picture,
    digest_of_array,
    digest_of_image,
    picture_of_array,
    picture_of_file,
    picture_of_image,
)

_SCHEME = re.compile(r"([a-z][a-z0-9+.:-]+)://", re.IGNORECASE)
_READ_SIZE = 1 << 20
_LARGE_FILE = 8 << 20
_HEAD_SIZE = 64 << 10


class Source(ABC):
    """A picture that was not opened yet. It can be handed to another process once it is `held`.

    Attributes:
        name: how errors and reports call it, without secrets.
        path: under which it is stored; '' where it has none.
        size_in_memory: about how many bytes it holds before it is decoded.
    """

    @property
    @abstractmethod
    def name(self) -> str: ...

    @property
    def path(self) -> str:
        return ""

    @property
    def size_in_memory(self) -> int:
        return 0

    @abstractmethod
    def open(self, limits: Limits) -> Picture:
        """Open the picture, its pixels not decoded yet.

        Raises:
            PictureError: of the kind that fits. Damage behind the header shows in
                `Picture.decoding` only.
        """

    def state(self) -> str | None:
        """Return a text that changes with the picture; None where only its content tells."""
        return None

    def held(self, limits: Limits) -> "Source":  # noqa: ARG002 - streams need them
        """Return the same picture in a form that another process can open.

        Raises:
            PictureError: it must be read for that, and can't be.
        """
        return self

    def looked_up(self, limits: Limits) -> "Source":  # noqa: ARG002 - buckets need them
        """Return the same picture with what its store tells of it.

        Raises:
            PictureError: it can't be reached.
        """
        return self


@dataclass(frozen=True)
class LocalFile(Source):
    """A file of this machine.

    Attributes:
        file: its path as it was given.
    """

    file: str

    @property
    def name(self) -> str:
        return named(self.file)

    @cached_property
    def path(self) -> str:
        """Absolute, links kept; the percent-encoded `file:` URI of one that is not UTF-8."""
        path = absolute(self.file)
        try:
            path.encode()
        except UnicodeEncodeError:
            return Path(path).as_uri()
        return path

    def open(self, limits: Limits) -> Picture:
        return picture_of_file(self._opened(), self.name, limits)

    def state(self) -> str | None:
        found = stat_of(self.file)  # what can't be looked up can't be opened; opening it says why
        return found and state_of_file(found)

    def _opened(self) -> BinaryIO:
        name = self.name
        try:
            _check_regular(os.stat(self.file), name)
            # Should it have become a pipe since, this doesn't wait for a writer.
            file = open(self.file, "rb", opener=_open_without_waiting)  # noqa: SIM115
        except (FileNotFoundError, NotADirectoryError) as err:
            # Where the name hides a secret, the system's error shows it.
            cause = err if name == os.fspath(err.filename) else None
            raise PictureNotFound(name, "there is no such file") from cause
        except OSError as err:
            why = f"it can't be opened: {err.strerror or reason(err)}"
            raise UnreadablePicture(name, why) from err
        except ValueError as err:  # a NUL in the name, or what the file system can't encode
            raise PictureNotFound(name, f"there can't be such a file: {reason(err)}") from err
        try:
            _check_regular(os.fstat(file.fileno()), name)
        except UnreadablePicture:
            file.close()
            raise
        return file


@dataclass(frozen=True)
class _Url(Source):
    url: str

    @property
    def name(self) -> str:
        return named(self.url)

    @property
    def path(self) -> str:
        """The URL as given."""
        return self.url


class WebUrl(_Url):
    """An http(s) URL."""

    def open(self, limits: Limits) -> Picture:
        from .download import download  # noqa: PLC0415 - what it imports takes time

        return picture_of_file(io.BytesIO(download(self.url, limits)), self.name, limits)


@dataclass(frozen=True)
class BucketFile(_Url):
    """A file in a bucket, `s3://` or `gs://`; or a URL of a scheme that is not read.

    Attributes:
        url: as given.
        size: in bytes; None before it was looked up.
        version: text that changes with the content; None where the store tells none.
    """

    size: int | None = None
    version: str | None = None

    def open(self, limits: Limits) -> Picture:
        from .buckets.access import Access  # noqa: PLC0415 - what it imports takes time

        access = Access(self.url, limits)
        size = access.file().size if self.size is None else self.size
        if size > _LARGE_FILE:
            # Buckets hold films too: what is no picture isn't fetched whole to know it.
            head = io.BytesIO(access.head(_HEAD_SIZE))
            try:
                decoders.open_image(head, self.name, limits).close()
            except (NotAPicture, PictureTooLarge):
                raise
            except PictureError:
                pass  # it goes on behind the head
        return picture_of_file(io.BytesIO(access.content(size)), self.name, limits)

    def state(self) -> str | None:
        return None if self.version is None else f"size={self.size} {self.version}"

    def looked_up(self, limits: Limits) -> "BucketFile":
        if self.size is not None:
            return self
        from .buckets.access import Access  # noqa: PLC0415 - what it imports takes time

        found = Access(self.url, limits).file()
        return BucketFile(self.url, found.size, found.version)


class InMemory(Source):
    """A picture in memory, whose content tells whether it has changed.

    Attributes:
        digest: hex SHA-256 of the content.
    """

    @property
    @abstractmethod
    def digest(self) -> str: ...

    def state(self) -> str:
        return state_of_content(self.digest)


@dataclass(frozen=True)
class EncodedPicture(InMemory):
    """The bytes of a picture file."""

    data: bytes | bytearray | memoryview
    given_as: str = ""

    @property
    def name(self) -> str:
        return self.given_as or f"<{type(self.data).__name__}, {self.size_in_memory} bytes>"

    @property
    def size_in_memory(self) -> int:
        return self.data.nbytes if isinstance(self.data, memoryview) else len(self.data)

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(bytes(self.data)).hexdigest()

    def open(self, limits: Limits) -> Picture:
        return picture_of_file(io.BytesIO(bytes(self.data)), self.name, limits)

    def held(self, limits: Limits) -> Source:  # noqa: ARG002
        # Copied, since others may be changed while they wait.
        return EncodedPicture(bytes(self.data), self.name)


@dataclass(frozen=True)
class Stream(Source):
    """A binary file object, read from where it stands to its end. It is not closed."""

    file: BinaryIO

    @property
    def name(self) -> str:
        name = getattr(self.file, "name", None)
        described = f"file {name}" if isinstance(name, str) else type(self.file).__name__
        return printable(f"<{described}>")

    def open(self, limits: Limits) -> Picture:
        return self.held(limits).open(limits)

    def held(self, limits: Limits) -> EncodedPicture:
        return EncodedPicture(self._read(limits), self.name)

    def _read(self, limits: Limits) -> bytes:
        if isinstance(cast("object", self.file), io.TextIOBase):
            why = "it is open in text mode; open it in binary mode, 'rb'"
            raise UnreadablePicture(self.name, why)
        data = bytearray()
        while len(data) <= limits.max_bytes:
            try:
                chunk = self.file.read(min(_READ_SIZE, limits.max_bytes + 1 - len(data)))
            except Exception as err:
                raise UnreadablePicture(self.name, f"it can't be read: {reason(err)}") from err
            if not isinstance(chunk, bytes | bytearray | memoryview):
                raise UnreadablePicture(self.name, "reading it gives no bytes")
            if not chunk:
                return bytes(data)
            data += chunk
        most = f"{limits.max_bytes:,} bytes that Limits.max_bytes allows"
        raise PictureTooLarge(self.name, f"it has more than the {most}")


@dataclass(frozen=True)
class PillowImage(InMemory):
    """A Pillow image. It stays the caller's."""

    image: Image.Image

    @property
    def name(self) -> str:
        return f"<Pillow image {self.image.width}x{self.image.height} {self.image.mode}>"

    @property
    def size_in_memory(self) -> int:
        return 4 * self.image.width * self.image.height

    @cached_property
    def digest(self) -> str:
        return digest_of_image(self.image, self.name)

    def open(self, limits: Limits) -> Picture:
        return picture_of_image(self.image, self.name, limits)


@dataclass(frozen=True, eq=False)
class Array(InMemory):
    """An array: (H, W) or (H, W, 1|3|4), bool, uint8, uint16 or floats in [0, 1]."""

    array: NDArray[Any]

    @property
    def name(self) -> str:
        return f"<array {self.array.shape} {self.array.dtype}>"

    @property
    def size_in_memory(self) -> int:
        return self.array.nbytes

    @cached_property
    def digest(self) -> str:
        return digest_of_array(self.array, self.name)

    def open(self, limits: Limits) -> Picture:
        return picture_of_array(self.array, self.name, limits)


PictureLike = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | BinaryIO
    | Image.Image
    | NDArray[Any]
    | Source
)
"""All that a picture may be given as."""


def source_of(given: PictureLike) -> Source:
    """Decide which kind of source something is. Nothing is read, copied or looked up.

    A string that begins as `https://` does is a URL, any other a path. The `file:` URIs that
    paths are stored as where they are not UTF-8 are those paths; no others are read.

    Raises:
        UnsupportedPicture: it is none.
    """
    match given:
        case Source():
            return given
        case str():
            scheme = _SCHEME.match(given)
            if scheme is None or LocalFile(local_path(given)).path == given:
                return LocalFile(local_path(given) if scheme else given)
            return (WebUrl if scheme[1].lower() in {"http", "https"} else BucketFile)(given)
        case os.PathLike():
            return LocalFile(os.fsdecode(given))
        case bytes() | bytearray() | memoryview():
            return EncodedPicture(given)
        case Image.Image():
            return PillowImage(given)
        case np.ndarray():
            return Array(given)
    if hasattr(given, "read"):
        return Stream(given)
    raise UnsupportedPicture(
        f"<{type(given).__name__}>",
        "give a path, a URL, bytes, a binary file object, a Pillow image or an array",
    )


def name_of(given: object) -> str:
    """Return how errors call what was given as a picture, whatever it is."""
    try:
        return source_of(cast("PictureLike", given)).name
    except UnsupportedPicture as err:
        return err.source


def open_picture(given: PictureLike, limits: Limits = Limits()) -> Picture:
    """Open a path, a URL, bytes, a binary file object, a Pillow image or an array.

    Args:
        given: a string that begins as `https://` does is a URL, of http, https, s3 or gs; any
            other a path. A file object is read from where it stands to its end, and not closed.
            An array is (H, W) or (H, W, 1|3|4), grey, RGB or RGBA: bool, uint8, uint16, or
            floats in [0, 1], in either byte order.
        limits: how much is taken.

    Raises:
        PictureError: of the kind that fits. Damage behind the header shows in
            `Picture.decoding` only.
    """
    return source_of(given).open(limits)


def absolute(path: str) -> str:
    """Make a path absolute: links are kept, and `..` leads where the system lets it lead.

    After a link to a folder `..` is the parent of that folder, so there the link is followed.
    """
    if os.name != "posix" or os.pardir not in path.split(os.sep):
        return os.path.abspath(path)
    found = os.sep
    for part in os.path.join(os.getcwd(), path).split(os.sep):
        if part == os.pardir:
            found = os.path.dirname(os.path.realpath(found) if os.path.islink(found) else found)
        elif part not in {"", os.curdir}:
            found = os.path.join(found, part)
    return found


def local_path(path: str) -> str:
    """Return the file that is stored under `path`, as the system names it."""
    if not path.startswith("file:"):
        return path
    return os.fsdecode(unquote_to_bytes(urlsplit(path).path))


def stat_of(file: str) -> os.stat_result | None:
    """Return what the system tells of a file or folder; None where it can't be looked up."""
    try:
        return os.stat(file)
    except (OSError, ValueError):
        return None


def state_of_file(found: os.stat_result) -> str:
    """Return the text that changes with a local file: its size and times.

    The time of modification can be set, as archives and `cp -p` do, so files of one size may
    change places unseen by it. The system's own time changes with each renaming.
    """
    return f"size={found.st_size} mtime_ns={found.st_mtime_ns} ctime_ns={found.st_ctime_ns}"


def full_state_of_file(found: os.stat_result) -> str:
    """Return the text that changes with a local file or with its place.

    Not all file systems change the system's time when they rename a file.
    """
    return f"{state_of_file(found)} inode={found.st_ino}"


def is_of_state(found: os.stat_result, state: str) -> bool:
    """Return whether a local file is still what it was, by what either of the two texts tells.

    Some file systems number their inodes anew whenever they are mounted, and backups change
    ctimes. Files that took the place of another differ in both.
    """
    if not full_state_of_file(found).startswith(state.partition(" ctime_ns=")[0] + " "):
        return False
    told = dict(part.partition("=")[::2] for part in state.split())
    now = {"inode": str(found.st_ino), "ctime_ns": str(found.st_ctime_ns)}
    places = now.keys() & told.keys()
    return not places or any(told[name] == now[name] for name in places)


def digest_of_file(path: str) -> str:
    """Return the hex SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def state_of_content(digest: str) -> str:
    """Return the text that changes with a content, from its hex SHA-256."""
    return f"sha256={digest}"


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_regular(found: os.stat_result, name: str) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise UnreadablePicture(name, "it is a folder; give the files in it")
    if not stat.S_ISREG(found.st_mode):
        raise UnreadablePicture(name, "it is a device, a pipe or a socket, not a file")
