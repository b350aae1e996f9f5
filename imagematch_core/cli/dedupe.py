"""`imagematch dedupe`."""

import shlex
from collections.abc import Collection
from itertools import chain

import click
from click.core import ParameterSource
from more_itertools import unique_everseen

from ..deduping import dedupe, default_cache, default_not_copies
from ..errors import IndexNotFound, PictureError
from ..index import Index, open_index
from ..matching.keeping import KeepRule, judge_entries
from ..report.file import ReportFile
from ..signatures import get_algorithm
from ..sources.folders import walk
from ..sources.limits import Limits
from ..sources.naming import printable
from ..sources.selection import PassedOver, Selection
from ..sources.source import absolute
from .acting import Acting, acting_options
from .failures import has_news, report_kinds
from .findings import Findings
from .html import html_option, write_duplicates
from .options import (
    FILE,
    all_orientations_option,
    candidates_option,
    cutoff_option,
    examples,
    folder_options,
    index_options,
    json_option,
    max_pixels_option,
    thorough_option,
    workers_option,
)
from .output import FAILED, named_failures, plural, progress, report_passed_over

_OF_FOLDERS = frozenset(
    """
    thorough workers exclude include hidden recursive min_size rules reference no_cache
    """.split()  # noqa: SIM905
)
"""Options that mean nothing where an index is searched."""
_OF_SEARCHING = _OF_FOLDERS | {"cutoff", "candidates", "all_orientations", "max_pixels", "keep_in"}
"""Options that say what is searched and how, not what becomes of it."""


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
@click.argument("folders", nargs=-1, metavar="[DIR]…", type=FILE)
@index_options
@cutoff_option
@candidates_option
@all_orientations_option
@thorough_option
@workers_option
@max_pixels_option
@folder_options
@click.option(
    "--keep",
    "rules",
    metavar="RULE",
    multiple=True,
    type=click.Choice([rule.value for rule in KeepRule]),
    help="Keep the picture that is largest, oldest, newest, has the shortest-path or is in the "
    "first-folder. Of several rules the first one decides.",
)
@click.option(
    "--reference",
    metavar="DIR",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    help="Also compare with the pictures in this folder, and never touch them.",
)
@click.option("--no-cache", is_flag=True, help="Keep no signatures or results in the cache folder.")
@html_option
@acting_options
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, a line for each picture.")
@click.pass_context
def dedupe_command(
    ctx: click.Context,
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
    rules: tuple[str, ...],
    reference: tuple[str, ...],
    no_cache: bool,
    html: ReportFile | None,
    acting: Acting,
    as_json: bool,
    as_csv: bool,
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
    if as_csv and (as_json or acting.action):
        raise click.UsageError("--csv goes without --json, --move-to, --hardlink and --trash")
    form = "csv" if as_csv else "json" if as_json else "text"
    limits = Limits(max_pixels=max_pixels)
    if acting.decisions and acting.action:
        if folders:
            raise click.UsageError("--apply-decisions goes without DIR: the file names all files")
        acting.act_on_decisions(acting.decisions, acting.action, as_json=as_json)
        return
    if not folders:
        _refuse(ctx, _OF_FOLDERS, "with DIR, not with an index")
        acting.forbid("with DIR, not with an index")
        if ctx.get_parameter_source("url") is ParameterSource.DEFAULT:
            click.echo(f"no folder is named, so the index {url} is looked at", err=True)
        with _index(url, index) as opened:
            groups = opened.duplicates(
                cutoff=cutoff,
                candidates=candidates,
                all_orientations=all_orientations,
                linkages=html is not None,
            )
            looked_at = f"{plural(opened.count(), 'picture')} in the index"
            using = get_algorithm(opened.info.algorithm)
            used = using.grouping_cutoff(all_orientations) if cutoff is None else cutoff
            members = [member.entry for group in groups for member in group.members]
            merits = judge_entries(members)
            Findings(groups, {}, merits, used, candidates, looked_at).show(form)
        write_duplicates(html, groups, {}, looked_at, limits)
        return
    _refuse(ctx, {"url", "index"}, "with an index, not with DIR")
    unreadable: list[PictureError] = []
    searched = [*folders, *reference]
    moved_before = acting.moved_before(searched)
    passed_over: list[PassedOver] = []
    walked = walk(searched, unreadable.append, selection, passed_over.append)
    different = unique_everseen(walked, absolute)  # folders may lie in each other
    files = [file for file in different if file not in moved_before]
    report_passed_over(passed_over)
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
            keep=rules,
            reference=reference,
            not_copies=default_not_copies(),
            signing_progress=signed,
            comparing_progress=compared,
        )
    failed = named_failures(unreadable, found.signing.failed)
    seen = found.signing
    parts = [
        plural(len(files), "file"),
        f"{seen.added:,} signed",
        f"{seen.unchanged:,} known from before" if seen.unchanged else "",
        f"{seen.skipped:,} not pictures" if seen.skipped else "",
        f"{len(failed):,} failed" if failed else "",
    ]
    looked_at = ", ".join(filter(None, parts))
    report_kinds(failed)
    news = has_news(failed, folders, remember=not no_cache)
    if acting.action:
        acting.act(
            acting.action,
            found,
            folders,
            reference=reference,
            as_json=as_json,
            failed=failed,
            news=news,
            command=searching(ctx),
        )
        return
    counts = {
        "files": len(files),
        "signed": seen.added,
        "known": seen.unchanged,
        "skipped": seen.skipped,
        "failed": [{"source": name, "error": str(err)} for name, err in failed],
    }
    Findings(
        found.groups,
        found.digests,
        found.merits,
        found.cutoff,
        candidates,
        looked_at,
        searching(ctx),
        has_page=html is not None,
        counts=counts,
    ).show(form)
    write_duplicates(html, found.groups, found.digests, looked_at, limits, failed)
    if news:
        raise SystemExit(FAILED)


def _refuse(ctx: click.Context, names: Collection[str], why: str) -> None:
    """Refuse options of these names; a URL of the environment may be there for other commands."""
    given = [
        option.opts[0]
        for option in ctx.command.params
        if option.name in names
        and ctx.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"{', '.join(given)} {'go' if len(given) > 1 else 'goes'} {why}")


def searching(ctx: click.Context) -> str:
    """Return the command that searches the same in the same way, and does nothing about it."""
    words: list[str] = []
    for option in ctx.command.params:
        name = option.name or ""
        if name not in _OF_SEARCHING or ctx.get_parameter_source(name) is ParameterSource.DEFAULT:
            continue
        value = ctx.params[name]
        if getattr(option, "is_flag", False):
            words.append(option.opts[0])
        else:
            several = value if getattr(option, "multiple", False) else [value]
            words += chain.from_iterable((option.opts[0], str(one)) for one in several)
    named = printable(shlex.join([*ctx.params["folders"], *words]))
    return f"imagematch dedupe {named}"


def _index(url: str, index: str) -> Index:
    try:
        return open_index(url, index=index, create=False)
    except IndexNotFound as err:
        raise IndexNotFound(
            f"{err}. To look through a folder, name it: imagematch dedupe FOLDER"
        ) from err
