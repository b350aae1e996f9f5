"""Contrast, which verification compares: each cell of a finer picture against its surroundings.

In multiples of what is usual in the picture, so that neither brightness nor contrast matter, and
cut off, so that what was drawn over a picture counts little.

All is computed in whole numbers, in fractions whose denominator is a power of two, or in single
operations that IEEE 754 rounds alike everywhere; sums are of exact numbers, so their order doesn't
matter. That gives the same bits on every machine.
"""

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.float32]
"""Shape (pictures, side, side)."""

CONTRAST_UNIT = 16
"""Contrasts are in this fraction of the usual one."""
LARGEST_CONTRAST = 2 * CONTRAST_UNIT

_SMOOTH = 0.25
"""How much the neighbours of a cell count in it: alignment is exact to a part of a cell only."""
_LEAST = 0.5
"""Grey levels: no less is taken for usual. Nor is a quarter of the root mean square, since in a
drawing most cells are empty."""
_FRACTION = 32
_TOGETHER = 16
"""So many pictures are looked at together: what is computed of them fits in a cache."""


def contrasts(levels: Cells, seen: Cells | None = None) -> Cells:
    """Return the contrast of each cell, as a whole number from -32 to 32.

    Args:
        levels: grey levels.
        seen: 1 where a picture has a cell, 0 where it has none; such cells get 0.
    """
    result = np.empty(levels.shape, np.float32)
    for start in range(0, len(levels), _TOGETHER):
        part = slice(start, start + _TOGETHER)
        result[part] = _contrasts(levels[part], None if seen is None else seen[part])
    return result


def _contrasts(levels: Cells, seen: Cells | None) -> Cells:
    present = np.ones((1, *levels.shape[1:]), np.float32) if seen is None else seen
    known = levels if seen is None else levels * seen
    around = _sums(known) / np.maximum(_sums(present), 1)
    here = _smoothed(known) / np.maximum(_smoothed(present), _SMOOTH * _SMOOTH)
    differences: Cells = np.rint((here - around) * present * np.float32(_FRACTION))
    differences /= _FRACTION
    multiples = np.rint(differences * (CONTRAST_UNIT / _usual(differences, seen)))
    return np.clip(multiples, -LARGEST_CONTRAST, LARGEST_CONTRAST)


def _usual(differences: Cells, seen: Cells | None) -> Cells:
    """Return the median magnitude of the cells, or what stands for it: shape (n, 1, 1)."""
    count = len(differences)
    magnitudes = np.abs(differences).reshape(count, -1)
    if seen is None:
        cells: NDArray[np.intp] | int = magnitudes.shape[1]
        medians = np.partition(magnitudes, magnitudes.shape[1] // 2, axis=1)[:, cells // 2]
    else:
        present = seen.reshape(count, -1) > 0
        cells = present.sum(axis=1)
        ordered = np.sort(np.where(present, magnitudes, np.inf), axis=1)
        middle = ordered[np.arange(count), np.minimum(cells // 2, ordered.shape[1] - 1)]
        medians = np.where(cells > 0, middle, _LEAST)
    exact = magnitudes.astype(np.float64)
    square = (exact * exact).sum(axis=1) / np.maximum(cells, 1)
    usual = np.maximum(np.maximum(medians, np.sqrt(square) / 4), _LEAST)
    return np.asarray(usual[:, None, None], np.float32)


def _sums(cells: Cells) -> Cells:
    """Of the 5 × 5 cells around each, as far as they lie in the picture."""
    padded = _padded(cells, 2)
    rows = padded[:, :-4] + padded[:, 1:-3] + padded[:, 2:-2] + padded[:, 3:-1] + padded[:, 4:]
    found: Cells = (
        rows[:, :, :-4] + rows[:, :, 1:-3] + rows[:, :, 2:-2] + rows[:, :, 3:-1] + rows[:, :, 4:]
    )
    return found


def _smoothed(cells: Cells) -> Cells:
    padded = _padded(cells, 1)
    rows = padded[:, 1:-1] + _SMOOTH * (padded[:, :-2] + padded[:, 2:])
    return np.asarray(rows[:, :, 1:-1] + _SMOOTH * (rows[:, :, :-2] + rows[:, :, 2:]), np.float32)


def _padded(cells: Cells, width: int) -> Cells:
    count, height, across = cells.shape
    padded = np.zeros((count, height + 2 * width, across + 2 * width), np.float32)
    padded[:, width:-width, width:-width] = cells
    return padded
