"""A copy made a hard link of its keeper, and an independent file again."""

import errno
import os
from contextlib import suppress

from .checking import check_states
from .model import CleanupStep, FileState
from .moving import copy_file, set_owner

_REASONS = {
    errno.EXDEV: "it is on another file system than the file that is kept",
    errno.EPERM: "this file system has no hard links",
    errno.EOPNOTSUPP: "this file system has no hard links",
    errno.EMLINK: "the file that is kept has as many hard links as its file system allows",
}


def link_to_keeper(step: CleanupStep, temporary: str) -> None:
    """Put a hard link to the keeper in the place of its copy, at one stroke.

    Args:
        temporary: a name in the same folder.

    Raises:
        ActionError: one of the two has changed.
        OSError: it can't be linked.
    """
    try:
        # What `os.link` does with a symbolic link depends on the system.
        os.link(os.path.realpath(step.keeper), temporary)
    except OSError as err:
        raise OSError(err.errno, _REASONS.get(err.errno or 0, err.strerror)) from err
    try:
        if not step.keeper_state.is_unchanged(FileState.of(os.lstat(temporary))):
            raise OSError(errno.EBUSY, "the file that is kept has changed")
        check_states(step)
        os.replace(temporary, step.path)
    finally:
        remove_temporary(temporary)


def make_independent(path: str, temporary: str, digest: str, before: FileState) -> None:
    """Put a copy of a file in its place, with the time, permissions and owner of `before`.

    Args:
        temporary: a name in the same folder, of ours.
        digest: SHA-256 of what the file holds.

    Raises:
        OSError: it can't be copied, or holds something else.
    """
    remove_temporary(temporary)
    linked = FileState.of(os.lstat(path))
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        if copy_file(path, temporary) != digest:
            raise OSError(errno.EBUSY, "it has changed since it was linked")
        set_owner(temporary, before.uid, before.gid)
        os.chmod(temporary, before.mode)
        os.utime(temporary, ns=(before.mtime_ns, before.mtime_ns))
        if not linked.is_unchanged(FileState.of(os.lstat(path))):
            raise OSError(errno.EBUSY, "it is being changed")
        os.replace(temporary, path)
    finally:
        remove_temporary(temporary)


def remove_temporary(temporary: str) -> None:
    """Remove what an interrupted run left under a name that nobody else would choose."""
    with suppress(FileNotFoundError):
        os.unlink(temporary)
