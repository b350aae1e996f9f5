import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from imagematch_core.model import ALL_ORIENTATIONS, UPRIGHT, Orientation
from imagematch_core.signatures.goldberg1 import pixels as module
from imagematch_core.signatures.goldberg1.pixels import Pixels
from imagematch_core.signatures.turns import turned
from tests.samples import in_mode

from .strategies import Picture, pictures

TURNS = [orientation for orientation in ALL_ORIENTATIONS if not orientation.negative]
MODES = ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"]


def by_numpy(array: NDArray[Any], orientation: Orientation) -> NDArray[Any]:
    mirrored = np.fliplr(array) if orientation.mirror else array
    return np.rot90(mirrored, orientation.rotate // 90)


@pytest.fixture(params=["whole", "in pieces"])
def held(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether an image is read as a whole, or in pieces as large ones are."""
    if request.param == "in pieces":
        monkeypatch.setattr(module, "_WHOLE", 0)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("orientation", TURNS, ids=str)
def test_colours_are_those_of_pillow(mode: str, orientation: Orientation, held: None) -> None:
    image = in_mode(mode)
    expected = by_numpy(np.asarray(image.convert("RGB")), orientation)
    pixels = Pixels(image).turned(orientation)
    assert pixels.shape == expected.shape[:2]
    assert np.array_equal(pixels.read(0, *pixels.shape[:1], 0, pixels.shape[1])[..., :3], expected)
    assert np.array_equal(pixels.read(3, 7, 5, 6)[..., :3], expected[3:7, 5:6])


def test_a_palette_with_transparency_is_converted_without_a_warning(held: None) -> None:
    image = in_mode("P")
    image.info["transparency"] = bytes(range(256))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = np.asarray(image.convert("RGB"))
    pixels = Pixels(image)
    assert np.array_equal(pixels.read(0, *image.size[::-1][:1], 0, image.width)[..., :3], expected)


@given(pictures(), st.sampled_from(TURNS), st.data())
def test_block_sums_add_up_the_colours(
    picture: Picture, orientation: Orientation, data: st.DataObject
) -> None:
    pixels = Pixels(picture).turned(orientation)
    expected = by_numpy(picture, orientation).astype(int)
    spans = []
    for size in pixels.shape:
        span = st.tuples(st.integers(0, size - 1), st.integers(1, size)).filter(
            lambda s: s[0] < s[1]
        )
        spans.append(data.draw(st.lists(span, min_size=1, max_size=5)))
    rows, columns = spans
    sums = pixels.block_sums(rows, columns)
    for i, (top, bottom) in enumerate(rows):
        for j, (left, right) in enumerate(columns):
            assert np.array_equal(sums[i, j], expected[top:bottom, left:right].sum(axis=(0, 1)))


@pytest.mark.parametrize("rows", [257, 258, 70_000])
def test_sums_of_tall_white_blocks_do_not_overflow(rows: int) -> None:
    pixels = Pixels(np.full((rows, 300, 3), 255, np.uint8))
    sums = pixels.block_sums([(0, rows)], [(0, 300), (1, 2)])
    assert sums.tolist() == [[[255 * rows * 300] * 3, [255 * rows] * 3]]


@given(pictures(), st.sampled_from(TURNS))
def test_turned_arrays_are_those_of_numpy(picture: Picture, orientation: Orientation) -> None:
    assert np.array_equal(turned(picture, orientation), by_numpy(picture, orientation))


def test_turning_counts_from_the_picture_as_it_was_opened() -> None:
    picture = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    pixels = Pixels(picture).turned(TURNS[1]).turned(UPRIGHT)
    assert np.array_equal(pixels.read(0, 2, 0, 3), picture)
