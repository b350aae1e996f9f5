"""`imagematch compare`."""

import click

from ..explaining import ExplanationFile, explain
from ..matching.comparing import nearest
from ..model import Orientation
from ..signatures import get_algorithm
from ..sources.naming import printable
from .options import (
    all_orientations_option,
    complete_algorithms,
    complete_files,
    examples,
    json_option,
    thorough_option,
)
from .output import orientation_json, print_json


@click.command(
    "compare",
    short_help="Tell how far apart two pictures are.",
    epilog=examples(
        "imagematch compare original.jpg suspect.png",
        "imagematch compare original.jpg suspect.png --explain why.png",
        "imagematch compare original.jpg turned.jpg --all-orientations --json",
    ),
)
@click.argument("a", metavar="FILE|URL", shell_complete=complete_files)
@click.argument("b", metavar="FILE|URL", shell_complete=complete_files)
@click.option(
    "--algorithm",
    help="That signs both.  [default: the best]",
    shell_complete=complete_algorithms,
)
@click.option(
    "--explain",
    "drawn",
    metavar="FILE.png",
    shell_complete=complete_files,
    help="Draw why: both pictures, the cells that agree and differ, the views tried.",
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
    """Tell how far apart two pictures are, from 0 (the same) to 1."""
    using = get_algorithm(algorithm)
    distance, orientation = _compare(a, b, using.name, drawn, all_orientations, thorough)
    near = distance < using.default_cutoff
    if as_json:
        print_json(
            {
                "distance": distance,
                "near": near,
                "cutoff": using.default_cutoff,
                "orientation": orientation_json(orientation),
                "algorithm": using.name,
            }
        )
        return
    verdict = (
        f"near copies: below the cutoff of {using.default_cutoff}"
        if near
        else f"different pictures: not below the cutoff of {using.default_cutoff}"
    )
    turned = f" ({orientation})" if all_orientations else ""
    click.echo(f"{distance!r}{turned}\n{verdict}, by {using.name}")
    if drawn:
        click.echo(f"{printable(drawn)} shows why")


def _compare(
    a: str, b: str, algorithm: str, drawn: str | None, all_orientations: bool, thorough: int
) -> tuple[float, Orientation]:
    if drawn is None:
        return nearest(a, b, algorithm, all_orientations=all_orientations, thorough=thorough)
    file = ExplanationFile(drawn)  # tells of a bad name before anything is read
    explained = explain(a, b, algorithm, all_orientations=all_orientations, thorough=thorough)
    file.write(explained)
    return explained.distance, explained.orientation
