"""Whether there is anything in a picture to compare."""

import numpy as np
from numpy.typing import NDArray

from .blocks import Means
from .entries import NEIGHBOURS

_FEWEST = 24
"""Pairs of neighbouring blocks, of 272, that must differ, by"""
_LEAST = 2
"""so many grey levels."""
_RANGE = 4
"""Grey levels between the darkest and the brightest block.

Below these, noise or another size moves a picture so far from itself that it is not found.
"""


def has_features(means: Means) -> bool:
    """Return whether copies of a picture with these means, shape (81,), find each other."""
    levels: NDArray[np.int16] = means.astype(np.int16)
    differences = np.abs(levels[NEIGHBOURS.second] - levels[NEIGHBOURS.first])
    return bool(np.ptp(levels) >= _RANGE and (differences >= _LEAST).sum() >= _FEWEST)
