"""`imagematch delete`, `list`, `count`, `copy`, `optimize`."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict

import click

from ..errors import ItemError
from ..index import open_index
from ..records.identity import check_id, id_of
from .options import (
    FILE,
    examples,
    index_options,
    json_option,
    timeout_option,
    where_option,
)
from .output import FAILED, complain, picture_json, plural, print_json, print_rows, progress


@click.command(
    "delete",
    epilog=examples("imagematch delete photos/old.jpg", "imagematch delete --where album=2024"),
)
@click.argument("pictures", nargs=-1, metavar="PATH|URL|ID…", type=FILE)
@index_options
@where_option
@json_option
def delete_command(
    pictures: tuple[str, ...], url: str, index: str, where: dict[str, list[object]], as_json: bool
) -> None:
    """Delete pictures from an index. The files stay."""
    if bool(pictures) == bool(where):
        raise click.UsageError("name pictures, or select them with --where")
    with open_index(url, index=index, create=False) as opened:
        if where:
            deleted, missing = opened.delete(where=where), []
        else:
            counts = {picture: opened.delete(_ids(picture)) for picture in pictures}
            deleted = sum(counts.values())
            missing = [picture for picture, count in counts.items() if not count]
    for picture in missing:
        complain(f"{picture}: not in the index")
    if as_json:
        print_json({"deleted": deleted, "missing": missing})
    else:
        click.echo(f"{plural(deleted, 'picture')} deleted")
    if missing:
        raise SystemExit(FAILED)


@click.command(
    "list", epilog=examples("imagematch list", "imagematch list --where album=2024 --json")
)
@index_options
@where_option
@json_option
def list_command(url: str, index: str, where: dict[str, list[object]], as_json: bool) -> None:
    """List the pictures of an index, in the order of their ids."""
    with open_index(url, index=index, create=False) as opened:
        entries = opened.entries(where or None)
        if not as_json:
            print_rows(["id", "path"], ((entry.id, entry.path) for entry in entries))
            return
        for entry in entries:
            print_json(
                {
                    "id": entry.id,
                    "path": entry.path,
                    "metadata": entry.metadata,
                    "added_at": entry.added_at,
                    **picture_json(entry.picture),
                }
            )


@click.command(
    "count", epilog=examples("imagematch count", "imagematch count --url postgresql://host/photos")
)
@index_options
@where_option
@json_option
def count_command(url: str, index: str, where: dict[str, list[object]], as_json: bool) -> None:
    """Print how many pictures an index holds."""
    with open_index(url, index=index, create=False) as opened:
        total = opened.count(where or None)
    if as_json:
        print_json({"count": total})
    else:
        click.echo(total)


@click.command(
    "copy", epilog=examples("imagematch copy sqlite:///photos.db postgresql://localhost/photos")
)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--index", default="images", show_default=True, help="Name of the index in FROM.")
@click.option("--to-index", help="Name of the copy in TO.  [default: the same]")
@json_option
def copy_command(source: str, target: str, index: str, to_index: str | None, as_json: bool) -> None:
    """Copy an index into another database.

    Run it again to go on where it was interrupted.
    """
    with (
        open_index(source, index=index, create=False) as original,
        open_index(target, index=to_index or index, algorithm=original.info.algorithm) as copy,
        progress("Copying", original.count()) as advance,
    ):
        report = original.copy_to(copy, progress=advance)
        total = copy.count()
    if as_json:
        print_json({**asdict(report), "count": total})
    else:
        newer = f", {report.newer:,} newer in the copy" if report.newer else ""
        click.echo(
            f"{report.copied:,} copied, {report.unchanged:,} unchanged{newer}. "
            f"The copy holds {plural(total, 'picture')}."
        )


@click.command(
    "optimize",
    short_help="Let the database tidy up after many changes.",
    epilog=examples("imagematch optimize", "imagematch optimize --url elasticsearch://host"),
)
@index_options
@timeout_option(3_600.0, "Give up after this time.")
def optimize_command(url: str, index: str, timeout: float) -> None:
    """Let the database tidy up after many changes, so that searches take less time.

    Elasticsearch merges segments, PostgreSQL cleans and analyzes the table, SQLite rewrites the
    file. What is found stays the same.
    """
    with open_index(url, index=index, create=False) as opened:
        opened.optimize(timeout=timeout)
        click.echo(f"index {index!r} is optimized: {plural(opened.count(), 'picture')}")


def _ids(picture: str) -> Iterator[str]:
    """Yield the ids that a user may mean: the text itself, and that of a path or URL."""
    with suppress(ItemError):  # a path need not be an id
        yield check_id(picture)
    yield id_of(picture)
