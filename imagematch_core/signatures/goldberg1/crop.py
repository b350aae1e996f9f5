"""The window that image-match cuts out of a picture.

Of each row (and column) it sums the absolute differences between neighbouring pixels: its energy.
The window reaches from where the running sum of the energies exceeds its 5th percentile to where
it first reaches its 95th.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .percentile import percentiles

Window = list[tuple[int, int]]
"""[(top, bottom), (left, right)]"""

Percents = tuple[float, float]
_Floats = NDArray[np.float64]

_BAND = 1 << 18
"""Pixels held as floats at a time."""


def window(
    grey: Callable[[int, int], _Floats], shape: tuple[int, int], percents: Percents, fix_ratio: bool
) -> Window:
    """Return the window, computed from all pixels.

    Args:
        grey: gives the grey levels of the rows from the first number up to the second.
        shape: of the picture, rows and columns.
        percents: where the window begins and ends.
        fix_ratio: use the larger of the two ranges for rows and columns alike.
    """
    limits = [_limits(energies, percents) for energies in _energies(grey, shape)]
    return window_within(limits, shape, percents, fix_ratio)


def window_within(
    limits: list[tuple[int, int]], shape: tuple[int, int], percents: Percents, fix_ratio: bool
) -> Window:
    """Return the window that follows from the limits of the running sums of rows and of columns."""
    rows, columns = (
        # Nearly nothing in the picture: take these shares of the side itself.
        (int(percents[0] / 100 * size), int(percents[1] / 100 * size))
        if lower > upper
        else (lower, upper)
        for (lower, upper), size in zip(limits, shape, strict=True)
    )
    if fix_ratio:
        rows = columns = max(columns, rows, key=lambda limit: limit[1] - limit[0])
    return [rows, columns]


def _limits(energies: _Floats, percents: Percents) -> tuple[int, int]:
    running = np.cumsum(energies)
    lower, upper = percentiles(running, percents)
    return (
        int(np.searchsorted(running, lower, side="right")),
        int(np.searchsorted(running, upper, side="left")),
    )


def _energies(
    grey: Callable[[int, int], _Floats], shape: tuple[int, int]
) -> tuple[_Floats, _Floats]:
    """Of all rows, and of all columns: added up in the order in which NumPy adds up the whole."""
    height, width = shape
    band = max(1, _BAND // width)
    rows = np.empty(height)
    columns = np.zeros(width)
    for top in range(0, height, band):
        bottom = min(top + band, height)
        levels = grey(max(top - 1, 0), bottom)
        for step in np.abs(np.diff(levels, axis=0)):
            columns += step
        along = np.abs(np.diff(levels[top - bottom :], axis=1))
        rows[top:bottom] = np.sum(along, axis=1)
    return rows, columns
