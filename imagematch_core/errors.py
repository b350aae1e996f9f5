"""Every error that imagematch raises. `ImageMatchError` catches them all.

ImageMatchError
├── PictureError                one picture can't be used; `.source` names it
│   ├── PictureNotFound             no such file
│   ├── UnreadablePicture           a folder, a device, no permission
│   ├── DownloadError               the URL did not give us a body
│   ├── MissingPackage              the package that reads such URLs is not installed
│   ├── EmptyPicture                no bytes
│   ├── NotAPicture                 no decoder knows these bytes
│   ├── TruncatedPicture            begins as a picture, ends too early or is damaged
│   ├── PictureTooLarge             over a limit of `Limits`, in pixels or bytes
│   ├── PictureTooSlow              over the limit of `Limits` on the time for decoding
│   ├── UnsupportedPicture          a picture that this algorithm can't sign
│   ├── FeaturelessImage            a flat picture: there is nothing to compare
│   └── WorkerDied                  it killed the process that was decoding it
├── ArgumentError               an argument of a wrong type or value; also a `ValueError`
│   ├── ItemError                   an id, path or metadata that can't be stored
│   └── FilterError                 an invalid `where`
├── EntryNotFound               the index holds no such id
├── EntryExists                 it holds this id, which was not to be replaced
├── AlgorithmError              unknown, or not the one that the index holds
├── DriverError                 no usable driver for a URL
│   ├── InvalidTarget               not a URL, or an option that the driver doesn't know
│   ├── UnknownDriver               no driver has this scheme
│   ├── DriverNotInstalled          one has, but it is not installed
│   ├── DriverBroken                it is installed, but can't be imported
│   ├── DriverApiMismatch           it speaks another version of the storage protocol
│   └── DriverConflict              two distributions claim the scheme
├── StorageError                the database failed; `.kind` says how
│   └── BulkError                   some records of a batch were not stored
├── IndexNotFound               there is no index of this name, and none was to be created
├── ForeignIndex                something of this name exists, and imagematch did not make it
├── IndexFormatError            written by another version of imagematch
├── IndexLayoutError            laid out by another version of the driver
├── ExplanationError            an explanation can't be written to the file that was named
├── ReportError                 a report can't be written to the file that was named
├── ActionError                 one file was not moved, linked, deleted or put back
├── DecisionsError              a file of decisions can't be read
├── ActionLogError              the log of such actions can't be written, or read
├── ActionsBusy                 another run is acting on files
└── Closed                      used after `close()`
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ImageMatchError(Exception):
    """Base class of every error of imagematch."""


class PictureError(ImageMatchError):
    """One picture can't be used. The others are not affected.

    Attributes:
        source: the path or URL, or a description of what was given.
        reason: what is wrong with it.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


class PictureNotFound(PictureError):
    """There is no such file."""


class UnreadablePicture(PictureError):
    """A folder, a device, or a file without the right to read it."""


class DownloadError(PictureError):
    """The URL can't be fetched: refused, unreachable, too slow, too many redirects."""


class MissingPackage(PictureError):
    """URLs of this kind are read by a package that is not installed; the reason names it."""


class EmptyPicture(PictureError):
    """There are no bytes."""


class NotAPicture(PictureError):
    """No installed decoder knows these bytes."""


class TruncatedPicture(PictureError):
    """It begins as a picture, but ends too early or is damaged."""


class PictureTooLarge(PictureError):
    """It is over a limit of `Limits`, in pixels or in bytes."""


class PictureTooSlow(PictureError):
    """Decoding it takes longer than `Limits.max_decoding_seconds`."""


class UnsupportedPicture(PictureError):
    """A sound picture that the algorithm can't sign."""


class FeaturelessImage(PictureError):
    """A flat picture has no signature: it would match every other flat one."""


class WorkerDied(PictureError):
    """The process that was decoding this picture died."""


class ArgumentError(ImageMatchError, ValueError):
    """An argument of a wrong type, out of its range, or excluded by another one."""


class ItemError(ArgumentError):
    """An id, a path or metadata that can't be stored."""


class EntryNotFound(ImageMatchError):
    """The index holds no picture with this id."""


class EntryExists(ImageMatchError):
    """The index holds a picture with this id, and `replace=False` was asked for.

    Attributes:
        id: of it.
    """

    def __init__(self, entry_id: str) -> None:
        super().__init__(entry_id)
        self.id = entry_id

    def __str__(self) -> str:
        return f"the index holds {self.id!r} already: give another id=, or replace=True"


class FilterError(ArgumentError):
    """A `where` that is invalid."""


class AlgorithmError(ImageMatchError):
    """An algorithm that is unknown, or that is not the one in use here."""


class DriverError(ImageMatchError):
    """There is no usable driver for the target."""


class InvalidTarget(DriverError):
    """Not a storage URL, or one with parts or options that its driver refuses."""


class UnknownDriver(DriverError):
    """No driver, installed or known to imagematch, has this scheme."""


class DriverNotInstalled(DriverError):
    """A driver for this scheme exists, but is not installed."""


class DriverBroken(DriverError):
    """The driver is installed but can't be imported, or is not a `Driver`."""


class DriverApiMismatch(DriverError):
    """The driver speaks a version of the storage protocol that this core doesn't."""


class DriverConflict(DriverError):
    """Two installed distributions register the same scheme."""


class ErrorKind(StrEnum):
    """A kind of failure of a database, by which the core decides what to do."""

    TRANSIENT = "transient"
    """A conflict or back-pressure: the same call may succeed when repeated."""
    UNAVAILABLE = "unavailable"
    """The database can't be reached, or is starting, electing or shutting down."""
    AUTH = "auth"
    """The user, password or key is wrong."""
    DENIED = "denied"
    """The user is known, but may not do this."""
    READ_ONLY = "read-only"
    """It accepts no writes."""
    FULL = "full"
    """No space is left."""
    MISSING_INDEX = "missing-index"
    """The index does not exist, or no longer."""
    TIMEOUT = "timeout"
    """No answer within the time given."""
    BAD_REQUEST = "bad-request"
    """It refuses the request as such; repeating won't help."""


class StorageError(ImageMatchError):
    """The database failed.

    Raised by the core around the exception of a database's client, which is its `__cause__`,
    or by a driver that found the fault in an answer.

    Attributes:
        kind: what failed, see `ErrorKind`.
        target: the database, without its password; None until the core has named it.
    """

    target: str | None = None

    def __init__(self, kind: ErrorKind, message: str) -> None:
        super().__init__(kind, message)
        self.kind = kind
        self.message = message

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one record of a batch was not stored."""

    reason: str
    kind: ErrorKind


class BulkError(StorageError):
    """The database refused some records of a batch; all the others are stored.

    Attributes:
        failures: by id, why a record was refused; it may be stored or not.
    """

    def __init__(self, failures: Mapping[str, Failure]) -> None:
        first_id, first = next(iter(failures.items()))
        super().__init__(
            first.kind, f"{len(failures)} of the records not stored; {first_id!r}: {first.reason}"
        )
        self.args = (failures,)
        self.failures = dict(failures)


class IndexNotFound(ImageMatchError):
    """There is no index of this name, and `create=False` was asked for."""


class ForeignIndex(ImageMatchError):
    """Something of the index's name exists that imagematch did not create. It was not touched."""


class IndexFormatError(ImageMatchError):
    """The index was written in a format that this version of imagematch doesn't know."""


class IndexLayoutError(ImageMatchError):
    """The index is laid out in a way that this version of its driver doesn't know.

    Attributes:
        found: the layout number of the index.
        supported: the layout number that this driver reads and writes.
    """

    def __init__(self, found: object, supported: int) -> None:
        super().__init__(found, supported)
        self.found = found
        self.supported = supported

    def __str__(self) -> str:
        return (
            f"the index has layout {self.found}, this driver reads layout {self.supported}: "
            "install the version of the driver that wrote it; with that version "
            "'imagematch copy' moves the index"
        )


class ExplanationError(ImageMatchError):
    """An explanation can't be written to the file that was named. What was there is still there."""


class ReportError(ImageMatchError):
    """A report can't be written to the file that was named. What was there is still there."""


class ActionError(ImageMatchError):
    """One file was not moved, linked, deleted or put back. It was left as it is.

    Attributes:
        path: the file.
        reason: why.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class DecisionsError(ImageMatchError):
    """A file of decisions can't be read, or contradicts itself. Nothing was done."""


class ActionLogError(ImageMatchError):
    """The log of actions can't be written, so nothing is done; or it can't be read."""


class ActionsBusy(ImageMatchError):
    """Another run of this user is acting on files, and only one may."""


class Closed(ImageMatchError):
    """Used after `close()`."""
