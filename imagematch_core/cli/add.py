"""`imagematch add`."""

from collections.abc import Iterable

import click

from ..errors import PictureError
from ..index import open_index
from ..ingest import Item
from ..sources import Source, source_of
from ..sources.folders import pictures_in
from ..sources.limits import Limits
from ..sources.selection import PassedOver, Selection
from ..sources.source import BucketFile
from .cluster import dask_executor
from .options import (
    FILE,
    algorithm_option,
    examples,
    folder_options,
    index_options,
    json_option,
    max_pixels_option,
    metadata_option,
    workers_option,
)
from .output import (
    FAILED,
    named_failures,
    plural,
    print_json,
    progress,
    report_failures,
    report_passed_over,
)


@click.command(
    "add",
    epilog=examples(
        "imagematch add photos/",
        "imagematch add photos/ --metadata album=2024 --metadata by=Anna",
        "imagematch add https://example.org/a.jpg --url sqlite:///web.db",
        "imagematch add s3://photos/ --dask tcp://scheduler:8786",
    ),
)
@click.argument("sources", nargs=-1, required=True, metavar="DIR|FILE|URL…", type=FILE)
@index_options
@algorithm_option
@metadata_option
@workers_option
@click.option(
    "--dask",
    metavar="ADDRESS",
    help="Sign on the workers of this Dask scheduler, which see files under the same paths.",
)
@max_pixels_option
@folder_options
@json_option
def add_command(
    sources: tuple[str, ...],
    url: str,
    index: str,
    algorithm: str | None,
    metadata: dict[str, object],
    workers: int | None,
    dask: str | None,
    max_pixels: int,
    selection: Selection,
    as_json: bool,
) -> None:
    """Add pictures, and all pictures in folders, to an index.

    Folders and patterns may be in a bucket: s3://bucket/folder/, 'gs://bucket/**/*.jpg'. Run it
    again to sign only what is new or has changed.
    """
    unreadable: list[PictureError] = []
    limits = Limits(max_pixels=max_pixels)
    passed_over: list[PassedOver] = []
    given = [source_of(source) for source in sources]
    pictures: Iterable[Source] = pictures_in(
        given, limits, unreadable.append, selection, passed_over.append
    )
    expected = None
    if not any(isinstance(source, BucketFile) for source in given):  # those are listed meanwhile
        pictures = list(pictures)
        expected = len(pictures)
    items = (Item(picture, metadata=metadata or None) for picture in pictures)
    with open_index(url, index=index, algorithm=algorithm, limits=limits) as opened:
        with progress("Adding", expected) as advance, dask_executor(dask) as (executor, threads):
            report = opened.add_many(
                items, workers=workers or threads, executor=executor, progress=advance
            )
        total = opened.count()
    report_passed_over(passed_over)
    failed = named_failures(unreadable, report.failed)
    report_failures(failed)
    if as_json:
        print_json(
            {
                "added": report.added,
                "updated": report.updated,
                "unchanged": report.unchanged,
                "skipped": report.skipped,
                "failed": [{"source": name, "error": str(err)} for name, err in failed],
                "count": total,
            }
        )
    else:
        parts = [
            f"{report.added:,} added",
            f"{report.updated:,} updated" if report.updated else "",
            f"{report.unchanged:,} unchanged",
            f"{report.skipped:,} skipped (not pictures)" if report.skipped else "",
            f"{len(failed):,} failed" if failed else "",
        ]
        done = ", ".join(part for part in parts if part)
        click.echo(f"{done}. The index holds {plural(total, 'picture')}.")
    if failed:
        raise SystemExit(FAILED)
