"""Output of the commands: tables on a terminal, plain lines elsewhere, JSON for scripts."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

import click
from rich.cells import cell_len
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from ..errors import ImageMatchError, PictureError
from ..ingest import Item
from ..model import PictureInfo
from ..model import Progress as Advance
from ..protocol.redact import redact
from ..protocol.values import MAX_CANDIDATES
from ..sources.naming import printable, shortened
from ..sources.selection import PassedOver
from ..sources.source import name_of
from .pipes import Console
from .verbosity import QUIET

FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130
"""Exit statuses; 0 is done."""

SECRETS = "imagematch.secrets"
"""In the context's `meta`: the passwords in URLs that the command was given."""

_NUMBERS = frozenset({"distance", "files", "undoable"})
"""Columns that are set to the right."""
_BESIDE_BAR = 45
"""Columns for what stands beside a progress bar."""


def tell(text: str) -> None:
    """Print a sentence, on a terminal with line breaks between its words."""
    if sys.stdout.isatty():
        Console(highlight=False).print(Text(text))
    else:
        click.echo(text)


def complain(message: str) -> None:
    """Print an error."""
    say("error: ", "bold red", printable_lines(message))


def report_failures(failed: Iterable[tuple[str, ImageMatchError]]) -> None:
    """Print the name of each source that failed, and why."""
    for name, error in failed:
        reason = printable_lines(str(error))
        say("failed: ", "red", reason if name in reason else f"{name}: {reason}")


def report_passed_over(passed_over: Iterable[PassedOver]) -> None:
    """Print in one line what was passed over in folders, if anything was."""
    wording = {
        PassedOver.TRASH: lambda count: plural(count, "trash folder"),
        PassedOver.PREVIEWS: lambda count: plural(count, "folder") + " of thumbnails",
        PassedOver.SNAPSHOTS: lambda count: plural(count, "folder") + " of snapshots",
        PassedOver.LIBRARY: lambda count: f"{count:,} Photos librar{'y' if count == 1 else 'ies'}",
        PassedOver.HIDDEN: lambda count: f"{count:,} hidden (--hidden takes these)",
    }
    parts = [wording[why](count) for why, count in sorted(Counter(passed_over).items())]
    if parts:
        say("passed over: ", "dim", ", ".join(parts))


def tell_truncated(candidates: int | None) -> None:
    """Say on standard error that a search was cut off at so many candidates, and what helps."""
    advice = f"--candidates {MAX_CANDIDATES} measures more"
    if candidates == MAX_CANDIDATES:
        advice = "an index of goldberg-2-large has fewer for the same pictures"
    click.echo(f"a picture had as many candidates as were asked for; {advice}", err=True)


def named_failures(
    unreadable: Iterable[PictureError], failed: Iterable[tuple[Item, ImageMatchError]]
) -> list[tuple[str, ImageMatchError]]:
    """Return all that failed by the names of their sources."""
    return [
        *((err.source, err) for err in unreadable),
        *((name_of(item.source), err) for item, err in failed),
    ]


def say(label: str, style: str, text: str) -> None:
    """Print a line to stderr that begins with a word in colour, where there are colours.

    Passwords that the command was given in URLs are masked.
    """
    context = click.get_current_context(silent=True)
    secrets = context.meta.get(SECRETS, frozenset()) if context else frozenset()
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble((label, style), without_secrets(text, secrets)))


def without_secrets(text: str, secrets: frozenset[str]) -> str:
    """Return `text` with certain passwords masked; as it is, if there are none."""
    return redact(text, secrets) if secrets else text


def print_json(value: Mapping[str, Any]) -> None:
    """Print one object on one line."""
    click.echo(json.dumps(value, default=datetime.isoformat))


def print_rows(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on a terminal; elsewhere a line for each row, its cells parted by tabs.

    On a terminal paths are shortened so that rows fit, other cells never.
    """
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(printable(str(cell)) for cell in row))
        return
    console = Console(highlight=False)
    cells = [[printable(str(cell)) for cell in row] for row in rows]
    if "path" in headers:
        _fit(cells, headers, headers.index("path"), console.width)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for header in headers:
        justify: Literal["left", "right"] = "right" if header in _NUMBERS else "left"
        table.add_column(header, overflow="fold", no_wrap=header != "state", justify=justify)
    for row in cells:
        table.add_row(*map(Text, row))
    console.print(table)


def room_for_path(console: Console, others: int) -> int:
    """Return how many columns a path may take beside `others`; 12 if there is no room for any."""
    return max(console.width - others, 12) if sys.stdout.isatty() else sys.maxsize


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Advance]:
    """A progress bar on a terminal, nothing elsewhere; yields what to call with each advance.

    It goes as the total is reached. Without a total it comes with the first advance, so that two
    that follow each other don't write over each other.
    """
    console = Console(stderr=True)
    context = click.get_current_context(silent=True)
    quiet = context is not None and QUIET in context.meta
    if quiet or not sys.stderr.isatty() or console.is_dumb_terminal:
        yield lambda _: None
        return
    bar = Progress(
        SpinnerColumn(),
        TextColumn(label),
        BarColumn(min(max(console.width - _BESIDE_BAR, 8), 40)),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    task_id = bar.add_task(label, start=False, total=total, rate="")
    (task,) = bar.tasks

    def begin() -> None:
        bar.start()
        bar.start_task(task_id)

    def advance(count: int) -> None:
        if not task.started:
            begin()
        bar.advance(task_id, count)
        # Of all that was done: rich's own is of the last moments, and jumps with every batch.
        rate = task.completed / task.elapsed if task.elapsed else 0
        bar.update(task_id, rate=f"{rate:,.0f}/s" if rate >= 1 else "")
        if task.finished:
            bar.stop()

    if total:
        begin()
    try:
        yield advance
    finally:
        bar.stop()


def picture_json(picture: PictureInfo | None) -> dict[str, object]:
    """Return format and size of a picture, for scripts; empty if it was not seen."""
    return asdict(picture) if picture else {}


def size(count: int) -> str:
    """Return bytes for people: '1.2 MB'."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1_000 or unit == "GB":
            break
        amount /= 1_000
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"


def plural(count: int, noun: str) -> str:
    """'1 file', '2,000 files'."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def printable_lines(text: str) -> str:
    """`printable`, with line breaks left as they are."""
    return "\n".join(map(printable, text.splitlines()))


def _fit(cells: list[list[str]], headers: Sequence[str], path: int, width: int) -> None:
    """Shorten the paths so that the other columns, which two spaces part, have room beside them."""
    others = [
        max([cell_len(header), *(cell_len(row[number]) for row in cells)])
        for number, header in enumerate(headers)
        if number != path
    ]
    room = max(width - sum(others) - 2 * len(others), 12)
    for row in cells:
        row[path] = shortened(row[path], room, cell_len)
