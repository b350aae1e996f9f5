"""`--html`: write what a command found as a page."""

from collections.abc import Mapping, Sequence

import click

from ..index import Index
from ..matching.groups import Groups
from ..model import Hits
from ..report.content import Content, of_duplicates
from ..report.file import ReportFile
from ..report.writing import content_of_hits
from ..sources.limits import Limits
from ..sources.naming import NamedFailure
from .options import FILE
from .output import plural, progress

html_option = click.option(
    "--html",
    metavar="FILE.html",
    type=FILE,
    callback=lambda _ctx, _param, path: None if path is None else ReportFile(path),
    help="Also write a page to look at. Replaces an earlier report, but no other file.",
)
"""The command gets it as `html`: a `ReportFile`, or None."""


def write_duplicates(
    html: ReportFile | None,
    groups: Groups,
    digests: Mapping[str, str],
    looked_at: str,
    limits: Limits,
    failed: Sequence[NamedFailure] = (),
) -> None:
    """Write the page of groups, if there is to be one."""
    if html is not None and groups.linkages is not None:
        content = of_duplicates(
            groups.linkages,
            digests,
            truncated=groups.truncated,
            looked_at=looked_at,
            failed=failed,
        )
        _write(html, content, limits)


def write_hits(html: ReportFile | None, query: str, index: Index, hits: Hits) -> None:
    """Write the page of hits, if there is to be one."""
    if html is None:
        return
    looked_at = f"{plural(index.count(), 'picture')} in the index"
    content = content_of_hits(hits, query=query, index=index, looked_at=looked_at)
    _write(html, content, Limits())


def _write(html: ReportFile, content: Content, limits: Limits) -> None:
    with progress("Thumbnails", len(content.sources)) as advance:
        html.write(content, limits, advance)
    click.echo(f"{html} is written: open it in a browser", err=True)
