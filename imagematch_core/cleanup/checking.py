"""A file and its keeper, looked at again right before the file is acted on."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from ..errors import ActionError, PictureError
from ..sources.naming import named, reason
from .model import CleanupPlan, CleanupStep, FileState

CHUNK_BYTES = 1 << 20


def checked_digest(plan: CleanupPlan, step: CleanupStep) -> str:
    """Return the SHA-256 of the file, which may be acted on.

    It can be read and hasn't changed, and neither has its keeper. Exact copies were compared byte
    by byte, near ones as pictures, unless people have decided on them.

    Raises:
        ActionError: the file must be left alone.
    """
    digest = hashlib.sha256()
    with _opened(step, step.keeper) as kept, _opened(step, step.path) as copy:
        while chunk := copy.read(CHUNK_BYTES):
            digest.update(chunk)
            if step.exact and kept.read(len(chunk)) != chunk:
                break
        if step.exact and (chunk or kept.read(1)):
            why = f"it is no longer the same to the byte as {named(step.keeper)}"
            raise ActionError(named(step.path), why)
    if plan.comparing and not step.exact and not step.beside:
        try:
            apart = plan.comparing.distance(step.keeper, step.path)
        except PictureError as err:
            raise ActionError(named(step.path), f"can't be compared again: {err}") from err
        if not apart < plan.cutoff:
            why = f"it is no longer near {named(step.keeper)}"
            raise ActionError(named(step.path), why)
    check_states(step)
    return digest.hexdigest()


def has_kept(step: CleanupStep) -> bool:
    """Return whether the keeper is still what it was, now that the step was done."""
    try:
        now = os.stat(step.keeper)
    except OSError:
        return False
    return stat.S_ISREG(now.st_mode) and step.keeper_state.is_unchanged(FileState.of(now))


def check_states(step: CleanupStep) -> None:
    """Raise `ActionError` unless the file and its keeper are what they were, by their states."""
    for path in (step.keeper, step.path):
        try:
            now = os.stat(path) if path == step.keeper else os.lstat(path)
        except OSError as err:
            raise _unusable(step, path, err) from err
        _check(step, path, now)


def reason_at(path: str, err: OSError) -> str:
    """Return what went wrong with the file `path`, and where, if that is elsewhere."""
    why = err.strerror or reason(err)
    where = err.filename2 or err.filename
    return why if where in (None, path) else f"{why}: {named(where)}"


@contextmanager
def _opened(step: CleanupStep, path: str) -> Iterator[BinaryIO]:
    check_states(step)  # what took a file's place might block
    try:
        with open(path, "rb") as file:
            _check(step, path, os.fstat(file.fileno()))
            yield file
    except OSError as err:
        raise _unusable(step, path, err) from err


def _check(step: CleanupStep, path: str, now: os.stat_result) -> None:
    before = step.keeper_state if path == step.keeper else step.state
    if not stat.S_ISREG(now.st_mode) or not before.is_unchanged(FileState.of(now)):
        raise ActionError(named(step.path), f"{_who(step, path)} has changed since it was read")


def _unusable(step: CleanupStep, path: str, err: OSError) -> ActionError:
    if isinstance(err, FileNotFoundError):
        return ActionError(named(step.path), f"{_who(step, path)} has gone")
    return ActionError(named(step.path), f"{_who(step, path)} can't be read: {err.strerror}")


def _who(step: CleanupStep, path: str) -> str:
    return "it" if path == step.path else f"{named(path)}, which was to be kept,"
