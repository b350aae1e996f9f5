"""Whether a picture looks like a drawing, by its grey levels.

Drawings of a kind, such as charts or pages of text, are nearer to each other than photographs are.
"""

from collections.abc import Iterable, Iterator
from math import prod

import numpy as np
from numpy.typing import NDArray

from .contrast import Cells

_QUARTER = 4
_PLAIN = 0.35
_HARD = 0.12
_CLEAR = 0.4
"""Of print so many neighbouring cells are equal or far apart. Of photographs that are as
hard-edged, most are in between."""
_CODE = 0.25


def is_drawn(levels: Cells) -> NDArray[np.bool_]:
    """Return whether pictures are plain like drawings, or look like print.

    Args:
        levels: shape (pictures, side, side).
    """
    return np.asarray((plainness(levels) >= _PLAIN) | looks_printed(levels))


def looks_printed(levels: Cells) -> NDArray[np.bool_]:
    """Return whether pictures are hard-edged on plain ground, as are print and codes."""
    hard = hardness(levels)
    return np.asarray((hard >= _HARD) & (hard + plainness(levels) >= _CLEAR))


def is_code(levels: Cells) -> NDArray[np.bool_]:
    """Return whether pictures are as hard-edged as QR codes."""
    return np.asarray((hardness(levels) >= _CODE) & looks_printed(levels))


def plainness(levels: Cells) -> NDArray[np.float64]:
    """Return the share of neighbouring cells equal to a grey level; drawings have many."""
    return _of_both(np.abs(np.diff(levels, axis=axis)) <= 1 for axis in (1, 2))


def hardness(levels: Cells) -> NDArray[np.float64]:
    """Return the share of neighbouring cells that differ by a quarter of all levels or more.

    All levels are those between the darkest and the brightest cell.
    """
    return _of_both(_hard(levels))


def hard_steps(levels: Cells) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the same of the cells below each other, and of those beside each other."""
    down, across = (found.mean(axis=(1, 2)) for found in _hard(levels))
    return down, across


def _hard(levels: Cells) -> Iterator[NDArray[np.bool_]]:
    most = np.ptp(levels, axis=(1, 2))[:, None, None]
    return (_QUARTER * np.abs(np.diff(levels, axis=axis)) >= most for axis in (1, 2))


def _of_both(steps: Iterable[NDArray[np.bool_]]) -> NDArray[np.float64]:
    """Return the share of the steps down and across of which something is true."""
    down, across = steps
    counts = down.sum(axis=(1, 2)) + across.sum(axis=(1, 2))
    return np.asarray(counts / (prod(down.shape[1:]) + prod(across.shape[1:])))
