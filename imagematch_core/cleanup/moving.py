"""Files to new names that nobody holds, on any file system."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from itertools import count

from ..sources.source import digest_of_file
from .checking import CHUNK_BYTES
from .model import FileState

LONGEST_NAME = 255


def free_names(path: str) -> Iterator[str]:
    """`path`, then `path` with ' (2)' before its suffix and so on, without those that are taken.

    Names are kept within 255 bytes, what most file systems take.
    """
    folder, name = os.path.split(path)
    stem, suffix = os.path.splitext(name)
    for number in count(1):
        mark = f" ({number}){suffix}" if number > 1 else suffix
        candidate = os.path.join(folder, _shortened(stem, LONGEST_NAME - len(os.fsencode(mark))))
        if not os.path.lexists(candidate + mark):
            yield candidate + mark


def missing_folder(path: str) -> str:
    """Return the uppermost folder that has to be made for `path`; empty if all are there."""
    missing, folder = "", os.path.dirname(path)
    while folder and not os.path.lexists(folder):
        missing, folder = folder, os.path.dirname(folder)
    return missing


def remove_empty_folders(path: str, uppermost: str) -> None:
    """Remove the folders of `path` up to `uppermost`, as long as nothing is in them."""
    folder = os.path.dirname(path)
    with suppress(OSError):
        while folder.startswith(uppermost):
            os.rmdir(folder)
            folder = os.path.dirname(folder)


def move_file(source: str, target: str) -> None:
    """Move a file to a name that nobody holds, with its times, permissions and owner.

    To another file system it is copied, written through, compared, and only then removed.

    Raises:
        FileExistsError: the name is taken; nothing was changed.
        OSError: it can't be moved. The source is there as it was.
    """
    # Holding the name with an empty file is what keeps a rename from overwriting another's.
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        try:
            os.replace(source, target)
        except OSError as err:
            if err.errno != errno.EXDEV:
                raise
            _move_by_copying(source, target)
    except OSError:
        with suppress(OSError):
            # The only copy of a source that has gone meanwhile stays, what held its name does not.
            if os.path.lexists(source) or not os.path.getsize(target):
                os.unlink(target)
        raise


def copy_file(source: str, target: str) -> str:
    """Copy content and metadata into `target`, durably; return the SHA-256 of what is there.

    Raises:
        OSError: it can't be copied, or there is something else in the copy.
    """
    digest = hashlib.sha256()
    with open(source, "rb") as original, open(target, "wb") as copy:
        while chunk := original.read(CHUNK_BYTES):
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    if digest_of_file(target) != digest.hexdigest():
        raise OSError(errno.EIO, "the copy is not what was written")
    found = os.stat(source)
    shutil.copystat(source, target)
    set_owner(target, found.st_uid, found.st_gid)
    sync_folder(os.path.dirname(target))
    return digest.hexdigest()


def set_owner(path: str, uid: int, gid: int) -> None:
    """Give a file to its owner, where we may."""
    if hasattr(os, "chown"):
        with suppress(PermissionError):
            os.chown(path, uid, gid)


def sync_folder(folder: str) -> None:
    """Write the names in a folder through, where the system lets us."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _move_by_copying(source: str, target: str) -> None:
    before = FileState.of(os.lstat(source))
    try:
        copy_file(source, target)
    except OSError as err:
        # A disk that is full doesn't say which one it is.
        raise OSError(err.errno, err.strerror, err.filename or target) from err
    if not before.is_unchanged(FileState.of(os.lstat(source))):
        raise OSError(errno.EBUSY, "it was changed while it was copied")
    os.unlink(source)


def _shortened(stem: str, most: int) -> str:
    while len(os.fsencode(stem)) > most:
        stem = stem[:-1]
    return stem
