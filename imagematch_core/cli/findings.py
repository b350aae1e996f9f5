"""The findings of `imagematch dedupe`: as text for people, as JSON and CSV for scripts."""

import csv
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click
from more_itertools import map_reduce
from rich.cells import cell_len
from rich.text import Text

from ..matching.groups import Group, Groups, Member
from ..model import UPRIGHT
from ..sources.naming import printable, shortened
from .output import picture_json, plural, print_json, room_for_path, size
from .pipes import Console

CSV_COLUMNS = (
    "group",
    "verdict",
    "path",
    "distance",
    "link",
    "cutoff",
    "orientation",
    "format",
    "width",
    "height",
    "bytes",
    "frames",
    "id",
)


@dataclass(frozen=True, slots=True)
class Findings:
    """Groups of near copies.

    Attributes:
        digests: by id; files with the same digest are the same to the byte.
        cutoff: pictures with distances below it were linked.
        looked_at: how many pictures were looked at, for people.
        folders: that were searched; none, if it was an index.
        has_page: they are written as a page too.
        counts: how many were looked at, and what failed, for scripts.
    """

    groups: Groups
    digests: Mapping[str, str]
    cutoff: float
    looked_at: str
    folders: Sequence[str] = ()
    has_page: bool = False
    counts: Mapping[str, object] = field(default_factory=dict)

    def show(self, form: str) -> None:
        """Print them as 'text', 'json' or 'csv'."""
        if form == "json":
            groups = [self._as_json(group) for group in self.groups]
            print_json({"cutoff": self.cutoff, "groups": groups, **self.counts})
        elif form == "csv":
            writer = csv.DictWriter(sys.stdout, CSV_COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self._rows())
        else:
            self._print_all()
        if self.groups.truncated:
            click.echo(
                "some pictures had as many candidates as were asked for; "
                "--candidates 10000 measures more",
                err=True,
            )

    def _print_all(self) -> None:
        console = Console(highlight=False, soft_wrap=True)
        # What is worth most stands last, where people look first.
        ordered = sorted(self.groups, key=lambda group: sum(self._freed(group)))
        for number, group in enumerate(ordered, 1):
            self._print(console, number, group)
        click.echo(self._summary())
        if not self.groups or not self.folders:
            return
        exact, near = map(sum, zip(*map(self._freed, self.groups), strict=True))
        freed = [
            f"{size(exact)} by exact copies" if exact else "",
            f"{size(near)} by near ones" if near else "",
        ]
        click.echo(f"Could be freed: {', '.join(filter(None, freed))}.")
        named = printable(shlex.join(self.folders))
        if not self.has_page:
            click.echo(f"To look at them:  imagematch dedupe {named} --html report.html")
        if exact:
            click.echo(f"To remove exact copies:  imagematch dedupe {named} --trash")

    def _print(self, console: Console, number: int, group: Group) -> None:
        console.print(
            Text(f"{number}. {plural(len(group.members), 'picture')}", style="bold"),
            Text(f"at most {group.largest_distance:.3f} apart", style="dim"),
        )
        for member in group.members:
            verdict, style = self._verdict(group, member)
            path = Text(printable(member.entry.path or member.entry.id))
            parts = [
                Text(f"   {verdict:<12}", style=style),
                path,
                Text(_described(member), style="dim"),
                Text("" if member.orientation == UPRIGHT else str(member.orientation), "magenta"),
                Text(self._through(group, member), style="dim"),
            ]
            others = sum(part.cell_len + 1 for part in parts if part and part is not path)
            path.plain = shortened(path.plain, room_for_path(console, others), cell_len)
            console.print(*filter(len, parts))
        console.print()

    def _verdict(self, group: Group, member: Member) -> tuple[str, str]:
        if member.entry == group.keeper:
            return "keep", "green"
        if self._is_exact(group, member):
            return "exact copy", "red"
        return f"near {member.distance:.3f}", "yellow"

    def _through(self, group: Group, member: Member) -> str:
        """Return what the member was found near to, where that is not the keeper."""
        if member.through is None:
            return ""
        linked = _linked(group, member)
        return f"through {printable(Path(linked.entry.path).name or linked.entry.id)}"

    def _is_exact(self, group: Group, member: Member) -> bool:
        digest = self.digests.get(member.entry.id)
        is_copy = digest is not None and digest == self.digests.get(group.keeper.id)
        return is_copy and member.entry != group.keeper

    def _freed(self, group: Group) -> tuple[int, int]:
        """Return the bytes that exact copies and, besides, near ones of the keeper take."""
        contents = map_reduce(
            group.members, lambda one: self.digests.get(one.entry.id, one.entry.id)
        )
        exact = sum(_bytes(one) for same in contents.values() for one in same[1:])
        near = sum(
            _bytes(same[0])
            for same in contents.values()
            if same[0].entry != group.keeper and same[0].through is None
        )
        return exact, near

    def _summary(self) -> str:
        copies = sum(len(group.members) - 1 for group in self.groups)
        exact = sum(
            self._is_exact(group, member) for group in self.groups for member in group.members[1:]
        )
        found = (
            f"{plural(len(self.groups), 'group')}: {exact:,} exact and "
            f"{copies - exact:,} near copies"
            if self.groups
            else "No near copies"
        )
        return f"{found}. ({self.looked_at})"

    def _as_json(self, group: Group) -> dict[str, object]:
        return {
            "largest_distance": group.largest_distance,
            "pictures": [
                {
                    "path": member.entry.path,
                    "id": member.entry.id,
                    "keep": member.entry == group.keeper,
                    "exact": self._is_exact(group, member),
                    "distance": member.distance,
                    "link": _link(group, member),
                    "chained": member.through is not None,
                    "orientation": asdict(member.orientation),
                    **picture_json(member.entry.picture),
                }
                for member in group.members
            ],
        }

    def _rows(self) -> Iterator[dict[str, Any]]:
        for number, group in enumerate(self.groups, 1):
            for member in group.members:
                is_keeper = member.entry == group.keeper
                copy = "exact" if self._is_exact(group, member) else "near"
                yield {
                    "group": number,
                    "verdict": "keep" if is_keeper else copy,
                    "path": printable(member.entry.path),
                    "distance": member.distance,
                    "link": printable(_link(group, member) or ""),
                    "cutoff": self.cutoff,
                    "orientation": member.orientation,
                    **picture_json(member.entry.picture),
                    "id": member.entry.id,
                }


def _link(group: Group, member: Member) -> str | None:
    """Return the path or id of what a member's distance is to; None for the keeper."""
    if member.entry == group.keeper:
        return None
    entry = _linked(group, member).entry
    return entry.path or entry.id


def _linked(group: Group, member: Member) -> Member:
    through = member.through or group.keeper.id
    return next(one for one in group.members if one.entry.id == through)


def _bytes(member: Member) -> int:
    return member.entry.picture.bytes if member.entry.picture else 0


def _described(member: Member) -> str:
    seen = member.entry.picture
    if seen is None:
        return ""
    sides = f"{seen.width}×{seen.height} " if seen.width else ""
    return f"{sides}{size(seen.bytes)}"
