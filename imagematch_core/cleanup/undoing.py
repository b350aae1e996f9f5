"""Undo the actions of a log. The log says what was begun, the disk what was really done."""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import ActionError, ActionLogError, ArgumentError
from ..model import Progress
from ..sources.naming import named
from ..sources.source import digest_of_file
from .alone import alone
from .checking import CHUNK_BYTES, reason_at
from .linking import make_independent, remove_temporary
from .log import ActionLog, LoggedAction, OpenAction, cleanup_logs
from .model import CleanupAction
from .moving import move_file, remove_empty_folders
from .trash import Trash


@dataclass(slots=True)
class UndoResult:
    """The result of undoing.

    Attributes:
        log: of what was undone.
        restored: files that were put back.
        in_place: files that were already as before the cleanup.
        failed: files that could not be put back, and why.
        stopped: it was asked to stop before the end.
    """

    log: Path
    restored: list[str] = field(default_factory=list)
    in_place: list[str] = field(default_factory=list)
    failed: list[ActionError] = field(default_factory=list)
    stopped: bool = False


def undo_cleanup(
    log: str | os.PathLike[str] | None = None,
    *,
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
) -> UndoResult:
    """Put moved and trashed files back, and make linked ones independent; the last first.

    Folders that were made for them are removed if nothing else is in them.

    Nothing that is there now is overwritten. Run again, it goes on with what is left. On macOS and
    Windows files can't be taken from the trash: each fails, with what to do by hand.

    Args:
        log: the file that `apply_cleanup` wrote; without it, the last one of this user with
            something to undo.
        progress: called with 1 after each file.
        stop: asked before each file.

    Raises:
        ActionsBusy: another run of this user is acting on files; nothing was done.
        ArgumentError: it is no such log, or is not there; or there is nothing to undo.
        ActionLogError: it can't be opened to be read and written.
    """
    with alone():
        undone = UndoResult(Path(_last_log() if log is None else log).absolute())
        writer, left = ActionLog.reopen(undone.log)
        trash = Trash()
        with writer:
            for action in reversed(left):
                if stop and stop():
                    undone.stopped = True
                    break
                try:
                    changed = undo_action(action, trash)
                except ActionError as err:
                    undone.failed.append(err)
                else:
                    # On a disk that is full files are put back all the same. When it is undone
                    # again, they are found in place.
                    with suppress(ActionLogError):
                        writer.tell("undone", action.number)
                    (undone.restored if changed else undone.in_place).append(action.logged.path)
                if progress:
                    progress(1)
    return undone


def _last_log() -> Path:
    for log in cleanup_logs():
        if log.undoable:
            return log.path
    raise ArgumentError("there is nothing to undo: no log of this user has any action left")


def undo_action(action: OpenAction, trash: Trash) -> bool:
    """Undo one action, or raise `ActionError`; return whether something had to be done."""
    logged = action.logged
    try:
        match logged.action:
            case CleanupAction.MOVE:
                changed = _move_back(logged, action.is_done)
                if logged.made:
                    remove_empty_folders(logged.to, logged.made)
                return changed
            case CleanupAction.HARDLINK:
                return _part(logged)
            case CleanupAction.TRASH:
                return _restore(logged, trash)
    except OSError as err:
        raise _failure(logged, reason_at(logged.path, err)) from err


def _move_back(logged: LoggedAction, is_done: bool) -> bool:
    if os.path.lexists(logged.path):
        if not _holds(logged.path, logged):
            raise _failure(logged, f"something else is there now; see {named(logged.to)}")
        if not is_done and _is_beginning(logged.to, logged.path):
            os.unlink(logged.to)
        return False
    if not os.path.lexists(logged.to):
        folder = os.path.dirname(logged.to)
        if not os.path.isdir(folder):
            why = f"{named(folder)} is not there; if its disk is not connected, connect it"
            raise _failure(logged, f"{why} and run this again")
        raise _failure(logged, f"it is no longer at {named(logged.to)}")
    if not _holds(logged.to, logged):
        raise _failure(logged, f"it has changed since it was moved; it stays at {named(logged.to)}")
    _put_back(logged.to, logged)
    return True


def _part(logged: LoggedAction) -> bool:
    remove_temporary(logged.to)
    try:
        now = os.lstat(logged.path)
    except FileNotFoundError:
        raise _failure(logged, "it has gone since it was linked") from None
    is_linked = stat.S_ISREG(now.st_mode) and now.st_ino == logged.keeper_inode
    if not _holds(logged.path, logged):
        raise _failure(logged, "it has changed since it was linked")
    if is_linked:
        make_independent(logged.path, logged.to, logged.sha256, logged.state)
    return is_linked


def _restore(logged: LoggedAction, trash: Trash) -> bool:
    if os.path.lexists(logged.path):
        if _holds(logged.path, logged):
            return False
        raise _failure(logged, "something else is there now; the file is in the trash")
    for trashed in trash.find(logged.path):
        if _holds(trashed.path, logged):
            _put_back(trashed.path, logged)
            os.unlink(trashed.info)
            return True
    raise _failure(logged, "it is not in the trash any more")


def _put_back(source: str, logged: LoggedAction) -> None:
    os.makedirs(os.path.dirname(logged.path), exist_ok=True)
    try:
        move_file(source, logged.path)
    except FileExistsError:
        raise _failure(
            logged, f"something else is there now; the file is at {named(source)}"
        ) from None


def _holds(path: str, logged: LoggedAction) -> bool:
    """Return whether `path` is a file with the content that was acted on."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return False
    return (
        stat.S_ISREG(found.st_mode)
        and found.st_size == logged.state.size
        and digest_of_file(path) == logged.sha256
    )


def _is_beginning(path: str, whole: str) -> bool:
    """Return whether `path` is an interrupted copy of `whole`: it holds its beginning."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode) or os.path.samefile(path, whole):
            return False
    except FileNotFoundError:
        return False
    with open(path, "rb") as part, open(whole, "rb") as full:
        while chunk := part.read(CHUNK_BYTES):
            if full.read(len(chunk)) != chunk:
                return False
    return True


def _failure(logged: LoggedAction, why: str) -> ActionError:
    return ActionError(named(logged.path), why)
