"""Carry out a plan, file by file."""

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ..errors import ActionError
from ..model import Progress
from ..sources.naming import named, reason
from .alone import alone
from .checking import check_states, checked_digest, has_kept, reason_at
from .linking import link_to_keeper
from .log import ActionLog, LoggedAction, OpenAction, default_log, remember_log
from .model import CleanupAction, CleanupPlan, CleanupStep, DoneStep, total_bytes
from .moving import free_names, missing_folder, move_file, remove_empty_folders
from .trash import Trash, put_in_trash
from .undoing import undo_action

_NAMES_TRIED = 10


@dataclass(slots=True)
class CleanupResult:
    """The result of carrying out a plan.

    Attributes:
        log: the file by which `undo_cleanup` undoes it.
        done: what was done.
        failed: what was not, and why.
        stopped: it was asked to stop before the end.
    """

    log: Path
    done: list[DoneStep] = field(default_factory=list)
    failed: list[ActionError] = field(default_factory=list)
    stopped: bool = False

    @property
    def total_bytes(self) -> int:
        """The size of the files, each content counted once, and only if it has no other name."""
        return total_bytes(done.step for done in self.done)


def apply_cleanup(
    plan: CleanupPlan,
    log: str | os.PathLike[str] | None = None,
    *,
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
) -> CleanupResult:
    """Do what is planned, and log what is done.

    Right before each step the file and the one that is kept are read again: if one of them has
    gone or changed, or they are no longer the same or as near as they were, the file is left alone.
    Afterwards the kept file is checked once more: if it has gone too, the two were one file by two
    names, and the file is put back.

    Args:
        plan: of files as they are now.
        log: a new file; without it, one in the user's state folder.
        progress: called with 1 after each step.
        stop: asked before each step.

    Raises:
        ActionsBusy: another run of this user is acting on files; nothing was done.
        ArgumentError: there is something of the log's name; nothing was done.
        ActionLogError: the log can't be written; nothing more was done.
    """
    applied = CleanupResult(Path(default_log() if log is None else log).absolute())
    with alone(), ActionLog.create(applied.log) as writer:
        remember_log(applied.log)
        stayed: set[str] = set()
        for step in plan.steps:
            if stop and stop():
                applied.stopped = True
                break
            if step.beside in stayed:
                continue
            try:
                applied.done.append(DoneStep(step, _do(plan, step, writer)))
            except ActionError as err:
                applied.failed.append(err)
                stayed.add(step.path)
            if progress:
                progress(1)
    return applied


def _do(plan: CleanupPlan, step: CleanupStep, log: ActionLog) -> str:
    action, digest = plan.action, checked_digest(plan, step)
    for to in _ways(action, step):
        made = missing_folder(to) if action is CleanupAction.MOVE else ""
        logged = LoggedAction(
            action, step.path, step.keeper, step.keeper_state.inode, digest, step.state, to, made
        )
        number = log.begin(logged)
        try:
            check_states(step)
            _ACTIONS[action](step, to)
        except FileExistsError as err:
            log.tell("failed", number, reason=reason(err))
        except (ActionError, OSError) as err:
            why = err.reason if isinstance(err, ActionError) else reason_at(step.path, err)
            if made:
                remove_empty_folders(to, made)
            if isinstance(err, ActionError) or os.path.lexists(step.path):
                log.tell("failed", number, reason=why)
            raise ActionError(named(step.path), why) from err
        else:
            log.tell("done", number)
            if not has_kept(step):
                _take_back(step, OpenAction(number, logged, is_done=True), log)
            return to if action is CleanupAction.MOVE else ""
    raise ActionError(named(step.path), f"no name is free for it at {named(step.to)}")


def _take_back(step: CleanupStep, done: OpenAction, log: ActionLog) -> None:
    """Undo a step after which the file that was to be kept is not what it was.

    Raises:
        ActionError: always; it says what became of the file.
    """
    went = f"{named(step.keeper)}, which was to be kept, went or changed with it"
    try:
        undo_action(done, Trash())
    except ActionError as err:
        raise ActionError(named(step.path), f"{went}; it can't be put back: {err.reason}") from err
    log.tell("undone", done.number)
    raise ActionError(named(step.path), f"{went}; it was put back")


def _ways(action: CleanupAction, step: CleanupStep) -> Iterator[str]:
    match action:
        case CleanupAction.MOVE:
            return islice(free_names(step.to), _NAMES_TRIED)
        case CleanupAction.HARDLINK:
            folder = os.path.dirname(step.path)
            return iter([os.path.join(folder, f".imagematch-{secrets.token_hex(8)}.tmp")])
        case CleanupAction.TRASH:
            return iter([""])


def _move(step: CleanupStep, to: str) -> None:
    folder = os.path.dirname(to)
    try:
        os.makedirs(folder, exist_ok=True)
    except FileExistsError as err:
        raise NotADirectoryError(errno.ENOTDIR, "Not a directory", folder) from err
    move_file(step.path, to)


_ACTIONS: dict[CleanupAction, Callable[[CleanupStep, str], None]] = {
    CleanupAction.MOVE: _move,
    CleanupAction.HARDLINK: link_to_keeper,
    CleanupAction.TRASH: lambda step, _: put_in_trash(step.path),
}
