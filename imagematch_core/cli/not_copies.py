"""`imagematch not-copies`."""

from dataclasses import asdict

import click

from ..deduping import clear_not_copies, default_not_copies, list_not_copies
from ..sources.naming import printable
from ..sources.source import LocalFile
from .options import FILE, examples, json_option
from .output import plural, print_json


@click.command(
    "not-copies",
    short_help="Show or forget pictures that you marked as no copies.",
    epilog=examples(
        "imagematch not-copies",
        "imagematch not-copies --forget ~/Pictures/a.jpg",
        "imagematch not-copies --forget-all",
    ),
)
@click.option(
    "--forget",
    "forgotten",
    metavar="FILE",
    multiple=True,
    type=FILE,
    help="Forget the marks of this file. May be given several times.",
)
@click.option("--forget-all", is_flag=True, help="Forget all marks.")
@json_option
def not_copies_command(forgotten: tuple[str, ...], forget_all: bool, as_json: bool) -> None:
    """Show pictures that you marked as no copies in a report, once its decisions were applied.

    dedupe does not group these files again as long as they don't change.
    """
    if forgotten and forget_all:
        raise click.UsageError("--forget-all goes without --forget")
    if forgotten or forget_all:
        paths = None if forget_all else [LocalFile(file).path for file in forgotten]
        count = clear_not_copies(paths)
        if as_json:
            print_json({"forgotten": count})
        else:
            click.echo(f"{plural(count, 'decision')} forgotten")
        return
    entries = list_not_copies()
    if as_json:
        print_json({"file": str(default_not_copies()), "entries": list(map(asdict, entries))})
        return
    for entry in entries:
        click.echo(f"{entry.said.astimezone():%Y-%m-%d %H:%M}")
        for file in entry.files:
            click.echo(f"   {printable(file.path)}")
    click.echo(f"{plural(len(entries), 'decision')} in {printable(str(default_not_copies()))}")
