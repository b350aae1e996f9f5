"""`imagematch dedupe` with something to be done about copies, and `imagematch undo`."""

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from types import FrameType

import click
from more_itertools import map_reduce
from rich.text import Text

from ..cleanup import (
    CleanupAction,
    CleanupPlan,
    CleanupResult,
    CleanupStep,
    DoneStep,
    LeftAlone,
    apply_cleanup,
    cleanup_logs,
    load_decisions,
    plan_cleanup,
    plan_decisions,
    undo_cleanup,
)
from ..cleanup.log import default_log
from ..deduping import DedupeResult, remember_not_copies
from ..sources.folders import Inside
from ..sources.naming import NamedFailure, named, printable
from .options import FILE, examples, gathering, json_option
from .output import (
    FAILED,
    INTERRUPTED,
    complain,
    plural,
    print_json,
    print_rows,
    progress,
    report_failures,
    size,
    tell,
)
from .pipes import Console

_DECIDED_BY_EYE = {LeftAlone.BETTER, LeftAlone.CHAINED, LeftAlone.DIFFERS, LeftAlone.UNSURE}
"""Why near copies are left alone that may be copies all the same."""


@dataclass(frozen=True, slots=True)
class Acting:
    """What was asked for to be done with copies, as its options have it.

    Attributes:
        move_to: the folder that copies are moved to.
        acting_cutoff: act on those with distances below it; None for what is sure enough.
        keep_in: folders in which nothing is acted on.
        applied: do it, rather than only show it.
        log: a new file; None for one in the user's state folder.
        decisions: a file of decisions to carry out, which were made by eye; None for none.
    """

    move_to: str | None
    hardlink: bool
    trash: bool
    near: bool
    acting_cutoff: float | None
    keep_in: Sequence[str]
    applied: bool
    yes: bool
    log: Path | None
    decisions: Path | None

    def __post_init__(self) -> None:
        if (self.move_to is not None) + self.hardlink + self.trash > 1:
            raise click.UsageError("use only one of --move-to, --hardlink and --trash")
        if self.move_to == "":
            raise click.UsageError("--move-to needs the name of a folder")
        if self.decisions and self.near:
            raise click.UsageError("--near goes without --apply-decisions, which says what goes")
        if not self.action:
            if self.near or self.applied or self.log:
                raise click.UsageError(
                    "--near, --apply and --log go with --move-to, --hardlink or --trash"
                )
        elif self.hardlink and self.near:
            raise click.UsageError(
                "--hardlink is for files that are the same to the byte, never for --near copies"
            )
        if self.acting_cutoff is not None and not self.near:
            raise click.UsageError("--acting-cutoff goes with --near")
        if self.log and not (self.applied or self.decisions):
            raise click.UsageError("--log goes with --apply")
        if (self.applied or self.decisions) and not (self.yes or sys.stdin.isatty()):
            raise click.UsageError(
                "nobody can be asked here, as there is no terminal: add --yes to act all the same"
            )

    @property
    def action(self) -> CleanupAction | None:
        """Return what is done with copies; nothing, if it is None."""
        if self.move_to is not None:
            return CleanupAction.MOVE
        if self.hardlink:
            return CleanupAction.HARDLINK
        return CleanupAction.TRASH if self.trash or self.decisions else None

    def forbid(self, where: str) -> None:
        """Refuse what was asked for, where nothing can be done."""
        if self.action or self.keep_in:
            raise click.UsageError(f"--move-to, --hardlink, --trash and --keep-in go {where}")

    def moved_before(self, folders: Sequence[str]) -> Inside:
        """Return the folder that copies are moved to, which is not searched with `folders`."""
        moved = Inside([self.move_to] if self.move_to else [])
        for folder in folders:
            if moved.covers(folder):
                raise click.UsageError(
                    f"{named(folder)} is searched, and copies can't be moved to where they "
                    "are: name another folder for --move-to"
                )
        return moved

    def act(
        self,
        action: CleanupAction,
        found: DedupeResult,
        roots: Sequence[str],
        *,
        reference: Sequence[str],
        as_json: bool,
        failed: Sequence[NamedFailure],
        news: bool,
        command: str,
    ) -> None:
        """Show what would be done with the copies that were found in `roots`, or do it.

        Args:
            reference: folders in which nothing is touched.
            failed: files that were not read, and told of already.
            news: one of them is new, or was asked for.
            command: searches the same.
        """
        planned = plan_cleanup(
            found,
            action,
            to=self.move_to,
            roots=roots,
            near=self.near,
            cutoff=self.acting_cutoff,
            keep_in=[*self.keep_in, *reference],
        )
        self._do(planned, as_json=as_json, failed=failed, news=news, command=command)

    def act_on_decisions(self, decisions: Path, action: CleanupAction, *, as_json: bool) -> None:
        """Do what was decided in a report, with the files that go."""
        decided = load_decisions(decisions)
        planned = plan_decisions(decided, action, to=self.move_to, keep_in=self.keep_in)
        if new := remember_not_copies(decided.not_copies):
            click.echo(
                f"{plural(new, 'decision')} that pictures are no copies remembered; "
                "imagematch not-copies shows them",
                err=True,
            )
        self._do(planned, as_json=as_json, failed=(), news=False)

    def _do(
        self,
        planned: CleanupPlan,
        *,
        as_json: bool,
        failed: Sequence[NamedFailure],
        news: bool,
        command: str = "",
    ) -> None:
        report_failures((err.path, err) for err in planned.failed)
        log = (self.log or default_log()).absolute()
        applied = None
        wanted = self.applied or self.decisions
        if wanted and planned.steps and self._is_confirmed(planned):
            click.echo(f"log: {printable(str(log))}", err=True)
            with progress("Acting", len(planned.steps)) as advance, _stop_requested() as stop:
                applied = apply_cleanup(planned, log, progress=advance, stop=stop)
            report_failures((err.path, err) for err in applied.failed)
        if as_json:
            print_json(_as_json(planned, applied, log, failed))
        else:
            _print(planned, applied)
            self._tell_what_next(planned, applied, command)
        if applied and applied.stopped:
            rest = len(planned.steps) - len(applied.done) - len(applied.failed)
            complain(f"interrupted; {plural(rest, 'file')} left to do, run it again to go on")
            raise SystemExit(INTERRUPTED)
        if news or planned.failed or (applied and applied.failed):
            raise SystemExit(FAILED)

    def _tell_what_next(
        self, planned: CleanupPlan, applied: CleanupResult | None, command: str
    ) -> None:
        if command and any(why in _DECIDED_BY_EYE for _, why in planned.left):
            click.echo(f"To decide by eye:  {command} --html report.html")
        if applied and applied.done:
            # Without a log that one is taken which was written last.
            log = f" {printable(shlex.quote(str(applied.log)))}" if self.log else ""
            click.echo(f"To undo it:  imagematch undo{log}")
        elif planned.steps and not applied:
            how = "" if self.applied or self.decisions else " To do it, add --apply."
            click.echo(f"Nothing was changed.{how}")

    def _is_confirmed(self, planned: CleanupPlan) -> bool:
        if self.yes:
            return True
        click.echo(_summary(planned, None), err=True)
        try:
            return click.confirm("Do it?", err=True)
        except click.Abort:  # by Ctrl-C or Ctrl-D
            click.echo(err=True)
            complain("interrupted; nothing was changed")
            raise SystemExit(INTERRUPTED) from None


acting_options = gathering(
    Acting,
    "acting",
    click.option("--move-to", metavar="FOLDER", type=FILE, help="Move copies to this folder."),
    click.option(
        "--hardlink",
        is_flag=True,
        help="Replace exact copies by hard links to the file that is kept.",
    ),
    click.option("--trash", is_flag=True, help="Put copies in the system's trash."),
    click.option(
        "--apply", "applied", is_flag=True, help="Act. Without it, only show what would be done."
    ),
    click.option(
        "--yes", is_flag=True, help="Act without asking; needed where there is no terminal."
    ),
    click.option(
        "--apply-decisions",
        "decisions",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Do what was decided in a report. Files go to the trash by default.",
    ),
    click.option("--near", is_flag=True, help="Act on near copies too, not only on exact ones."),
    click.option(
        "--acting-cutoff",
        type=click.FloatRange(0, 1),
        help="Act on near copies below this distance only.  [default: where one among "
        "100,000 different pictures is as near]",
    ),
    click.option(
        "--keep-in",
        metavar="FOLDER",
        multiple=True,
        type=click.Path(exists=True, file_okay=False),
        help="Never act on files in this folder. May be given several times.",
    ),
    click.option(
        "--log",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Write the log for undo here.  [default: a new file in the state folder]",
    ),
)
"""Options of what is done with copies; the function takes them as `acting`."""


@click.command(
    "undo",
    short_help="Undo what dedupe did with copies.",
    epilog=examples("imagematch undo", "imagematch undo --list", "imagematch undo cleaning.jsonl"),
)
@click.argument("log", type=click.Path(path_type=Path), required=False)
@click.option("--list", "listed", is_flag=True, help="List the logs and undo nothing.")
@json_option
def undo_command(log: Path | None, listed: bool, as_json: bool) -> None:
    """Undo what dedupe did with copies, by the LOG that it named.

    Without LOG it undoes the last run. Nothing is overwritten, and what can't be undone is named.
    Run it again to go on with what is left.
    """
    if listed:
        if log:
            raise click.UsageError("--list goes without LOG")
        _list_logs(as_json)
        return
    with _stop_requested() as stop:
        undone = undo_cleanup(log, stop=stop)
    report_failures((err.path, err) for err in undone.failed)
    if as_json:
        print_json(
            {
                "log": str(undone.log),
                "restored": undone.restored,
                "in_place": undone.in_place,
                "failed": [{"path": err.path, "error": err.reason} for err in undone.failed],
                "stopped": undone.stopped,
            }
        )
    else:
        if log is None:
            click.echo(f"log: {printable(str(undone.log))}", err=True)
        for path in undone.restored:
            click.echo(f"restored  {printable(path)}")
        counts = [
            f"{plural(len(undone.restored), 'file')} restored",
            f"{len(undone.in_place):,} in place already" if undone.in_place else "",
            f"{len(undone.failed):,} failed" if undone.failed else "",
        ]
        click.echo(", ".join(filter(None, counts)))
    if undone.stopped:
        complain("interrupted; run it again to go on")
        raise SystemExit(INTERRUPTED)
    if undone.failed:
        raise SystemExit(FAILED)


def _list_logs(as_json: bool) -> None:
    logs = cleanup_logs()
    if as_json:
        listed = [{**asdict(log), "path": str(log.path)} for log in logs]
        print_json({"logs": listed})
    elif logs:
        print_rows(
            ("begun", "action", "files", "undoable", "path"),
            [
                (
                    f"{log.begun.astimezone():%Y-%m-%d %H:%M}",
                    log.action or "none",
                    log.files,
                    log.undoable,
                    log.path,
                )
                for log in logs
            ],
        )
    else:
        click.echo("no logs yet", err=True)


@contextmanager
def _stop_requested() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C stop between two files; a second one stops at once."""
    requested = False

    def request(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        nonlocal requested
        requested = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, request)
    try:
        yield lambda: requested
    finally:
        signal.signal(signal.SIGINT, before)


def _print(planned: CleanupPlan, applied: CleanupResult | None) -> None:
    console = Console(highlight=False, soft_wrap=True)
    shown = _done(planned, applied)
    for keeper, dones in groupby(shown, key=lambda done: done.step.keeper):
        console.print(Text(f"{'keep':<9}", style="green"), Text(printable(keeper)))
        for done in dones:
            _print_done(console, planned.action, done)
    left = map_reduce(planned.left, lambda one: one[1], lambda one: one[0])
    inexact = len(left.pop(LeftAlone.INEXACT, ()))
    for why, paths in left.items():
        console.print(Text(f"left alone, {plural(len(paths), 'file')}: {why}", style="dim"))
        for path in paths:
            console.print(Text(f"{'leave':<9}", style="dim"), Text(printable(path)))
    if shown or left:
        console.print()
    tell(_summary(planned, applied))
    if inexact:
        are = "near copy is" if inexact == 1 else "near copies are"
        advice = "; --near acts on those that are near enough"
        if planned.action is CleanupAction.HARDLINK:
            advice = ": only files that are the same to the byte become hard links"
        tell(f"{inexact:,} {are} left alone{advice}.")


def _done(planned: CleanupPlan, applied: CleanupResult | None) -> list[DoneStep]:
    """Return what was done, or would be."""
    return applied.done if applied else [DoneStep(step, step.to) for step in planned.steps]


def _print_done(console: Console, action: CleanupAction, done: DoneStep) -> None:
    parts = [
        Text(f"{action:<9}", style="red"),
        Text(printable(done.step.path)),
        Text(f"→ {printable(done.to)}" if done.to else ""),
        Text(size(done.step.state.size), style="dim"),
        Text(_kind(done.step), style="yellow"),
    ]
    console.print(*filter(len, parts))


def _kind(step: CleanupStep) -> str:
    if step.beside:
        return f"belongs to {printable(os.path.basename(step.beside))}"
    return "" if step.exact else "near copy"


def _summary(planned: CleanupPlan, applied: CleanupResult | None) -> str:
    done = _done(planned, applied)
    near = sum(not one.step.exact and not one.step.beside for one in done)
    of_them = "a near copy" if near == 1 else "near copies"
    files = plural(len(done), "file") + (f", {near:,} of them {of_them}," if near else "")
    links = "a hard link" if len(done) == 1 else "hard links"
    freed = size((applied or planned).total_bytes)
    if not planned.steps:
        return "Nothing to do."
    match planned.action, applied is not None:
        case CleanupAction.MOVE, False:
            return f"{files} would be moved, {freed}."
        case CleanupAction.MOVE, True:
            return f"{files} moved, {freed}."
        case CleanupAction.HARDLINK, False:
            return f"{files} would become {links}, {freed} would be freed."
        case CleanupAction.HARDLINK, True:
            return f"{files} became {links}, {freed} freed."
        case CleanupAction.TRASH, False:
            return f"{files} would go to the trash, {freed} would be freed once it is emptied."
    return f"{files} went to the trash, {freed} will be freed once it is emptied."


def _as_json(
    planned: CleanupPlan, applied: CleanupResult | None, log: Path, failed: Sequence[NamedFailure]
) -> dict[str, object]:
    done = _done(planned, applied)
    failures = [*planned.failed, *(applied.failed if applied else ())]
    return {
        "action": planned.action,
        "applied": applied is not None,
        "log": str(log) if applied else None,
        "bytes": (applied or planned).total_bytes,
        "files": [
            {
                "path": one.step.path,
                "keeper": one.step.keeper,
                "exact": one.step.exact,
                "beside": one.step.beside or None,
                "bytes": one.step.state.size,
                "to": one.to or None,
            }
            for one in done
        ],
        "left": [{"path": path, "why": why} for path, why in planned.left],
        "failed": [
            *({"path": name, "error": str(err)} for name, err in failed),
            *({"path": err.path, "error": err.reason} for err in failures),
        ],
        "stopped": applied.stopped if applied else False,
    }
