"""Runs of neighbouring lines of a canvas, such as those with something in them."""

import numpy as np
from numpy.typing import NDArray


def runs(lines: NDArray[np.bool_], gap: int) -> NDArray[np.intp]:
    """Return where runs of marked lines begin and end, over gaps of so many: shape (runs, 2)."""
    at = np.flatnonzero(lines)
    if not at.size:
        return np.empty((0, 2), np.intp)
    breaks = np.flatnonzero(np.diff(at) > gap + 1)
    starts = at[np.concatenate([[0], breaks + 1])]
    stops = at[np.concatenate([breaks, [len(at) - 1]])] + 1
    return np.stack([starts, stops], axis=1)


def longest(found: NDArray[np.intp]) -> tuple[int, int] | None:
    """Return the first of the longest of some runs."""
    if not len(found):
        return None
    start, stop = found[np.diff(found, axis=1).argmax()].tolist()
    return start, stop
