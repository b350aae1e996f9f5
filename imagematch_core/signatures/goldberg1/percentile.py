"""Percentiles, as NumPy's default method has them, to the bit."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def percentiles(ordered: NDArray[np.float64], percents: Sequence[float]) -> list[float]:
    """Return the values below which these percents of some numbers lie, interpolated linearly.

    Written out, since an algorithm with a name must not change with a version of NumPy.

    Args:
        ordered: the numbers, ascending; at least one.
        percents: from 0 to 100.
    """
    result = []
    for percent in percents:
        low, share = place(len(ordered), percent)
        a = float(ordered[low])
        b = float(ordered[min(low + 1, len(ordered) - 1)])
        result.append(b - (b - a) * (1 - share) if share >= 0.5 else a + (b - a) * share)
    return result


def place(count: int, percent: float) -> tuple[int, float]:
    """Where a percentile of `count` numbers lies: at an index, and a share of the way onwards."""
    index = (count - 1) * (percent / 100)
    return math.floor(index), index - math.floor(index)
