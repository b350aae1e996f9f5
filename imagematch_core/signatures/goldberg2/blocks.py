"""Mean grey levels of 9 × 9 blocks: what a signature consists of.

The blocks lie symmetrically around the middle, so that turning the picture turns the means. Where
they begin and end is a fraction of the picture, in steps of 1/1024 of a pixel of the canvas. All
sums are of whole numbers below 2⁵³, so no order of additions changes a bit.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .canvas import Canvas
from .products import product

GRID = 9
Means = NDArray[np.uint8]
"""Shape (…, 81), row by row."""

Cut = tuple[int, int]
"""Which share of a side is taken for cut off at its start and its end, in percent."""

_SPACING = 7
_BLOCK = 12.5
"""Percent of the picture before it was cut; the middle block is in the middle."""
_SUBPIXELS = 1024


def means(canvas: Canvas, cuts: Sequence[tuple[Cut, Cut]]) -> Means:
    """Return the means of the blocks as they lay in the picture before it was cut so.

    Blocks that would reach beyond the canvas are moved into it.

    Args:
        canvas: a picture, or what was left of it.
        cuts: for each view, what was cut off of the columns (left, right) and rows (top, bottom).

    Returns:
        Shape (len(cuts), 81).
    """
    height, width = canvas.shape
    across = list(dict.fromkeys(columns for columns, _ in cuts))
    down = list(dict.fromkeys(rows for _, rows in cuts))
    by_column = np.concatenate([_weights(width, cut) for cut in across])
    by_row = np.concatenate([_weights(height, cut) for cut in down])
    sums = product(product(by_row, canvas.astype(np.float64)), by_column.T).astype(np.int64)
    areas = np.outer(by_row.sum(axis=1), by_column.sum(axis=1)).astype(np.int64)
    rounded = ((2 * sums + areas) // (2 * areas)).astype(np.uint8)
    by_cut = rounded.reshape(len(down), GRID, len(across), GRID).swapaxes(1, 2)
    rows = [down.index(cut) for _, cut in cuts]
    columns = [across.index(cut) for cut, _ in cuts]
    found: Means = by_cut[rows, columns].reshape(len(cuts), GRID * GRID)
    return found


def whole(canvas: Canvas) -> Means:
    """Return the means of a picture as it is: shape (81,)."""
    found: Means = means(canvas, [((0, 0), (0, 0))])[0]
    return found


@lru_cache(maxsize=4096)
def _weights(size: int, cut: Cut) -> NDArray[np.float64]:
    """Return the subpixels of each line of pixels in each line of blocks: shape (9, size)."""
    starts, stops = _limits(size, cut)
    pixels = np.arange(size) * _SUBPIXELS
    inside = np.minimum(stops[:, None], pixels + _SUBPIXELS) - np.maximum(starts[:, None], pixels)
    weights: NDArray[np.float64] = np.maximum(inside, 0).astype(np.float64)
    return weights


def spans(size: int, cut: Cut) -> NDArray[np.float64]:
    """Where the blocks begin and end along a side of `size` pixels, as fractions: shape (9, 2)."""
    return np.stack(_limits(size, cut), axis=-1) / (size * _SUBPIXELS)


def _limits(size: int, cut: Cut) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the blocks begin and end, in subpixels: shape (9,) each."""
    start, end = cut
    left = 100 - start - end
    # Twice the distance from the middle, in percent of the picture before it was cut.
    centres = 2 * _SPACING * (np.arange(GRID) - GRID // 2) - start + end
    middle = size * _SUBPIXELS // 2
    starts, stops = (
        middle + _rounded((2 * centres + side) * middle, 2 * left)
        for side in (-int(2 * _BLOCK), int(2 * _BLOCK))
    )
    beyond = np.minimum(starts, 0) + np.maximum(stops - 2 * middle, 0)
    return np.maximum(starts - beyond, 0), np.minimum(stops - beyond, 2 * middle)


def _rounded(numbers: NDArray[np.int64], divisor: int) -> NDArray[np.int64]:
    """Quotients rounded to whole numbers, halves away from 0."""
    quotients: NDArray[np.int64] = (2 * np.abs(numbers) + divisor) // (2 * divisor)
    return np.sign(numbers) * quotients
