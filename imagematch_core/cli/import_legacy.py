"""`imagematch import-legacy`."""

from dataclasses import asdict

import click

from ..compat import import_legacy
from ..errors import ImageMatchError
from ..sources.naming import printable
from .options import examples, json_option
from .output import FAILED, plural, print_json, printable_lines, progress, say


@click.command(
    "import-legacy",
    short_help="Import an index that image-match made.",
    epilog=examples(
        "imagematch import-legacy mongodb://localhost/images.signatures --to sqlite:///p.db",
        "imagematch import-legacy elasticsearch://localhost:9200/images --to sqlite:///p.db",
    ),
)
@click.argument("source")
@click.option("--to", "target", metavar="URL", required=True, help="Database of the new index.")
@click.option("--index", default="images", show_default=True, help="Name of the new index.")
@click.option("--after", metavar="POINT", help="Go on at the point named by an interrupted import.")
@json_option
def import_legacy_command(
    source: str, target: str, index: str, after: str | None, as_json: bool
) -> None:
    """Import an index that image-match made, without reading its pictures.

    SOURCE is elasticsearch://HOST:9200/INDEX or mongodb://HOST/DATABASE.COLLECTION. It is not
    changed. Pictures keep their ids, so an import can be run again, and writes only what is new.
    """
    left_out: list[dict[str, str]] = []

    def leave_out(document_id: str, error: ImageMatchError) -> None:
        name, reason = printable(document_id), printable_lines(str(error))
        say("left out: ", "red", f"{name}: {reason}")
        if as_json:
            left_out.append({"id": document_id, "error": str(error)})

    with progress("Importing", None) as advance:
        result = import_legacy(
            source, target, index=index, after=after, on_left_out=leave_out, progress=advance
        )
    if as_json:
        print_json({**asdict(result), "left_out": left_out})
    else:
        click.echo(
            f"{plural(result.imported, 'picture')} imported, {result.unchanged:,} unchanged, "
            f"{result.left_out:,} left out."
        )
    if result.left_out:
        raise SystemExit(FAILED)
