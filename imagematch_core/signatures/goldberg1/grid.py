"""The grid of blocks, and their mean grey levels."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .grey import WEIGHTS, WHITE, grey
from .pixels import Pixels, Spans

_Floats = NDArray[np.float64]

MEAN_ERROR = 1e-11
"""How far a mean that is rounded as image-match does may be from the true one.

Adding up h rows of blocks loses at most some h·2⁻⁵² of the sum.
"""
_TALLEST = 10_000
"""The number of rows of a block up to which that holds."""


def grid_points(start: int, stop: int, n: int) -> list[int]:
    """n points evenly spread between two others: `linspace(start, stop, n + 2, dtype=int)`."""
    step = (stop - start) / (n + 1)
    return [math.floor(i * step + start) for i in range(1, n + 1)]


def block_size(shape: tuple[int, ...]) -> int:
    """Return the side of a block, in pixels, for a picture of this shape."""
    return max(2, int(0.5 + min(shape) / 20))


def block_spans(points: Sequence[int], size: float, side: int) -> Spans:
    """Where blocks of `size` pixels around `points` begin and end, on a side of `side` pixels.

    Blocks that reach beyond the picture are moved into it at its start, and cut off at its end.
    """
    starts = [int(max(point - size / 2, 0)) for point in points]
    return [(start, int(min(start + size, side))) for start in starts]


def rough_means(pixels: Pixels, rows: Spans, columns: Spans) -> _Floats | None:
    """Return the mean grey levels of all blocks, within `MEAN_ERROR` of what image-match computes.

    None where that can't be promised: blocks without pixels, or very tall ones.
    """
    heights, widths = ([stop - start for start, stop in spans] for spans in (rows, columns))
    if min(heights) < 1 or min(widths) < 1 or max(heights + widths) > _TALLEST:
        return None
    sums = pixels.block_sums(rows, columns) @ WEIGHTS
    return np.asarray(sums / (np.outer(heights, widths) * WHITE))


def means(image: _Floats, rows: Spans, columns: Spans) -> _Floats:
    """Return the mean grey levels of all blocks of a grey picture; nan for one without pixels."""
    result = np.full((len(rows), len(columns)), np.nan)
    for i, (top, bottom) in enumerate(rows):
        for j, (left, right) in enumerate(columns):
            if top < bottom and left < right:
                result[i, j] = np.mean(image[top:bottom, left:right])
    return result


def exact_means(pixels: Pixels, rows: Spans, columns: Spans) -> _Floats:
    """Return the same of a colour picture, to the bit, making only the blocks grey."""
    result = np.full((len(rows), len(columns)), np.nan)
    for i, (top, bottom) in enumerate(rows):
        for j, (left, right) in enumerate(columns):
            if top < bottom and left < right:
                # NumPy adds up one row after the other; but what lies in one piece, as blocks of
                # the whole width do, in another order. A column beside it keeps a block from that.
                start, stop = max(left - 1, 0), min(right + 1, pixels.shape[1])
                levels = grey(pixels.read(top, bottom, start, stop))
                result[i, j] = np.mean(levels[:, left - start : right - start])
    return result
