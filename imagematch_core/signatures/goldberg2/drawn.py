"""Whether a picture looks like a drawing, by its grey levels.

Drawings of a kind, such as charts or pages of text, are nearer to each other than photographs are.
"""

from collections.abc import Iterable, Iterator
from math import prod
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from .contrast import Cells

_QUARTER = 4
_PLAIN = 0.35
_SMOOTH = 0.02
_HARD = 0.12
_CLEAR = 0.4
"""Of print so many neighbouring cells are equal or far apart. Of photographs that are as
hard-edged, most are in between."""
_CODE = 0.25


class Texture(NamedTuple):
    """What grey levels of pictures tell of how they were made.

    Attributes:
        plainness: the share of neighbouring cells that are equal, see below: shape (pictures,).
        hardness: the share of those that differ much.
    """

    plainness: NDArray[np.float64]
    hardness: NDArray[np.float64]

    @classmethod
    def of(cls, levels: Cells) -> Self:
        """Look at pictures of shape (pictures, side, side)."""
        return cls(plainness(levels), hardness(levels))

    @property
    def is_drawn(self) -> NDArray[np.bool_]:
        """Whether they are plain like drawings, or look like print."""
        plain = (self.plainness >= _PLAIN) & (self.hardness >= _SMOOTH)
        return np.asarray(plain | self.is_printed)

    @property
    def is_printed(self) -> NDArray[np.bool_]:
        """Whether they are hard-edged on plain ground, as are print and codes."""
        clear = self.hardness + self.plainness >= _CLEAR
        return np.asarray((self.hardness >= _HARD) & clear)

    @property
    def is_code(self) -> NDArray[np.bool_]:
        """Whether they are as hard-edged as QR codes."""
        return np.asarray((self.hardness >= _CODE) & self.is_printed)


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
