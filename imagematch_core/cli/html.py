"""`--html`: what a command found as a page to look at."""

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, TypeVar

import click

from ..index import Hits, Index
from ..matching.groups import Groups
from ..report import Content, ReportFile, of_duplicates, of_search
from ..signatures import get_algorithm
from ..sources import open_picture
from ..sources.limits import Limits
from .options import complete_files
from .output import plural, progress

Function = TypeVar("Function", bound=Callable[..., Any])


def html_option(function: Function) -> Function:
    """`--html FILE`, which the command gets as `html`: a `ReportFile`, or None."""
    return click.option(
        "--html",
        metavar="FILE.html",
        shell_complete=complete_files,
        callback=_report_file,
        help="Also write a page to look at, complete in itself. Replaces an earlier one only.",
    )(function)


def write_duplicates(
    html: ReportFile | None,
    groups: Groups,
    digests: Mapping[str, str],
    looked_at: str,
    limits: Limits = Limits(),
) -> None:
    """Write the page of groups, if there is to be one."""
    if html is not None and groups.linkages is not None:
        content = of_duplicates(
            groups.linkages, digests, truncated=groups.truncated, looked_at=looked_at
        )
        _write(html, content, limits)


def write_hits(
    html: ReportFile | None, query: str, index: Index, hits: Hits, cutoff: float | None
) -> None:
    """Write the page of hits, if there is to be one."""
    if html is None:
        return
    with closing(open_picture(query)) as picture:
        seen = picture.info
    algorithm = get_algorithm(index.info.algorithm)
    content = of_search(
        query,
        seen,
        [(hit, index.get(hit.id)) for hit in hits],
        algorithm=algorithm.name,
        cutoff=algorithm.default_cutoff if cutoff is None else cutoff,
        truncated=hits.truncated,
        looked_at=f"{plural(index.count(), 'picture')} in the index",
    )
    _write(html, content, Limits())


def _write(html: ReportFile, content: Content, limits: Limits) -> None:
    with progress("Thumbnails", len(content.sources)) as advance:
        html.write(content, limits, advance)
    click.echo(f"{html}: a page to look at", err=True)


def _report_file(
    ctx: click.Context,  # noqa: ARG001
    param: click.Parameter,  # noqa: ARG001
    path: str | None,
) -> ReportFile | None:
    return None if path is None else ReportFile(path)
