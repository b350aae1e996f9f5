"""`imagematch dedupe`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from rich.cells import cell_len
from rich.text import Text

from ..deduping import dedupe, default_cache
from ..errors import PictureError
from ..matching.groups import Group, Groups, Member
from ..model import UPRIGHT
from ..report.file import ReportFile
from ..sources.folders import walk
from ..sources.limits import Limits
from ..sources.naming import printable, shortened
from ..sources.selection import Selection
from .acting import Acting, acting_options
from .html import html_option, write_duplicates
from .options import (
    all_orientations_option,
    candidates_option,
    complete_files,
    cutoff_option,
    examples,
    existing_index,
    folder_options,
    index_options,
    json_option,
    max_pixels_option,
    thorough_option,
    workers_option,
)
from .output import (
    FAILED,
    PassedOverCount,
    named_failures,
    orientation_json,
    picture_json,
    plural,
    print_json,
    progress,
    report_failures,
    room_for_path,
    size,
)
from .pipes import Console


@click.command(
    "dedupe",
    short_help="Group the near copies in folders, or in an index.",
    epilog=examples(
        "imagematch dedupe ~/Pictures",
        "imagematch dedupe ~/Pictures ~/Downloads --all-orientations --json",
        "imagematch dedupe ~/Pictures --html report.html",
        "imagematch dedupe ~/Pictures --move-to ~/copies",
        "imagematch dedupe ~/Pictures --trash --apply",
        "imagematch dedupe --url sqlite:///photos.db",
    ),
)
@click.argument("folders", nargs=-1, metavar="[DIR]…", shell_complete=complete_files)
@index_options
@cutoff_option
@candidates_option
@all_orientations_option
@thorough_option
@workers_option
@max_pixels_option
@folder_options
@click.option("--no-cache", is_flag=True, help="Don't keep signatures in the cache folder.")
@html_option
@acting_options
@json_option
def dedupe_command(
    folders: tuple[str, ...],
    url: str,
    index: str,
    cutoff: float | None,
    candidates: int,
    all_orientations: bool,
    thorough: int,
    workers: int | None,
    max_pixels: int,
    selection: Selection,
    no_cache: bool,
    html: ReportFile | None,
    acting: Acting,
    as_json: bool,
) -> None:
    """Group near copies: of the pictures in folders, or of those in an index.

    Folders need no setup. Nothing is changed or deleted unless you name an action and --apply.
    Links in folders are not followed.
    """
    if html and acting.action:
        raise click.UsageError(
            "--html is for looking before you act: leave it out, or leave out "
            "--move-to, --hardlink and --trash"
        )
    limits = Limits(max_pixels=max_pixels)
    if acting.decisions and acting.action:
        if folders:
            raise click.UsageError("--apply-decisions goes without DIR: the file names all files")
        acting.act_on_decisions(acting.decisions, acting.action, as_json=as_json)
        return
    if not folders:
        acting.forbid("with DIR, not with an index")
        with existing_index(url, index) as opened:
            groups = opened.duplicates(
                cutoff=cutoff,
                candidates=candidates,
                all_orientations=all_orientations,
                linkages=html is not None,
            )
            looked_at = f"{plural(opened.count(), 'picture')} in the index"
            _Findings(groups, {}, looked_at).show(as_json)
        write_duplicates(html, groups, {}, looked_at, limits)
        return
    unreadable: list[PictureError] = []
    moved_before = acting.moved_before(folders)
    passed_over = PassedOverCount()
    walked = walk(folders, unreadable.append, selection, passed_over)
    files = [file for file in walked if file not in moved_before]
    passed_over.tell()
    with progress("Signing", len(files)) as signed, progress("Comparing", None) as compared:
        found = dedupe(
            files,
            cutoff=cutoff,
            candidates=candidates,
            all_orientations=all_orientations,
            thorough=thorough,
            workers=workers,
            limits=limits,
            cache=None if no_cache else default_cache(),
            linkages=html is not None,
            keep_in=acting.keep_in,
            signing_progress=signed,
            comparing_progress=compared,
        )
    failed = named_failures(unreadable, found.signing.failed)
    seen = found.signing
    parts = [
        plural(len(files), "file"),
        f"{seen.added:,} signed",
        f"{seen.unchanged:,} known from before" if seen.unchanged else "",
        f"{seen.skipped:,} no pictures" if seen.skipped else "",
        f"{len(failed):,} failed" if failed else "",
    ]
    looked_at = ", ".join(filter(None, parts))
    report_failures(failed)
    if acting.action:
        acting.act(acting.action, found, folders, as_json=as_json, failed=failed)
        return
    _Findings(found.groups, found.digests, looked_at).show(
        as_json,
        files=len(files),
        signed=seen.added,
        known=seen.unchanged,
        skipped=seen.skipped,
        failed=[{"source": name, "error": str(err)} for name, err in failed],
    )
    write_duplicates(html, found.groups, found.digests, looked_at, limits)
    if failed:
        raise SystemExit(FAILED)


@dataclass(frozen=True, slots=True)
class _Findings:
    groups: Groups
    digests: Mapping[str, str]
    looked_at: str

    def show(self, as_json: bool, **counts: object) -> None:
        if as_json:
            print_json({"groups": [self._as_json(group) for group in self.groups], **counts})
        else:
            console = Console(highlight=False, soft_wrap=True)
            for number, group in enumerate(self.groups, 1):
                self._print(console, number, group)
            click.echo(self._summary())
        if self.groups.truncated:
            click.echo(
                "some pictures had more candidates than were measured; "
                "--candidates 10000 measures more",
                err=True,
            )

    def _print(self, console: Console, number: int, group: Group) -> None:
        console.print(
            Text(f"{number}. {plural(len(group.members), 'picture')}", style="bold"),
            Text(f"at most {group.largest_distance:.3f} apart", style="dim"),
        )
        for member in group.members:
            verdict, style = self._verdict(group, member)
            seen = member.entry.picture
            path = Text(printable(member.entry.path or member.entry.id))
            parts = [
                Text(f"   {verdict:<12}", style=style),
                path,
                Text(f"{seen.width}×{seen.height} {size(seen.bytes)}" if seen else "", style="dim"),
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
        """What the member was found near to, where that is not the keeper."""
        for other in group.members:
            if member.through == other.entry.id:
                return f"through {printable(Path(other.entry.path).name or other.entry.id)}"
        return ""

    def _is_exact(self, group: Group, member: Member) -> bool:
        digest = self.digests.get(member.entry.id)
        is_copy = digest is not None and digest == self.digests.get(group.keeper.id)
        return is_copy and member.entry != group.keeper

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
                    "through": member.through,
                    "orientation": orientation_json(member.orientation),
                    **picture_json(member.entry.picture),
                }
                for member in group.members
            ],
        }
