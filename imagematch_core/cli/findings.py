"""The findings of `imagematch dedupe`: as text for people, as JSON and CSV for scripts."""

import csv
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import click
from rich.cells import cell_len
from rich.text import Text

from ..matching.groups import Group, Groups, Member
from ..matching.keeping import Merits, reasons_to_keep
from ..model import UPRIGHT
from ..sources.naming import printable, shortened
from .output import picture_json, plural, print_json, room_for_path, size, tell, tell_truncated
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
        merits: by id, what speaks for keeping each picture.
        cutoff: pictures with distances below it were linked.
        candidates: so many were asked for of each picture.
        looked_at: how many pictures were looked at, for people.
        command: that searched folders, to be gone on with; empty if it was an index.
        has_page: they are written as a page too.
        counts: how many were looked at, and what failed, for scripts.
    """

    groups: Groups
    digests: Mapping[str, str]
    merits: Mapping[str, Merits]
    cutoff: float
    candidates: int
    looked_at: str
    command: str = ""
    has_page: bool = False
    counts: Mapping[str, object] = field(default_factory=dict)

    def show(self, form: str) -> None:
        """Print them as 'text', 'json' or 'csv'."""
        groups = tuple(map(self._without_idle, self.groups))
        replace(self, groups=Groups(groups, self.groups.truncated))._show(form)

    def _show(self, form: str) -> None:
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
            tell_truncated(self.candidates)

    def _print_all(self) -> None:
        console = Console(highlight=False, soft_wrap=True)
        # What is worth most stands last, where people look first.
        ordered = sorted(self.groups, key=lambda group: sum(self._freed(group)))
        for number, group in enumerate(ordered, 1):
            self._print(console, number, group)
        tell(self._summary())
        if not self.groups or not self.command:
            return
        exact, near = map(sum, zip(*map(self._freed, self.groups), strict=True))
        freed = [
            f"{size(exact)} by exact copies" if exact else "",
            f"{size(near)} by near ones" if near else "",
        ]
        tell(f"Could be freed: {', '.join(filter(None, freed))}.")
        if not self.has_page:
            click.echo(f"To look at them:  {self.command} --html report.html")
        if exact:
            click.echo(f"To remove exact copies:  {self.command} --trash")

    def _print(self, console: Console, number: int, group: Group) -> None:
        head = Text(f"{number}. {plural(len(group.members), 'picture')} ", style="bold")
        head.append(f"at most {group.largest_distance:.3f} apart", style="not bold dim")
        reasons = self._reasons(group)
        for count in range(len(reasons), 0, -1):
            why = f", kept: {', '.join(reasons[:count])}"
            if room_for_path(console, head.cell_len) >= cell_len(why):
                head.append(why, style="not bold dim")
                break
        console.print(head)
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
        exact = near = 0
        known: set[str] = set()
        for member in group.members:
            content = self.digests.get(member.entry.id, member.entry.id)
            if self._may_go(group, member):
                if content in known:
                    exact += _bytes(member)
                elif member.through is None:
                    near += _bytes(member)
            known.add(content)
        return exact, near

    def _may_go(self, group: Group, member: Member) -> bool:
        return member.entry != group.keeper and not self.merits[member.entry.id].preferred

    def _without_idle(self, group: Group) -> Group:
        """Leave out what is only compared against, but for what others are copies of.

        The page does the same.
        """
        others = [one for one in group.members if not self._is_reference(one)]
        through = {one.through for one in others}
        contents = {self.digests.get(one.entry.id) for one in others}
        contents -= {None, self.digests.get(group.keeper.id)}
        shown = []
        for member in group.members:
            is_wanted = member.entry == group.keeper or member.entry.id in through
            if self._is_reference(member):
                digest = self.digests.get(member.entry.id)
                is_wanted |= digest in contents
                contents.discard(digest)
            if is_wanted or not self._is_reference(member):
                shown.append(member)
        return Group(tuple(shown), max(one.distance for one in shown))

    def _is_reference(self, member: Member) -> bool:
        return self.merits[member.entry.id].reference

    def _reasons(self, group: Group) -> list[str]:
        keeper, *others = (self.merits[one.entry.id] for one in group.members)
        return reasons_to_keep(keeper, others)

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
            "reasons": self._reasons(group),
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
