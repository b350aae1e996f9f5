"""A plan, carried out file by file."""

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from ..errors import ActionError
from ..sources.naming import named, reason
from .alone import alone
from .checking import check_states, checked_digest, reason_at
from .linking import link_to_keeper
from .log import ActionLog, Logged
from .model import Action, Done, Plan, Step
from .moving import free_names, move_file
from .trash import put_in_trash

_NAMES_TRIED = 10


@dataclass(slots=True)
class Applied:
    """What came of a plan.

    Attributes:
        done: what was done.
        failed: what was not, and why.
        stopped: it was asked to stop before the end.
    """

    done: list[Done] = field(default_factory=list)
    failed: list[ActionError] = field(default_factory=list)
    stopped: bool = False


def apply(
    plan: Plan,
    log: str | os.PathLike[str],
    *,
    progress: Callable[[int], object] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Applied:
    """Do what is planned, and write to a new file `log` what is done.

    Right before each step the file and the one that is kept are looked at again: if one of them
    has gone or changed, or they are no longer the same where they were, the file is left alone.

    Args:
        plan: of files as they are now.
        log: by which `undo` undoes it; a new file.
        progress: called with 1 after each step.
        stop: asked before each step.

    Raises:
        ActionsBusy: another run of this user is acting on files; nothing was done.
        ArgumentError: there is something of the log's name; nothing was done.
        ActionLogError: the log can't be written; nothing more was done.
    """
    applied = Applied()
    with alone(), ActionLog.create(log) as writer:
        stayed: set[str] = set()
        for step in plan.steps:
            if stop():
                applied.stopped = True
                break
            if step.beside in stayed:
                continue
            try:
                applied.done.append(Done(step, _do(plan.action, step, writer)))
            except ActionError as err:
                applied.failed.append(err)
                stayed.add(step.path)
            progress(1)
    return applied


def _do(action: Action, step: Step, log: ActionLog) -> str:
    digest = checked_digest(step)
    for to in _ways(action, step):
        number = log.begin(
            Logged(action, step.path, step.keeper, step.keeper_state.inode, digest, step.state, to)
        )
        try:
            check_states(step)
            _ACTIONS[action](step, to)
        except FileExistsError as err:
            log.failed(number, reason(err))
        except ActionError as err:
            log.failed(number, err.reason)
            raise
        except OSError as err:
            why = reason_at(step.path, err)
            if os.path.lexists(step.path):
                log.failed(number, why)
            raise ActionError(named(step.path), why) from err
        else:
            log.done(number)
            return to if action is Action.MOVE else ""
    raise ActionError(named(step.path), f"no name is free for it at {named(step.to)}")


def _ways(action: Action, step: Step) -> Iterator[str]:
    match action:
        case Action.MOVE:
            return islice(free_names(step.to), _NAMES_TRIED)
        case Action.HARDLINK:
            folder = os.path.dirname(step.path)
            return iter([os.path.join(folder, f".imagematch-{secrets.token_hex(8)}.tmp")])
        case Action.DELETE:
            return iter([""])


def _move(step: Step, to: str) -> None:
    folder = os.path.dirname(to)
    try:
        os.makedirs(folder, exist_ok=True)
    except FileExistsError as err:
        raise NotADirectoryError(errno.ENOTDIR, "Not a directory", folder) from err
    move_file(step.path, to)


def _delete(step: Step, to: str) -> None:  # noqa: ARG001
    put_in_trash(step.path)


_ACTIONS: dict[Action, Callable[[Step, str], None]] = {
    Action.MOVE: _move,
    Action.HARDLINK: link_to_keeper,
    Action.DELETE: _delete,
}
