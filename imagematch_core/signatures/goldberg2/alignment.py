"""One picture laid over many others: shifted, scaled in both directions, turned a little.

The inverse compositional method of Lucas and Kanade (Baker and Matthews, 2004: Lucas-Kanade 20
Years On), for all pairs at once. Bits are the same on every machine for the reasons told in
`contrast`: positions are computed in single operations that are rounded alike everywhere, and
what is summed up are multiples of 1/65536 that double precision holds exactly.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .contrast import CONTRAST_UNIT, Cells

Warps = NDArray[np.float64]
"""Shape (pairs, 2, 3): where each cell of the template lies in the other picture. It takes the
place (x, y, 1) of a cell, in cells from the middle, to such a place."""
Values = NDArray[np.float64]
"""Shape (pairs, cells)."""

_FINENESS = 16
"""Places are told to this fraction of a cell."""
_STEP = 1.5
"""Cells: no place moves farther in one step."""
_DAMPING = 0.01
_PARAMETERS = 6
LEAST_SEEN = 0.3
"""Of the cells of a template, so many must lie in the other picture."""


@cache
def _places(side: int) -> NDArray[np.float64]:
    """Where the cells of a picture lie, from its middle: shape (3, side²), the last row 1."""
    line = np.arange(side) - (side - 1) / 2
    across, down = np.meshgrid(line, line)
    return np.stack([across.ravel(), down.ravel(), np.ones(side * side)])


def sample(pictures: Cells, warps: Warps) -> tuple[Values, NDArray[np.bool_]]:
    """Return the values at the places of a template's cells, and which of them lie in the picture.

    Args:
        pictures: multiples of 1/16, shape (pairs, side, side). The template has as many cells.
        warps: shape (pairs, 2, 3).
    """
    count, side, _ = pictures.shape
    x, y = _positions(warps, side)
    inside = (x >= -0.5) & (x <= side - 0.5) & (y >= -0.5) & (y <= side - 0.5)
    x, y = (np.clip(place, 0, side - 1, out=place) for place in (x, y))
    column, row = (np.minimum(place.astype(np.int32), side - 2) for place in (x, y))
    right, below = (
        np.rint((place - whole) * _FINENESS) / _FINENESS
        for place, whole in ((x, column.astype(np.float32)), (y, row.astype(np.float32)))
    )
    # Single precision holds all of these exactly: they are multiples of 1/256 below 2⁸.
    flat = pictures.astype(np.float32).reshape(-1)
    at = row * side + column + (np.arange(count, dtype=np.int32) * (side * side))[:, None]
    upper = flat.take(at)
    upper += (flat.take(at + 1) - upper) * right
    at += side
    lower = flat.take(at)
    lower += (flat.take(at + 1) - lower) * right
    lower -= upper
    lower *= below
    lower += upper
    return lower.astype(np.float64), inside


def _positions(warps: Warps, side: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    across, down, _ = _places(side).astype(np.float32)
    middle = np.float32((side - 1) / 2)
    single = warps.astype(np.float32)
    rows = (single[:, row, :, None] for row in range(2))
    x, y = (row[:, 0] * across + row[:, 1] * down + (row[:, 2] + middle) for row in rows)
    return x, y


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A picture that is laid over others.

    Attributes:
        contrasts: its cells: shape (cells,).
        slopes: how each changes with each parameter of a warp: shape (cells, 6).
        products: of these: shape (cells, 36).
    """

    contrasts: NDArray[np.float64]
    slopes: NDArray[np.float64]
    products: NDArray[np.float64]


def template(contrasts: NDArray[np.float64]) -> Template:
    """Prepare a picture of contrasts, shape (side, side)."""
    padded = np.pad(contrasts, 1, mode="edge")
    across = (padded[1:-1, 2:] - padded[1:-1, :-2]).ravel() / 2
    down = (padded[2:, 1:-1] - padded[:-2, 1:-1]).ravel() / 2
    slopes = np.concatenate([along * _places(len(contrasts)) for along in (across, down)]).T
    products = (slopes[:, :, None] * slopes[:, None, :]).reshape(len(slopes), -1)
    return Template(contrasts.ravel(), np.ascontiguousarray(slopes), products)


def align(one: Template, others: Cells, starts: Warps, steps: int) -> tuple[Warps, Values]:
    """Lay a template over each of the others, from where it is told to start.

    A step that makes it worse is taken back by half.

    Returns:
        The best warps, and how well the cells agree there: shape (pairs,), from -1 to 1.
    """
    warps = best = starts
    agreed = np.full(len(starts), -2.0)
    for step in range(steps + 1):
        values, inside = sample(others, warps)
        seen = inside.astype(np.float64)
        values *= seen
        now = agreement(one, values, seen)
        better = now > agreed
        agreed = np.where(better, now, agreed)
        best = np.where(better[:, None, None], warps, best)
        if step < steps:
            moved = _moved(one, values, seen, warps)
            warps = np.where(better[:, None, None], moved, (best + warps) / 2)
    return best, agreed


def agreement(one: Template, values: Values, seen: Values) -> NDArray[np.float64]:
    """Return the correlation over the cells that are seen; -1 where there are too few."""
    common = values @ one.contrasts
    squares = (values * values).sum(axis=1) * (seen @ (one.contrasts * one.contrasts))
    enough = (seen.sum(axis=1) >= LEAST_SEEN * seen.shape[1]) & (squares > 0)
    return np.where(enough, common / np.sqrt(np.maximum(squares, 1)), -1.0)


def _moved(one: Template, values: Values, seen: Values, warps: Warps) -> Warps:
    """Return the warps after one step. Cells that are far off, covered perhaps, count less."""
    errors = values - one.contrasts * seen
    ratios = errors / CONTRAST_UNIT
    weights = np.rint(_FINENESS / (1 + ratios * ratios)) / _FINENESS * seen
    matrices = (weights @ one.products).reshape(-1, _PARAMETERS, _PARAMETERS)
    wrong = (errors * weights) @ one.slopes
    diagonal = np.arange(_PARAMETERS)
    own = matrices[:, diagonal, diagonal]
    matrices[:, diagonal, diagonal] = own * (1 + _DAMPING) + own.max(axis=1)[:, None] / 1000 + 1
    change = _solved(matrices, wrong)
    half = np.sqrt(len(one.contrasts)) / 2
    farthest = np.abs(change) * np.tile([half, half, 1], 2) / _STEP
    change = change / np.maximum(farthest.max(axis=1), 1)[:, None]
    back = inverse(change.reshape(-1, 2, 3) + np.eye(2, 3))
    return composed(warps, back)


def composed(outer: Warps, inner: Warps) -> Warps:
    """First the inner ones, then the outer ones."""
    result = np.empty_like(outer)
    for row in range(2):
        a, b, c = (outer[:, row, column] for column in range(3))
        for column in range(3):
            result[:, row, column] = a * inner[:, 0, column] + b * inner[:, 1, column]
        result[:, row, 2] += c
    return result


def inverse(warps: Warps) -> Warps:
    """From the other picture back to the template."""
    (a, b, c), (d, e, f) = np.moveaxis(warps, 0, -1)
    area = a * e - b * d
    result = np.empty_like(warps)
    result[:, 0] = np.stack([e / area, -b / area, (b * f - c * e) / area], axis=-1)
    result[:, 1] = np.stack([-d / area, a / area, (c * d - a * f) / area], axis=-1)
    return result


def _solved(matrices: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve each system of equations by elimination. LAPACK's bits differ between machines."""
    matrices, right = matrices.copy(), right.copy()
    last = _PARAMETERS - 1
    for pivot in range(last):
        factors = matrices[:, pivot + 1 :, pivot] / matrices[:, pivot, pivot, None]
        matrices[:, pivot + 1 :] -= factors[:, :, None] * matrices[:, pivot, None, :]
        right[:, pivot + 1 :] -= factors * right[:, pivot, None]
    for row in range(last, -1, -1):
        for column in range(row + 1, _PARAMETERS):
            right[:, row] -= matrices[:, row, column] * right[:, column]
        right[:, row] /= matrices[:, row, row]
    return right
