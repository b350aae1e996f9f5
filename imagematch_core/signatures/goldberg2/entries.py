"""From the 81 means to the entries that signatures are compared by, in whole numbers.

An entry is the difference between two blocks, once each is seen against its surroundings, as a
multiple of the median of all such differences. So neither brightness nor contrast matter, and
a gradient over the whole picture, which most landscapes share, matters less.
"""

import numpy as np
from numpy.typing import NDArray

from ..algorithm import Pairs
from .blocks import GRID, Means

Entries = NDArray[np.int16]
"""Shape (…, number of pairs), each from -`LARGEST` to `LARGEST`."""

UNIT = 48
"""Entries are in this fraction of the median."""
LARGEST = 2 * UNIT
"""More than twice the median is cut off, so that what was drawn over a picture counts little."""
_NOTHING = 2
"""Grey levels: blocks that differ by less don't differ."""


def _pairs(*steps: tuple[int, int]) -> Pairs:
    """Which blocks are compared: the second less the first."""
    found = [
        (GRID * row + column, GRID * (row + down) + column + right)
        for down, right in steps
        for row in range(GRID)
        for column in range(GRID)
        if row + down < GRID and 0 <= column + right < GRID
    ]
    return Pairs(*np.array(found).T)


NEIGHBOURS = _pairs((0, 1), (1, 0), (1, 1), (1, -1))
"""272 pairs."""
SECOND_NEIGHBOURS = _pairs((0, 2), (2, 0), (2, 2), (2, -2))
"""224 pairs."""


def entries(means: Means, pairs: Pairs = NEIGHBOURS) -> Entries:
    """Return the entries of signatures: shape (…, number of pairs).

    Args:
        means: shape (…, 81).
        pairs: of blocks.
    """
    levels = means.astype(np.int16)
    signed = _between(_contrasts(levels), pairs)
    multiples = np.abs(signed)
    half = len(pairs.first) // 2
    # One place is selected far faster than two.
    smaller = np.partition(multiples, half, axis=-1)[..., : half + 1]
    middle = smaller[..., :half].max(axis=-1, keepdims=True) + smaller[..., half:]
    # Two medians are as exact as one, and whole. At least half a grey level is taken for it.
    medians = np.maximum(middle, _WEIGHT).astype(np.float32)
    # As exact in single precision: dividend and divisor are whole and below 2²¹ and 2¹⁵, so no
    # quotient up to `LARGEST` is rounded up to a whole number.
    quotients = multiples.astype(np.float32)
    quotients *= 4 * UNIT
    quotients += medians
    quotients /= 2 * medians
    np.minimum(np.floor(quotients, out=quotients), LARGEST, out=quotients)
    quotients *= np.abs(_between(levels, pairs)) >= _NOTHING
    return np.asarray(np.copysign(quotients, signed, out=quotients).astype(np.int16))


def _between(values: NDArray[np.int16], pairs: Pairs) -> NDArray[np.int16]:
    found: NDArray[np.int16] = values.take(pairs.second, axis=-1)
    found -= values.take(pairs.first, axis=-1)
    return found


_WEIGHT = 18


def _contrasts(levels: NDArray[np.int16]) -> NDArray[np.int16]:
    """18 times: each mean less half the mean of the 3 × 3 blocks around it.

    Beyond the edge the blocks at the edge are repeated.
    """
    grid = levels.reshape(*levels.shape[:-1], GRID, GRID)
    padded = np.pad(grid, [(0, 0)] * (grid.ndim - 2) + [(1, 1), (1, 1)], mode="edge")
    rows = padded[..., :-2, :] + padded[..., 1:-1, :] + padded[..., 2:, :]
    around = rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]
    return np.asarray((_WEIGHT * grid - around).reshape(levels.shape))
