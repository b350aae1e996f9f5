"""Differences between neighbouring blocks, and the few levels that they are sorted into."""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .percentile import percentiles

_Floats = NDArray[np.float64]
Levels = NDArray[np.int8]

_WITH_DIAGONALS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
_WITHOUT = ((-1, 0), (0, -1), (0, 1), (1, 0))
"""Where the neighbours are, as (rows down, columns right), in the order of a signature.

The second half are the first half's opposites, in reverse order.
"""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """All pairs of neighbours in a grid of n × n blocks, each pair once.

    Attributes:
        first: the numbers of the first blocks of the pairs, row by row; shape (pairs,).
        second: of the second ones, which lie to the right or below.
        forward: where in a signature is what the first block has to say of the second.
        backward: where is what the second has to say of the first.
        length: of the signature; where it says nothing of a pair it is 0.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    forward: NDArray[np.intp]
    backward: NDArray[np.intp]
    length: int


@cache
def neighbours(n: int, diagonal: bool) -> Neighbours:
    """Return the pairs of an n × n grid, in the order of `forward`."""
    places = _WITH_DIAGONALS if diagonal else _WITHOUT
    count = len(places)
    pairs = [
        (row * n + column, (row + down) * n + column + right, place)
        for row in range(n)
        for column in range(n)
        for place, (down, right) in enumerate(places)
        if place >= count // 2 and row + down < n and 0 <= column + right < n
    ]
    first, second, place = np.array(pairs, np.intp).T
    forward, backward = first * count + place, second * count + count - 1 - place
    return Neighbours(first, second, forward, backward, n * n * count)


def differences(means: _Floats, diagonal: bool) -> _Floats:
    """Of each block the differences to its neighbours: shape (rows, columns, 8 or 4).

    0 where there is no neighbour.
    """
    places = _WITH_DIAGONALS if diagonal else _WITHOUT
    rows, columns = means.shape
    result = np.zeros((rows, columns, len(places)), means.dtype)
    for place, (down, right) in enumerate(places):
        here = (_overlap(down, rows), _overlap(right, columns))
        there = (_overlap(-down, rows), _overlap(-right, columns))
        result[(*here, place)] = means[here] - means[there]
    return result


def _overlap(step: int, size: int) -> slice:
    return slice(max(-step, 0), size - max(step, 0))


def sort_into_levels(differences: _Floats, tolerance: float, count: int) -> None:
    """Replace differences by their levels, -count to count, in place.

    Those below `tolerance` become 0. The positive ones are cut at their own percentiles into
    `count` parts of equal size, the negative ones likewise. The parts are closed intervals and
    are assigned one after the other: what lies on a border belongs to the inner part, and a level
    already assigned is taken for a difference again where a difference of 1.0 makes that possible.
    """
    identical = np.abs(differences) < tolerance
    differences[identical] = 0
    if identical.all():
        return
    for sign in (1, -1):
        of_this_sign = differences[differences * sign > 0]
        if of_this_sign.size:
            first, last = (0, 100)[::sign]
            percents = np.linspace(first, last, count + 1).tolist()
            borders = percentiles(np.sort(of_this_sign), percents)
            for level, part in enumerate(pairwise(borders), start=1):
                low, high = part[::sign]
                differences[(differences >= low) & (differences <= high)] = sign * level


def certain_levels(
    means: _Floats, error: float, pairs: Neighbours, tolerance: float, count: int
) -> Levels | None:
    """Return the levels of all pairs, from means that may be wrong by `error`.

    Returns:
        Shape (pairs,): those of `pairs.forward`; those of `pairs.backward` are their opposites.
        None where another rounding of the means could change a level.
    """
    if count > 2:
        return None
    flat = means.ravel()
    steps = flat[pairs.first] - flat[pairs.second]
    sizes = np.abs(steps)
    margin = 10 * error
    if (np.abs(sizes - tolerance) <= margin).any():
        return None
    levels = (sizes > tolerance).astype(np.int8)
    ordered = np.sort(sizes[sizes > tolerance])
    if count == 2 and ordered.size > 1:
        # The median is the difference at `middle`, or half-way between it and the next one.
        middle = (ordered.size - 1) // 2
        if ordered[middle + 1] - ordered[middle] <= margin or ordered[-1] >= 1 - margin:
            return None
        levels += sizes > ordered[middle]
    return np.where(steps < 0, -levels, levels)
