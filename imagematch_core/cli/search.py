"""`imagematch search`."""

from dataclasses import asdict

import click

from ..index import open_index
from ..report.file import ReportFile
from .html import html_option, write_hits
from .options import (
    FILE,
    all_orientations_option,
    cutoff_option,
    examples,
    index_options,
    json_option,
    search_candidates_option,
    thorough_option,
    where_option,
)
from .output import print_json, print_rows, tell_truncated


@click.command(
    "search",
    short_help="Find the near copies of a picture in an index.",
    epilog=examples(
        "imagematch search query.jpg",
        "imagematch search query.jpg --all-orientations --thorough 2",
        "imagematch search query.jpg --html hits.html",
        "imagematch search query.jpg --where album=2024 --json",
    ),
)
@click.argument("picture", metavar="FILE|URL", type=FILE)
@index_options
@cutoff_option
@click.option("--limit", type=click.IntRange(1), help="Maximum number of hits.  [default: all]")
@search_candidates_option
@where_option
@all_orientations_option
@thorough_option
@html_option
@json_option
def search_command(
    picture: str,
    url: str,
    index: str,
    cutoff: float | None,
    limit: int | None,
    candidates: int | None,
    where: dict[str, list[object]],
    all_orientations: bool,
    thorough: int,
    html: ReportFile | None,
    as_json: bool,
) -> None:
    """Find the near copies of a picture in an index, the nearest first."""
    with open_index(url, index=index, create=False) as opened:
        hits = opened.search(
            picture,
            cutoff=cutoff,
            limit=limit,
            candidates=candidates,
            where=where or None,
            all_orientations=all_orientations,
            thorough=thorough,
        )
        write_hits(html, picture, opened, hits)
    if as_json:
        for hit in hits:
            print_json(asdict(hit))
    elif hits:
        print_rows(
            ["distance", "path", "orientation"],
            ((f"{hit.distance:.4f}", hit.path or hit.id, hit.orientation) for hit in hits),
        )
    else:
        click.echo("no near copies found", err=True)
    if hits.truncated:
        tell_truncated(candidates)
