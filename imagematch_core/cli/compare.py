"""`imagematch compare`."""

import click

from imagematch_core.comparing import nearest
from imagematch_core.signatures import get_algorithm

from .options import all_orientations_option, json_option, thorough_option
from .output import orientation_json, print_json


@click.command("compare", epilog="Example:  imagematch compare original.jpg suspect.png")
@click.argument("a", metavar="FILE|URL")
@click.argument("b", metavar="FILE|URL")
@click.option("--algorithm", help="That signs both.  [default: the best]")
@all_orientations_option
@thorough_option
@json_option
def compare_command(
    a: str, b: str, algorithm: str | None, all_orientations: bool, thorough: int, as_json: bool
) -> None:
    """Tell how far apart two pictures are, from 0 (the same) to 1."""
    using = get_algorithm(algorithm)
    distance, orientation = nearest(
        a, b, using.name, all_orientations=all_orientations, thorough=thorough
    )
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
