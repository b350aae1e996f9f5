"""What is cut out of flat ground: discs, hearts, products on white.

Where two have one outline, that agrees whatever is inside. So the inside is compared alone as well.
"""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from .contrast import Cells
from .drawn import Texture, both_seen, steps

_STEP = 4
_STEPS = 256 // _STEP
_OF_EDGE = 4
"""Ground takes one of so many cells at the edge, or more."""
_OF_ALL = 10
"""The same of all cells: rounded corners alone cut nothing out."""
_SOLID = 2
"""Of what is no ground one of so many cells or more is not next to it: fewer of lines, letters."""
_CELLS = 144
"""So many cells inside tell something,"""
_SPREAD = 6
"""if grey levels have this standard deviation where not even the next cell is at an outline. The
inside of a shape of one colour tells nothing."""
_HARD = 0.2
"""Of print as many neighbours inside differ by a quarter of all levels there. Cells are too coarse
for it, and what is around it tells more."""
_SMOOTH = 10
"""Grey levels: where steps between neighbours have a lesser root mean square, contrasts are little
more than what rounding leaves."""


class Outline(NamedTuple):
    """Where pictures are cut out of flat ground.

    Attributes:
        interior: 1 for each cell that is neither ground nor next to it, else 0: shape (pictures,
            side, side).
        is_cut_out: whether something solid has ground at all four corners: shape (pictures,).
    """

    interior: Cells
    is_cut_out: NDArray[np.bool_]

    @classmethod
    def of(cls, levels: Cells) -> Self:
        """Look at pictures of shape (pictures, side, side)."""
        ground = _ground(levels)
        interior = ~_grown(ground)
        corners = ground[:, [0, 0, -1, -1], [0, -1, 0, -1]].all(axis=1)
        of_ground = ground.sum(axis=(1, 2))
        cells = prod(levels.shape[1:])
        is_solid = _SOLID * interior.sum(axis=(1, 2)) >= cells - of_ground
        is_cut_out = np.asarray(corners & (_OF_ALL * of_ground >= cells) & is_solid)
        return cls(interior.astype(np.float32), is_cut_out)


def are_telling(
    one: Cells, other: Cells, seen: Cells, textures: Sequence[Texture]
) -> NDArray[np.bool_]:
    """Return whether the cells that are seen of two tell what pictures show: shape (pictures,).

    Args:
        textures: of the cells that are seen of each.
    """
    enough = seen.sum(axis=(1, 2)) >= _CELLS
    deep = (~_grown(seen == 0)).astype(np.float32)
    spread = np.maximum(_variance(one, deep), _variance(other, deep)) >= _SPREAD * _SPREAD
    hard = np.minimum(*(texture.hardness for texture in textures))
    return np.asarray(enough & spread & (hard < _HARD))


def are_smooth(one: Cells, other: Cells, seen: Cells) -> NDArray[np.bool_]:
    """Return whether neighbours in one of them hardly differ: rounded, little is left of that."""
    roughness = np.minimum(_roughness(one, seen), _roughness(other, seen))
    return np.asarray(roughness < _SMOOTH * _SMOOTH)


def correlation(one: Cells, other: Cells, seen: Cells) -> NDArray[np.float64]:
    """Return how well grey levels agree that are seen, from -1 to 1.

    Sums are of whole numbers, exact in any order.
    """
    a, b, present = (each.astype(np.float64) for each in (one, other, seen))
    count = present.sum(axis=(1, 2))

    def products(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
        """The count times the sum of the products of what left and right are off their means."""
        sums = [(each * present).sum(axis=(1, 2)) for each in (left * right, left, right)]
        return np.asarray(count * sums[0] - sums[1] * sums[2])

    squares = products(a, a) * products(b, b)
    return np.asarray(products(a, b) / np.sqrt(np.maximum(squares, 1)))


def _ground(levels: Cells) -> NDArray[np.bool_]:
    """Return the cells of the most frequent level of the edge that reach it through others."""
    level = levels.astype(np.intp) // _STEP
    edge = np.ones(levels.shape[1:], np.bool_)
    edge[1:-1, 1:-1] = False
    counts = (level[:, edge][:, :, None] == np.arange(_STEPS)).sum(axis=1)
    padded = np.pad(counts, ((0, 0), (1, 1)))
    near = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    enough = _OF_EDGE * near.max(axis=1) >= edge.sum()
    alike = np.abs(level - near.argmax(axis=1)[:, None, None]) <= 1
    alike &= enough[:, None, None]
    found = alike & edge
    while ((more := _grown(found) & alike) != found).any():
        found = more
    return np.asarray(found)


def _grown(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return cells with the eight around each."""
    padded = np.pad(cells, ((0, 0), (1, 1), (1, 1)))
    rows = padded[:, :-2] | padded[:, 1:-1] | padded[:, 2:]
    return np.asarray(rows[:, :, :-2] | rows[:, :, 1:-1] | rows[:, :, 2:])


def _variance(levels: Cells, seen: Cells) -> NDArray[np.float64]:
    """Of the cells that are seen: sums of whole numbers, exact in any order."""
    exact, present = levels.astype(np.float64), seen.astype(np.float64)
    count = np.maximum(present.sum(axis=(1, 2)), 1)
    mean = (exact * present).sum(axis=(1, 2)) / count
    return np.asarray((exact * exact * present).sum(axis=(1, 2)) / count - mean * mean)


def _roughness(levels: Cells, seen: Cells) -> NDArray[np.float64]:
    """Return the mean square of the steps between neighbours that are seen."""
    found, both = steps(levels.astype(np.float64)), both_seen(seen)
    return np.asarray((found * found * both).sum(axis=1) / np.maximum(both.sum(axis=1), 1))
