"""Whether a picture looks like a drawing, by its grey levels.

Drawings of a kind, such as charts or pages of text, are nearer to each other than photographs are.
"""

import numpy as np
from numpy.typing import NDArray

from .contrast import Cells

_QUARTER = 4
HARD = 0.12
"""Print and codes are as hard-edged."""
_CODE = 0.25
_PLAIN = 0.35


def is_drawn(levels: Cells) -> NDArray[np.bool_]:
    """Return whether pictures are plain like drawings, or hard-edged like print and codes.

    Args:
        levels: shape (pictures, side, side).
    """
    return np.asarray((plainness(levels) >= _PLAIN) | (hardness(levels) >= HARD))


def is_code(levels: Cells) -> NDArray[np.bool_]:
    """Return whether pictures are as hard-edged as QR codes."""
    return np.asarray(hardness(levels) >= _CODE)


def plainness(levels: Cells) -> NDArray[np.float64]:
    """Return the share of neighbouring cells equal to a grey level; drawings have many."""
    return _mean([np.abs(np.diff(levels, axis=axis)) <= 1 for axis in (1, 2)])


def hardness(levels: Cells) -> NDArray[np.float64]:
    """Return the share of neighbouring cells that differ by a quarter of all levels or more.

    All levels are those between the darkest and the brightest cell.
    """
    most = np.ptp(levels, axis=(1, 2))[:, None, None]
    return _mean([_QUARTER * np.abs(np.diff(levels, axis=axis)) >= most for axis in (1, 2)])


def _mean(of_steps: list[NDArray[np.bool_]]) -> NDArray[np.float64]:
    """Return the share of the steps across and down of which something is true."""
    counts = [each.sum(axis=(1, 2)) for each in of_steps]
    return np.asarray((counts[0] + counts[1]) / sum(each[0].size for each in of_steps))
