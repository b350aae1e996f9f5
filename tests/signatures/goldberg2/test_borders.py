"""Borders are found where they are drawn, and not where there are none."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from imagematch_core.signatures.goldberg2.borders import inside
from imagematch_core.signatures.goldberg2.window import everything
from tests.drawings import WIKIPEDIA, drawing


def trimmed(canvas: np.ndarray) -> np.ndarray | None:
    proper = inside(canvas)
    return None if proper == everything(canvas) else proper.of(canvas)


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    with Image.open(WIKIPEDIA) as image:
        return image.convert("L").resize((160, 200))


@pytest.mark.parametrize("colour", [0, 128, 255])
@pytest.mark.parametrize(
    "border",
    [(12, 12, 12, 12), (0, 0, 0, 20), (0, 20, 0, 0), (30, 0, 30, 0), (0, 30, 0, 30), (5, 0, 0, 0)],
)
def test_a_border_is_taken_off(
    picture: Image.Image, border: tuple[int, int, int, int], colour: int
) -> None:
    found = trimmed(np.asarray(ImageOps.expand(picture, border, colour)))
    assert found is not None
    # A line where the picture begins may go with the border.
    assert all(0 <= whole - left <= 4 for whole, left in zip((200, 160), found.shape, strict=True))


def test_a_picture_without_a_border() -> None:
    for seed in range(20):
        assert trimmed(np.asarray(drawing(seed, (120, 90)).convert("L"))) is None


@pytest.mark.parametrize(
    "levels",
    [
        np.full((50, 60), 90),
        np.zeros((1, 1)),
        np.zeros((2, 300)),
        np.tile(np.arange(200) * 11 % 256, (50, 1)),
        np.pad(np.full((20, 20), 200), 60),
    ],
    ids=["flat", "one pixel", "a strip", "stripes", "more border than picture"],
)
def test_what_is_no_border(levels: np.ndarray) -> None:
    assert trimmed(levels.astype(np.uint8)) is None


def test_turning_the_picture_turns_what_is_left(picture: Image.Image) -> None:
    framed = np.asarray(ImageOps.expand(picture, (7, 9, 0, 14), 255))
    found = trimmed(framed)
    assert found is not None
    for turn in (np.fliplr, np.flipud, np.rot90):
        turned = trimmed(turn(framed))
        assert turned is not None
        assert np.array_equal(turned, turn(found))
