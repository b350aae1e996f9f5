import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagematch_core.signatures.goldberg1 import grid
from imagematch_core.signatures.goldberg1.grey import grey
from imagematch_core.signatures.goldberg1.pixels import Pixels, Spans

from .strategies import Picture, pictures


@st.composite
def blocks(draw: st.DrawFn) -> tuple[Picture, Spans, Spans]:
    """A picture and spans of rows and of columns, some of them empty or as long as a side."""
    picture = draw(pictures())
    height, width = picture.shape[:2]
    rows, columns = (
        draw(
            st.lists(
                st.tuples(st.integers(0, side), st.integers(0, side)) | st.just((0, side)),
                min_size=1,
                max_size=5,
            )
        )
        for side in (height, width)
    )
    return picture, rows, columns


@given(blocks())
def test_exact_means_are_those_of_the_grey_picture_to_the_bit(
    drawn: tuple[Picture, Spans, Spans],
) -> None:
    picture, rows, columns = drawn
    found = grid.exact_means(Pixels(picture), rows, columns)
    assert np.array_equal(found, grid.means(grey(picture), rows, columns), equal_nan=True)


@pytest.mark.parametrize("start", range(10))
def test_exact_means_of_large_blocks(start: int) -> None:
    # NumPy adds up more than 8,192 numbers in an order that depends on how they are laid out.
    picture = np.random.default_rng(0).integers(0, 256, (200, 100, 3), dtype=np.uint8)
    rows, columns = [(start, 190), (0, 200)], [(start, 99), (0, 100), (7, 8)]
    expected = grid.means(grey(picture), rows, columns)
    assert np.array_equal(grid.exact_means(Pixels(picture), rows, columns), expected)
    alone = [grid.exact_means(Pixels(picture), rows[:1], [block]).item() for block in columns]
    assert alone == expected[0].tolist()


@given(blocks())
def test_rough_means_are_near_the_exact_ones(drawn: tuple[Picture, Spans, Spans]) -> None:
    picture, rows, columns = drawn
    exact = grid.means(grey(picture), rows, columns)
    rough = grid.rough_means(Pixels(picture), rows, columns)
    if np.isnan(exact).any():
        assert rough is None
    else:
        assert rough is not None
        assert np.abs(rough - exact).max() <= grid.MEAN_ERROR


def test_rough_means_of_the_tallest_blocks() -> None:
    tall = Pixels(np.full((10_001, 2, 3), 255, np.uint8))
    assert grid.rough_means(tall, [(0, 10_000)], [(0, 2)]) == [[1.0]]
    assert grid.rough_means(tall, [(0, 10_001)], [(0, 2)]) is None
