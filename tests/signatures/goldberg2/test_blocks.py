"""Means of blocks, against sums of pixels cut into pieces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from imagematch_core.model import ALL_ORIENTATIONS
from imagematch_core.signatures.goldberg2.blocks import GRID, means
from imagematch_core.signatures.turns import turned

CANVASES = arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)))
NONE = (0, 0)
PARTS = 400
"""Into so many pieces each side is cut here."""


def slowly(canvas: NDArray[np.uint8], left: int, right: int) -> NDArray[np.float64]:
    """Means of blocks whose sides are whole multiples of 1/400 of the picture before it was cut."""
    height, width = canvas.shape
    fine = canvas.repeat(PARTS, axis=0).repeat(PARTS, axis=1)
    result = np.zeros((GRID, GRID))
    whole = 100 - left - right
    for i in range(GRID):
        for j in range(GRID):
            top = (15 + 7 * (i + 1) - 6.25) / 100 * height * PARTS
            start = (15 + 7 * (j + 1) - 6.25 - left) / whole * width * PARTS
            bottom, stop = top + 0.125 * height * PARTS, start + 12.5 / whole * width * PARTS
            result[i, j] = fine[round(top) : round(bottom), round(start) : round(stop)].mean()
    return result


@given(canvas=arrays(np.uint8, st.tuples(st.integers(2, 9), st.integers(2, 9))))
def test_means_of_the_whole_picture(canvas: NDArray[np.uint8]) -> None:
    found = means(canvas, [(NONE, NONE)]).reshape(GRID, GRID)
    assert np.abs(found - slowly(canvas, 0, 0)).max() <= 1.5


@given(canvas=arrays(np.uint8, st.tuples(st.integers(2, 9), st.integers(2, 9))))
def test_means_with_a_cut_undone(canvas: NDArray[np.uint8]) -> None:
    found = means(canvas, [((8, 8), NONE)]).reshape(GRID, GRID)
    assert np.abs(found - slowly(canvas, 8, 8)).max() <= 1.5


def test_a_cut_undone_is_where_the_blocks_were() -> None:
    canvas = np.random.default_rng(0).integers(0, 256, (100, 200), dtype=np.uint8)
    canvas = canvas.repeat(2, axis=0).repeat(2, axis=1)
    rest = canvas[10:, 40:-20]  # 5 % of the top, 10 % of the left, 5 % of the right
    (there,) = means(canvas, [(NONE, NONE)])
    (undone,) = means(rest, [((10, 5), (5, 0))])
    assert np.abs(there.astype(int) - undone).max() <= 1


def test_a_block_beyond_the_picture_is_moved_into_it() -> None:
    canvas = np.zeros((60, 60), np.uint8)
    canvas[:, :20] = 255
    (found,) = means(canvas, [((40, 0), NONE)])
    assert (found.reshape(GRID, GRID)[:, :3] == 255).all()


@given(canvas=CANVASES)
def test_turning_the_picture_turns_the_means(canvas: NDArray[np.uint8]) -> None:
    (upright,) = means(canvas, [(NONE, NONE)])
    for orientation in ALL_ORIENTATIONS[:8]:
        (found,) = means(turned(canvas, orientation), [(NONE, NONE)])
        expected = turned(upright.reshape(GRID, GRID), orientation)
        assert np.array_equal(found.reshape(GRID, GRID), expected)


@given(canvas=CANVASES, cut=st.tuples(st.integers(0, 30), st.integers(0, 30)))
def test_mirroring_mirrors_cuts(canvas: NDArray[np.uint8], cut: tuple[int, int]) -> None:
    (found,) = means(canvas, [(cut, NONE)])
    (mirrored,) = means(canvas[:, ::-1], [(cut[::-1], NONE)])
    assert np.array_equal(found.reshape(GRID, GRID)[:, ::-1], mirrored.reshape(GRID, GRID))


@pytest.mark.parametrize("level", [0, 77, 255])
def test_a_flat_picture_has_flat_means(level: int) -> None:
    canvas = np.full((13, 7), level, np.uint8)
    assert (means(canvas, [(NONE, NONE), ((20, 20), (24, 0))]) == level).all()


def test_means_never_change() -> None:
    rows, columns = np.indices((61, 203))
    canvas = ((rows * rows + 3 * columns + rows * columns // 7) % 256).astype(np.uint8)
    found = means(canvas, [(NONE, NONE), ((16, 0), (5, 5))])
    assert found[:, :12].tolist() == [
        [122, 129, 135, 132, 121, 123, 138, 133, 116, 136, 129, 118],
        [140, 132, 122, 123, 133, 136, 120, 123, 137, 127, 120, 132],
    ]
