"""One picture laid over many others: shifted, scaled in both directions, turned a little.

The inverse compositional method of Lucas and Kanade (Baker and Matthews, 2004: Lucas-Kanade 20
Years On), for all pairs at once. Bits are the same on every machine for the reasons told in
`contrast`: positions are computed in single operations that are rounded alike everywhere, and
what is summed up are multiples of 1/65536 that double precision holds exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from .contrast import CONTRAST_UNIT, Cells
from .products import product

Warps = NDArray[np.float64]
"""Shape (pairs, 2, 3): where each cell of the template lies in the other picture. It takes the
place (x, y, 1) of a cell, in cells from the middle, to such a place."""
Values = NDArray[np.float32]
"""Shape (pairs, cells)."""

_BITS = 4
_FINENESS = 1 << _BITS
"""Places are told to this fraction of a cell."""
_STEP = 1.5
"""Cells: no place moves farther in one step."""
_DAMPING = 0.01
_PARAMETERS = 6
LEAST_SEEN = 0.25
"""Of the cells of a template, so many must lie in the other picture."""
_TOGETHER = 8_000
"""So many cells are looked at together: what is computed of them fits in a cache."""


@cache
def _places(side: int) -> NDArray[np.float64]:
    """Where the cells of a picture lie, from its middle: shape (3, side²), the last row 1."""
    line = np.arange(side) - (side - 1) / 2
    across, down = np.meshgrid(line, line)
    return np.stack([across.ravel(), down.ravel(), np.ones(side * side)])


def sample(pictures: Cells, warps: Warps) -> tuple[Values, Values]:
    """Return the values at the places of a template's cells, and 1 where they lie in the picture.

    Single precision holds all of these exactly.

    Args:
        pictures: whole numbers below 256, shape (pairs, side, side). The template has as many
            cells.
        warps: shape (pairs, 2, 3).
    """
    return _sampled(_with_edge(pictures), warps, pictures.shape[1])


def _with_edge(pictures: Cells) -> Cells:
    """Repeat the last row and column, so that each cell has some to the right and below."""
    count, side, _ = pictures.shape
    padded = np.empty((count, side + 1, side + 1), np.float32)
    padded[:, :side, :side] = pictures
    padded[:, side, :side] = padded[:, side - 1, :side]
    padded[:, :, side] = padded[:, :, side - 1]
    return padded


def _sampled(padded: Cells, warps: Warps, template_side: int) -> tuple[Values, Values]:
    count, width, _ = padded.shape
    side = width - 1
    x, y = _positions(warps, template_side, side)
    inside = (x >= -_FINENESS // 2) & (x <= _FINENESS * side - _FINENESS // 2)
    inside &= (y >= -_FINENESS // 2) & (y <= _FINENESS * side - _FINENESS // 2)
    for place in (x, y):
        np.clip(place, 0, _FINENESS * (side - 1), out=place)
    right, below = ((place & _FINENESS - 1).astype(np.float32) / _FINENESS for place in (x, y))
    at = (y >> _BITS) * width + (x >> _BITS)
    at += (np.arange(count, dtype=np.int32) * (width * width))[:, None]
    flat = padded.reshape(-1)
    upper = flat.take(at)
    upper += (flat.take(at + 1) - upper) * right
    at += width
    lower = flat.take(at)
    lower += (flat.take(at + 1) - lower) * right
    lower -= upper
    lower *= below
    lower += upper
    seen = inside.astype(np.float32)
    lower *= seen
    return lower, seen


def _positions(warps: Warps, template_side: int, side: int) -> NDArray[np.int32]:
    """Where a template's cells lie, from the first one, in 16ths of a cell.

    Returns:
        Shape (2, len(warps), template_side²).
    """
    across, down, _ = _places(template_side).astype(np.float32)
    steps = (warps * _FINENESS).astype(np.float32)
    middle = np.float32(_FINENESS * (side - 1) / 2)
    rows = steps.swapaxes(0, 1)
    found = [row[:, :1] * across + row[:, 1:2] * down + (row[:, 2:] + middle) for row in rows]
    return np.asarray(np.rint(np.clip(found, -1e6, 1e6)), np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A picture that is laid over others.

    Attributes:
        contrasts: its cells: shape (cells,).
        slopes: how each changes with each parameter of a warp: shape (cells, 6).
        products: of these: shape (cells, 36).
    """

    contrasts: NDArray[np.float32]
    slopes: NDArray[np.float64]
    products: NDArray[np.float64]


def template(contrasts: Cells) -> Template:
    """Prepare a picture of contrasts, shape (side, side)."""
    padded = np.pad(contrasts, 1, mode="edge")
    across = (padded[1:-1, 2:] - padded[1:-1, :-2]).ravel() / 2
    down = (padded[2:, 1:-1] - padded[:-2, 1:-1]).ravel() / 2
    slopes = np.concatenate([along * _places(len(contrasts)) for along in (across, down)]).T
    products = (slopes[:, :, None] * slopes[:, None, :]).reshape(len(slopes), -1)
    cells = contrasts.ravel().astype(np.float32)
    return Template(cells, np.ascontiguousarray(slopes), products)


def align(
    one: Template, others: Cells, starts: Warps, least: Sequence[float]
) -> tuple[Warps, NDArray[np.float64]]:
    """Lay a template over each of the others, from where it is told to start.

    A step that makes it worse is taken back by half.

    Args:
        one: the template.
        others: whole numbers, shape (pairs, side, side). They may have more cells than the
            template.
        starts: shape (pairs, 2, 3).
        least: how well the cells must agree before each step and after the last one. What does
            not agree so well is left alone.

    Returns:
        The best warps, and how well the cells agree there: shape (pairs,), from -1 to 1.
    """
    padded = _with_edge(others)
    best, warps = starts.copy(), starts
    agreed = np.full(len(starts), -1.0)
    going_on = np.arange(len(starts))
    for step, enough in enumerate(least):
        last = step + 1 == len(least)
        now, changes = _compared(one, padded, going_on, warps, with_changes=not last)
        better = now > agreed[going_on]
        agreed[going_on[better]] = now[better]
        best[going_on[better]] = warps[better]
        kept = agreed[going_on] > enough
        going_on = going_on[kept]
        if last or not going_on.size:
            break
        warps, better = warps[kept], better[kept, None, None]
        moved = composed(warps, inverse(changes[kept]))
        warps = np.where(better, moved, (best[going_on] + warps) / 2)
    return best, agreed


def _compared(
    one: Template, padded: Cells, numbers: NDArray[np.intp], warps: Warps, *, with_changes: bool
) -> tuple[NDArray[np.float64], Warps]:
    """Return how well the cells agree at these warps, and by what a template is to be moved."""
    count, cells = len(numbers), len(one.contrasts)
    agreed = np.empty(count)
    matrices, wrong = np.empty((count, one.products.shape[1])), np.empty((count, _PARAMETERS))
    together = _TOGETHER // cells
    for start in range(0, count, together):
        part = slice(start, start + together)
        values, seen = _sampled(padded[numbers[part]], warps[part], isqrt(cells))
        agreed[part] = agreement(one, values, seen)
        if with_changes:
            # Cells that are far off, covered perhaps, count less.
            errors = values - one.contrasts * seen
            weights = errors / CONTRAST_UNIT
            weights *= weights
            weights += 1
            np.divide(_FINENESS, weights, out=weights)
            np.rint(weights, out=weights)
            weights *= seen
            errors *= weights
            matrices[part] = product(weights.astype(np.float64), one.products)
            wrong[part] = errors.astype(np.float64) @ one.slopes
    return agreed, _changes(matrices, wrong, cells) if with_changes else warps


def agreement(one: Template, values: Values, seen: Values) -> NDArray[np.float64]:
    """Return the correlation over the cells that are seen; -1 where there are too few."""
    a, present, b = (each.astype(np.float64) for each in (values, seen, one.contrasts))
    squares = (a * a).sum(axis=1) * (present @ (b * b))
    enough = (present.sum(axis=1) >= LEAST_SEEN * seen.shape[1]) & (squares > 0)
    return np.where(enough, a @ b / np.sqrt(np.maximum(squares, 1)), -1.0)


def _changes(matrices: NDArray[np.float64], wrong: NDArray[np.float64], cells: int) -> Warps:
    """Return the step of each pair, as a warp of the template."""
    matrices = matrices.reshape(-1, _PARAMETERS, _PARAMETERS)
    diagonal = np.arange(_PARAMETERS)
    own = matrices[:, diagonal, diagonal]
    matrices[:, diagonal, diagonal] = own * (1 + _DAMPING) + own.max(axis=1)[:, None] / 1000 + 1
    change = _solved(matrices, wrong)
    half = np.sqrt(cells) / 2
    farthest = np.abs(change) * np.tile([half, half, 1], 2) / _STEP
    change = change / np.maximum(farthest.max(axis=1), 1)[:, None]
    return np.asarray(change.reshape(-1, 2, 3) + np.eye(2, 3))


def composed(outer: Warps, inner: Warps) -> Warps:
    """First the inner ones, then the outer ones."""
    result = outer[:, :, :1] * inner[:, :1] + outer[:, :, 1:2] * inner[:, 1:]
    result[:, :, 2] += outer[:, :, 2]
    return result


def inverse(warps: Warps) -> Warps:
    """From the other picture back to the template."""
    (a, b, c), (d, e, f) = np.moveaxis(warps, 0, -1)
    turned = np.stack([e, -b, b * f - c * e, -d, a, c * d - a * f], axis=-1)
    return np.asarray((turned / (a * e - b * d)[:, None]).reshape(-1, 2, 3))


def _solved(matrices: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve each system of equations by elimination. LAPACK's bits differ between machines."""
    whole = np.concatenate([matrices, right[:, :, None]], axis=2)
    for pivot in range(_PARAMETERS):
        row = whole[:, pivot] / whole[:, pivot, pivot, None]
        whole -= whole[:, :, pivot, None] * row[:, None]
        whole[:, pivot] = row
    return whole[:, :, _PARAMETERS]
