"""`imagematch compare`."""

from dataclasses import asdict

import click

from ..explaining import Explanation, explain
from ..explaining.file import ExplanationFile
from ..matching.comparing import Comparison, compare
from ..sources.naming import printable
from .options import (
    FILE,
    all_orientations_option,
    complete_algorithms,
    examples,
    json_option,
    thorough_option,
)
from .output import print_json


@click.command(
    "compare",
    short_help="Print how far apart two pictures are.",
    epilog=examples(
        "imagematch compare original.jpg suspect.png",
        "imagematch compare original.jpg suspect.png --explain why.png",
        "imagematch compare original.jpg turned.jpg --all-orientations --json",
    ),
)
@click.argument("a", metavar="FILE|URL", type=FILE)
@click.argument("b", metavar="FILE|URL", type=FILE)
@click.option(
    "--algorithm",
    help="The algorithm that signs both.  [default: the best]",
    shell_complete=complete_algorithms,
)
@click.option(
    "--explain",
    "drawn",
    metavar="FILE.png",
    type=FILE,
    help="Draw why: both pictures, the cells that agree and differ, the views that were tried.",
)
@all_orientations_option
@thorough_option
@json_option
def compare_command(
    a: str,
    b: str,
    algorithm: str | None,
    drawn: str | None,
    all_orientations: bool,
    thorough: int,
    as_json: bool,
) -> None:
    """Print how far apart two pictures are, from 0 (equal signatures) to 1."""
    found: Comparison | Explanation
    if drawn is None:
        found = compare(a, b, algorithm, all_orientations=all_orientations, thorough=thorough)
    else:
        file = ExplanationFile(drawn)  # tells of a bad name before anything is read
        found = explain(a, b, algorithm, all_orientations=all_orientations, thorough=thorough)
        file.write(found)
    if as_json:
        print_json(
            {
                "distance": found.distance,
                "near": found.near,
                "cutoff": found.cutoff,
                "orientation": asdict(found.orientation),
                "algorithm": found.algorithm,
            }
        )
        return
    verdict = (
        f"near copies: below the cutoff of {found.cutoff}"
        if found.near
        else f"different pictures: not below the cutoff of {found.cutoff}"
    )
    turned = f" ({found.orientation})" if all_orientations else ""
    click.echo(f"{found.distance!r}{turned}\n{verdict}, by {found.algorithm}")
    if drawn:
        click.echo(f"{printable(drawn)} shows why")
