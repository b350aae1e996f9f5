"""What is cut out of flat ground is told apart by its inside, not by its outline."""

from itertools import combinations
from math import cos, pi, sin

import numpy as np
import pytest
from PIL import Image, ImageDraw

import imagematch_core as imagematch
from imagematch_core.signatures import get_algorithm
from imagematch_core.signatures.goldberg2.cutouts import Outline
from tests.drawings import drawing

CUTOFF = get_algorithm("goldberg-2").default_cutoff
SIDE = 256
STAR = [
    (
        SIDE / 2 * (1 + sin(at * pi / 5) * (0.45 if at % 2 else 1)),
        SIDE / 2 * (1 - cos(at * pi / 5) * (0.45 if at % 2 else 1)),
    )
    for at in range(10)
]
DOWN, ACROSS = np.mgrid[:24, :24] - 11.5


def cut_out(image: Image.Image, ground: str) -> Image.Image:
    mask = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(mask).polygon(STAR, 255)
    canvas = Image.new("RGB", (SIDE, SIDE), ground)
    canvas.paste(image.resize((SIDE, SIDE)), (0, 0), mask)
    return canvas


def dim(seed: int) -> Image.Image:
    """Less contrast than the outline has, so that this is most of what is seen."""
    large = drawing(seed, (400, 400)).crop((0, 0, 220, 220))
    return large.point([40 + 3 * level // 5 for level in range(256)] * 3)


def distance(one: Image.Image, other: Image.Image) -> float:
    return imagematch.compare(one, other, "goldberg-2").distance


@pytest.mark.parametrize("ground", ["white", "black"])
def test_different_pictures_in_one_outline(ground: str) -> None:
    stars = [cut_out(dim(seed), ground) for seed in range(6)]
    assert all(distance(one, other) > CUTOFF for one, other in combinations(stars, 2))
    assert all(distance(star, star.resize((180, 180))) < 0.2 for star in stars)


def test_a_shape_of_one_colour_is_told_by_its_outline() -> None:
    star = cut_out(Image.new("RGB", (SIDE, SIDE), "navy"), "white")
    assert distance(star, star.resize((170, 170))) < 0.1


def test_ground_reaches_all_corners() -> None:
    levels = (100 + np.rint(30 * np.sin(DOWN) * np.cos(ACROSS))).astype(np.float32)
    disc = np.where(DOWN**2 + ACROSS**2 < 144, levels, 254).astype(np.float32)
    hill = np.where(DOWN > 0, levels, 254).astype(np.float32)
    lines = np.where(np.abs(ACROSS % 4 - 2) < 0.6, 30, 254).astype(np.float32)
    lines[[0, -1]] = 254
    rounded = levels.copy()
    rounded[np.ix_([0, -1], [0, -1])] = 254
    found = Outline.of(np.array([disc, hill, lines, rounded])).is_cut_out
    assert found.tolist() == [True, False, False, False]


def test_the_interior_is_off_the_outline() -> None:
    disc = np.where(DOWN**2 + ACROSS**2 < 64, 100, 254).astype(np.float32)
    disc[10:13, 10:13] = 254  # as light as the ground, but not joined to it
    kept = Outline.of(disc[None]).interior[0] > 0
    assert kept[11, 11]
    assert not kept[DOWN**2 + ACROSS**2 > 56].any()
    assert kept[DOWN**2 + ACROSS**2 < 30].all()
