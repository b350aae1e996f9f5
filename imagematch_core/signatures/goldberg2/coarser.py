"""Pictures of half as many cells a side."""

import numpy as np

from .contrast import Cells


def coarser(levels: Cells) -> Cells:
    """Return the mean of each two by two cells, a whole number: shape (…, side / 2, side / 2)."""
    return np.asarray(np.floor(_of_four(levels) / 4 + 0.5))


def coarser_seen(levels: Cells, seen: Cells) -> tuple[Cells, Cells]:
    """The same of those cells that are seen.

    Returns:
        The means, and 1 where two of the four are seen.
    """
    present = _of_four(seen)
    means = np.floor(_of_four(levels * seen) / np.maximum(present, 1) + 0.5)
    return np.asarray(means, np.float32), (present >= 2).astype(np.float32)


def _of_four(cells: Cells) -> Cells:
    side = cells.shape[-1] // 2
    found: Cells = cells.reshape(*cells.shape[:-2], side, 2, side, 2).sum(axis=(-3, -1))
    return found
