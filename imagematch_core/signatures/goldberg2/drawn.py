"""Whether a picture looks like a drawing, by its grey levels.

Drawings of a kind, such as charts or pages of text, are nearer to each other than photographs are.
"""

from collections.abc import Iterable
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
        plainness: the share of neighbouring cells that are equal to a grey level, of which drawings
            have many: shape (pictures,).
        hardness: the share of those that differ by a quarter or more of all levels between the
            darkest and the brightest cell.
    """

    plainness: NDArray[np.float64]
    hardness: NDArray[np.float64]

    @classmethod
    def of(cls, levels: Cells, seen: Cells | None = None) -> Self:
        """Look at pictures of shape (pictures, side, side).

        Args:
            seen: 1 for each cell to look at, else 0; of the same shape. All cells by default.
        """
        found, both = steps(levels), None if seen is None else both_seen(seen)
        hard = _QUARTER * found >= _range(levels, seen)[:, None]
        return cls(_share(found <= 1, both), _share(hard, both))

    def at(self, rows: NDArray[np.intp]) -> Self:
        """Return that of some of the pictures."""
        return type(self)(self.plainness[rows], self.hardness[rows])

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


def hard_steps(levels: Cells) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the hardness of the cells below each other, and of those beside each other."""
    most = _range(levels, None)[:, None, None]
    down, across = ((_QUARTER * way >= most).mean(axis=(1, 2)) for way in _ways(levels))
    return down, across


def steps(levels: Cells) -> Cells:
    """Return by how much neighbouring cells differ: shape (pictures, pairs)."""
    return _of_pairs(_ways(levels))


def both_seen(seen: Cells) -> NDArray[np.bool_]:
    """Return of which neighbouring cells both are seen, see `steps`."""
    return _of_pairs([seen[:, 1:] * seen[:, :-1], seen[:, :, 1:] * seen[:, :, :-1]]) > 0


def _ways(levels: Cells) -> list[Cells]:
    """Return by how much cells below each other differ, and those beside each other."""
    return [np.abs(np.diff(levels, axis=axis)) for axis in (1, 2)]


def _of_pairs(ways: Iterable[Cells]) -> Cells:
    flat = [each.reshape(len(each), prod(each.shape[1:])) for each in ways]
    return np.concatenate(flat, axis=1)


def _range(levels: Cells, seen: Cells | None) -> Cells:
    """Return how far the darkest and the brightest cell are apart that are seen."""
    if seen is None:
        return np.asarray(np.ptp(levels, axis=(1, 2)))
    highest = np.where(seen > 0, levels, 0).max(axis=(1, 2))
    return np.asarray(highest - np.where(seen > 0, levels, 256).min(axis=(1, 2)))


def _share(found: NDArray[np.bool_], both: NDArray[np.bool_] | None) -> NDArray[np.float64]:
    """Return of which share of the pairs that are seen something is true."""
    if both is None:
        return np.asarray(found.mean(axis=1))
    return np.asarray((found & both).sum(axis=1) / np.maximum(both.sum(axis=1), 1))
