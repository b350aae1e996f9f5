"""Different pictures of all kinds together: what matches where no two have a frame in common."""

from collections.abc import Iterator, Sequence
from functools import partial

from PIL import Image

from .halves import Half, pick
from .photographs import MOST, landscapes
from .series import Copy, Kind, Originals, Random, Series


def kinds(half: Half, count: int, every: Sequence[Kind]) -> Iterator[Kind]:
    """Photographs, each copied in one of the ways of these kinds, and graphics of all of them."""
    series = [one for kind in every for one in kind.series]
    framed = partial(_any, ways=[one.change for one in series if not one.drawn])
    photographs = Series("mixed photographs", half, min(MOST, 2 * count), landscapes, framed)
    yield Kind("mixed", "photographs, each in another frame", (photographs,))
    graphic = [kind for kind in every if kind.group.startswith("graphics")]
    sorts = [kind.series[0].draw for kind in graphic[::2]]  # each is there twice
    saved = partial(_any, ways=[one.change for kind in graphic for one in kind.series])
    several = max(1, count // 8)
    graphics = Series(
        "mixed graphics", half, several * len(sorts), partial(_some, sorts=sorts), saved, drawn=True
    )
    yield Kind("mixed", "graphics of all sorts", (graphics,))


def _any(image: Image.Image, random: Random, half: Half, *, ways: Sequence[Copy]) -> Image.Image:
    return pick(random, ways)(image, random, half)


def _some(half: Half, count: int, *, sorts: Sequence[Originals]) -> list[Image.Image]:
    return [image for draw in sorts for image in draw(half, count // len(sorts))]
