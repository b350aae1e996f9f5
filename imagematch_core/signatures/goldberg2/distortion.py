"""Whether a picture lies on another as copies do: how far it is turned, squashed and cropped."""

import numpy as np
from numpy.typing import NDArray

from .alignment import Warps
from .detail import CELLS

_MOST_TURNED = 0.5
"""Cells by which the next cell is set off across: more than for any copy that is looked for."""
_SMALLEST, _LARGEST = 0.4, 2.5
"""Times as large, in either direction."""
_CROPPED = 0.12
"""Of the area of one of both. A copy may be cropped, squashed or turned, but what is cropped hardly
ever is"""
_SQUASHED = 1.22
"""so many times as large in one direction as in the other, in pixels, or"""
_TURNED = 0.12
"""set off by as much. Different landscapes are, where their horizons come to lie on each other,"""
_STRICTER = 1.5
"""so distances count so many times there. Smooth pictures can be laid on their copies in many ways,
and are hardly apart in any."""


def area(warps: Warps) -> NDArray[np.float64]:
    """Return how many cells of a picture one cell of the query covers."""
    return np.asarray(warps[:, 0, 0] * warps[:, 1, 1] - warps[:, 0, 1] * warps[:, 1, 0])


def is_distorted(warps: Warps) -> NDArray[np.bool_]:
    """Return whether a query would have to be scaled or turned by more than copies are."""
    scales = warps[:, [0, 1], [0, 1]]
    scaled = (scales.min(axis=1) < _SMALLEST) | (scales.max(axis=1) > _LARGEST)
    return np.asarray(scaled | (_turned(warps) > _MOST_TURNED))


def strictness(warps: Warps, aspects: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many times distances count: more if cropped copies hardly ever lie so.

    Args:
        aspects: width over height of a cell of each picture, over the same of the query: in pixels;
            NaN where that is not known.
    """
    across, down = warps[:, 0, 0] * aspects, warps[:, 1, 1]
    squashed = (across > _SQUASHED * down) | (down > _SQUASHED * across)
    unlikely = (squashed | (_turned(warps) > _TURNED)) & (_cropped(warps) > _CROPPED)
    return np.where(unlikely, _STRICTER, 1.0)


def _turned(warps: Warps) -> NDArray[np.float64]:
    """Return by how many cells the next cell is set off across."""
    return np.asarray(np.abs(warps[:, [0, 1], [1, 0]]).max(axis=1))


def _cropped(warps: Warps) -> NDArray[np.float64]:
    """Return how much of the area of one of both lies beside the other, turns left aside."""
    scales, middles = warps[:, [0, 1], [0, 1]], warps[:, :, 2]
    half = CELLS / 2
    common = np.minimum(half, middles + half * scales) - np.maximum(-half, middles - half * scales)
    covered = np.maximum(common, 0).prod(axis=1)
    larger = np.maximum(1, np.abs(scales.prod(axis=1)))
    return np.asarray(1 - covered / (CELLS * CELLS * larger))
