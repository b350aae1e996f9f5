"""Whether two pictures agree, once one is laid over the other, cell by cell.

Signatures tell which pictures may be copies, and about how they lie on each other. From there the
finer pictures are aligned, roughly and then exactly, and compared against their surroundings.
Only windows with content are compared, so that no two pictures match by what is around them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from more_itertools import map_reduce
from numpy.typing import NDArray

from ...model import Orientation
from ..turns import turn_of, turned
from .alignment import LEAST_SEEN, Template, Warps, align, inverse, sample, template
from .blocks import Means
from .contrast import Cells, contrasts
from .detail import CELLS, Detail, Fine
from .views import Look, Place, place_of, places_of

LOOSE = 0.29
"""Pairs whose signatures are farther apart are not looked at."""
_LOOSE_OF_CODES = 0.18
"""The same of what is as hard-edged as QR codes: their copies are much nearer, others not much."""
APART = 2.0
"""In place of the distance of a pair that does not agree."""

_STARTS = 2
"""Views of each window of a query from which each window of a picture is aligned."""
_ROUGHLY = (0.1, 0.3, 0.4, 0.5)
_EXACTLY = (0.3, 0.36, 0.42, 0.46, 0.5, 0.52, 0.54, 0.55, 0.55)
"""The least agreement before each step of the rough and the exact alignment, and after the last."""
_EXACTLY_IN_PART = (0.5, 0.56, 0.62, 0.66, 0.7, 0.72, 0.74, 0.75, 0.75)
"""The same where a query covers only a part of a picture: few cells agree more easily."""
_PART = 0.44
"""Where a query covers less of a picture than that, its rough cells are about as large as the exact
cells of the picture, and it is aligned by these."""
_DOUBT = 2.0
"""Standard errors of the agreement that are taken off: few cells prove little."""
_LEFT_OUT = 0.15
"""Of the cells with something in them, so many may disagree."""
_TELLING = 8
"""Contrasts from half of the usual one on tell something."""
_HARD = 4
_MANY_HARD = 0.12
_CODE = 0.25
_PLAIN_ENOUGH = 0.35
"""Drawn is what is plain in so large a part, or where so many of the neighbouring cells differ by
a quarter of all that a picture has between its darkest and its brightest cell. In codes more do."""
_PLAIN = (0.45, 0.65)
_STRICTEST = 2.5
"""Where so much of both pictures is plain, distances count from 1 to 2.5 times."""
_PAGE_INSIDE = 1.5
"""So many times distances count between a page and what seems to be the picture in another: all
pages of a kind, such as chats, look alike but for their pictures."""
_TOGETHER = 256
"""So many pictures are aligned at one time."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A picture to verify: the means of its windows, shape (windows, 81), and its detail."""

    means: Means
    detail: Detail


class Verified(NamedTuple):
    """How far apart pictures are from a query, once they are laid on each other.

    Attributes:
        distances: `APART` where they don't agree: shape (pictures,).
        looks: from which of the looks the best alignment started: shape (pictures,).
        windows: which window of the picture it is of: shape (pictures,).
        warps: from the cells of the query's window, turned, to those of the picture's.
        drawn: whether both look like drawings: shape (pictures,).
    """

    distances: NDArray[np.float64]
    looks: NDArray[np.intp]
    windows: NDArray[np.intp]
    warps: Warps
    drawn: NDArray[np.bool_]


def verify(
    looks: Sequence[Look],
    pictures: Sequence[Known],
    apart: NDArray[np.float64],
    owners: NDArray[np.intp],
) -> Verified:
    """Lay a query over pictures.

    Args:
        apart: distances of the looks to each window of each picture: shape (looks, windows).
        owners: whose each window is: shape (windows,), ascending.
    """
    count = len(pictures)
    result = nothing(count)
    for start in range(0, count, _TOGETHER):
        some = slice(start, start + _TOGETHER)
        columns = (owners >= start) & (owners < start + _TOGETHER)
        found = _verify(looks, pictures[some], apart[:, columns], owners[columns] - start)
        for whole, part in zip(result, found, strict=True):
            whole[some] = part
    return result


def nothing(count: int) -> Verified:
    """Of so many pictures that don't agree with a query."""
    return Verified(
        np.full(count, APART),
        np.zeros(count, np.intp),
        np.zeros(count, np.intp),
        np.tile(np.eye(2, 3), (count, 1, 1)),
        np.zeros(count, np.bool_),
    )


def _verify(
    looks: Sequence[Look],
    pictures: Sequence[Known],
    apart: NDArray[np.float64],
    owners: NDArray[np.intp],
) -> Verified:
    stored = _Stored(pictures, owners)
    result = nothing(len(pictures))
    codes = _is_code(looks[0].detail.fine.astype(np.float32))
    groups = map_reduce(
        range(len(looks)), lambda number: (looks[number].orientation, looks[number].window)
    )
    for (orientation, window), numbers in groups.items():
        limits = np.where(stored.code & codes[window], _LOOSE_OF_CODES, LOOSE)
        rows, columns = _starts(apart[numbers], limits)
        rows = np.array(numbers)[rows]
        stricter = np.ones(len(stored.row))
        if looks[0].detail.has_page:
            if window == 0:  # two pages are told apart by what is in them
                kept = ~stored.page[columns]
                rows, columns = rows[kept], columns[kept]
            stricter[stored.inside if window == 0 else stored.page] = _PAGE_INSIDE
        if not rows.size:
            continue
        query = _query(looks[0].detail, window, orientation)
        warps = _warps(looks, rows, columns, orientation, window, stored)
        _aligned(query, stored, rows, columns, warps, stricter, result)
    return result


class _Stored:
    """The finer pictures that a query is laid over, one row for each window with content.

    Attributes:
        picture: whose it is, by window of a signature: shape (columns,).
        row: of the window with content that it stands for.
        frame: where the window of the signature lies: shape (columns, 4).
        content: where the window with content lies.
        page: whether it is a page, with a picture inside.
        inside: whether it is inside of a page.
        code: whether it is as hard-edged as a code.
    """

    def __init__(self, pictures: Sequence[Known], owners: NDArray[np.intp]) -> None:
        fine: list[Fine] = []
        found: list[tuple[int, int, Place, Place, bool, bool]] = []
        for known in pictures:
            boxes = known.detail.boxes
            places = places_of(known.means, known.detail)
            for number, place in enumerate(places):
                of = number if number < len(boxes) else 0
                pages = (known.detail.has_page and of == 0, known.detail.has_page and of > 0)
                found.append((len(fine) + of, of, place, places[of], *pages))
            fine += list(known.detail.fine)
        self.fine = np.array(fine, np.float32)
        self.picture = owners
        columns = map(np.array, zip(*found, strict=True))
        self.row, self.window, self.frame, self.content, self.page, self.inside = columns
        self.code = _is_code(self.fine)[self.row]


@dataclass(frozen=True, slots=True, eq=False)
class _Query:
    """A window of a query, turned: its levels, and what is laid over others roughly and exactly."""

    levels: Cells
    rough: Template
    exact: Template


def _query(detail: Detail, window: int, orientation: Orientation) -> _Query:
    levels = turned(detail.fine[window], orientation).astype(np.float32)
    if orientation.negative:
        levels = 255 - levels
    cells = levels[None]
    return _Query(cells, template(contrasts(_rough(cells))[0]), template(contrasts(cells)[0]))


def _rough(levels: Cells) -> Cells:
    """Half as many cells a side."""
    side = CELLS // 2
    sums = levels.reshape(-1, side, 2, side, 2).sum(axis=(2, 4))
    return np.asarray(np.floor(sums / 4 + 0.5))


def _starts(
    apart: NDArray[np.float64], limits: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the nearest looks at each column that are near enough: their rows, and the columns."""
    order = np.argsort(apart, axis=0, kind="stable")[:_STARTS]
    near = np.take_along_axis(apart, order, axis=0) < limits
    columns = np.broadcast_to(np.arange(apart.shape[1]), order.shape)
    return order[near], columns[near]


def _warps(
    looks: Sequence[Look],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    orientation: Orientation,
    window: int,
    stored: _Stored,
) -> Warps:
    """Return how the cells of a query's window lie on those of pictures, as the looks say."""
    own = _turned_frame(place_of(looks[0].detail.boxes[window], looks[0].detail), orientation)
    seen = np.array([_turned_frame(looks[row].frame, orientation) for row in rows])
    frame, content = stored.frame[columns], stored.content[columns]
    warps = np.zeros((len(rows), 2, 3))
    for axis in range(2):
        size = 2 + axis
        scale = own[size] / seen[:, size] * frame[:, size] / content[:, size]
        # Where the middle of the query's window comes to lie in the picture's.
        middle = (own[axis] + own[size] / 2 - seen[:, axis]) / seen[:, size]
        middle = (frame[:, axis] + middle * frame[:, size] - content[:, axis]) / content[:, size]
        warps[:, axis, axis] = scale
        warps[:, axis, 2] = CELLS * (middle - 0.5)
    return warps


def corners(
    look: Look, detail: Detail, window: int, warp: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the corners of two windows lie that were laid on each other.

    Args:
        look: at the query.
        detail: of the picture.
        window: of the picture.
        warp: from the cells of the query's window, turned, to those of the picture's.

    Returns:
        Those of the picture's window in the query as it was turned, and those of the query's in
        the picture, see `Overlay`.
    """
    of_query = _turned_frame(
        place_of(look.detail.boxes[look.window], look.detail), look.orientation
    )
    of_picture = np.array(place_of(detail.boxes[window], detail))
    ends = CELLS * (np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) - 0.5)
    places = []
    for one, frame in ((inverse(warp[None])[0], of_query), (warp, of_picture)):
        shares = (ends @ one[:, :2].T + one[:, 2]) / CELLS + 0.5
        places.append(frame[:2] + shares * frame[2:])
    return places[0], places[1]


def _turned_frame(frame: Place, orientation: Orientation) -> NDArray[np.float64]:
    """Where a frame lies once the picture is turned."""
    turn = turn_of(orientation)
    left, top, width, height = frame
    if turn.swap:
        left, top, width, height = top, left, height, width
    if turn.reverse_rows:
        top = 1 - top - height
    if turn.reverse_columns:
        left = 1 - left - width
    return np.array([left, top, width, height])


def _aligned(
    query: _Query,
    stored: _Stored,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    warps: Warps,
    stricter: NDArray[np.float64],
    result: Verified,
) -> None:
    """Align from each start, and keep what agrees best for each picture.

    Args:
        stricter: how many times distances to each column count at least.
    """
    used, place = np.unique(stored.row[columns], return_inverse=True)
    levels = stored.fine[used]
    found, agreed = _laid(query, levels, place, warps, exactly=False)
    chosen = _best_of_each(place, agreed)
    if not chosen.size:
        return
    place = place[chosen]
    found, agreed = _laid(query, levels, place, found[chosen], exactly=True)
    near = agreed > 0
    chosen, place, found = chosen[near], place[near], found[near]
    if not chosen.size:
        return
    distances = _distances(query.levels, levels[place], found, stricter[columns[chosen]])
    drawn = _is_drawn(query.levels) & _is_drawn(levels[place])
    for start, distance, warp, both in zip(chosen, distances, found, drawn, strict=True):
        picture = stored.picture[columns[start]]
        if distance < result.distances[picture]:
            result.distances[picture] = distance
            result.looks[picture] = rows[start]
            result.windows[picture] = stored.window[columns[start]]
            result.warps[picture] = warp
            result.drawn[picture] = both


@dataclass(frozen=True, slots=True)
class _Way:
    """With which cells a query is laid over a picture: they look alike only if about as large.

    Attributes:
        halves_query: take half as many cells a side of the query.
        halves_picture: the same of the picture.
        units: by which the numbers of a warp are multiplied for such cells.
        least: the least agreement before each step of the alignment, and after the last.
    """

    halves_query: bool
    halves_picture: bool
    units: tuple[float, float, float]
    least: Sequence[float]


_ROUGH = _Way(True, True, (1, 1, 0.5), _ROUGHLY)
_EXACT = _Way(False, False, (1, 1, 1), _EXACTLY)
_ROUGH_IN_PART = _Way(True, False, (2, 2, 1), _ROUGHLY)
_EXACT_IN_PART = _Way(True, False, (2, 2, 1), _EXACTLY_IN_PART)


def _laid(
    query: _Query, levels: Cells, place: NDArray[np.intp], warps: Warps, *, exactly: bool
) -> tuple[Warps, NDArray[np.float64]]:
    """Align a query from each start with the picture at that place of `levels`, see `_Way`.

    Returns:
        The warps, and how well the cells agree there: -1 where not well enough.
    """
    found, agreed = warps.copy(), np.empty(len(warps))
    part = _area(warps) < _PART
    whole, of_part = (_EXACT, _EXACT_IN_PART) if exactly else (_ROUGH, _ROUGH_IN_PART)
    for some, way in ((~part, whole), (part, of_part)):
        if some.any():
            used, at = np.unique(place[some], return_inverse=True)
            others = contrasts(_rough(levels[used]) if way.halves_picture else levels[used])[at]
            one = query.rough if way.halves_query else query.exact
            best, agrees = align(one, others, warps[some] * way.units, way.least)
            found[some] = best / way.units
            agreed[some] = np.where(agrees > way.least[-1], agrees, -1)
    return found, agreed


def _area(warps: Warps) -> NDArray[np.float64]:
    """Return how many cells of a picture one cell of the query covers."""
    return np.asarray(warps[:, 0, 0] * warps[:, 1, 1] - warps[:, 0, 1] * warps[:, 1, 0])


def _best_of_each(place: NDArray[np.intp], agreed: NDArray[np.float64]) -> NDArray[np.intp]:
    """For each place the number of what agrees best there, if it agrees at all."""
    order = np.lexsort((-agreed, place))
    first = np.concatenate([[True], np.diff(place[order]) > 0])
    best = order[first]
    return np.asarray(best[agreed[best] > 0])


def _distances(
    query: Cells, others: Cells, warps: Warps, stricter: NDArray[np.float64]
) -> NDArray[np.float64]:
    """‖a - b‖ / 2 of the contrasts a and b of two pictures, each brought to length 1.

    Both are seen on the coarser grid of the two, so that no cell is made up. They count at least
    as many times as `stricter` says.
    """
    query = np.broadcast_to(query, others.shape)
    turned_round = _area(warps) < 1
    which = turned_round[:, None, None]
    values, inside = sample(np.where(which, query, others), np.where(which, inverse(warps), warps))
    seen = inside.reshape(others.shape)
    a, b = (
        contrasts(levels, seen).reshape(len(others), -1).astype(np.float64)
        for levels in (np.where(which, others, query), np.rint(values).reshape(others.shape))
    )
    a, b = _mostly(a, b)
    squares = (a * a).sum(axis=1) * (b * b).sum(axis=1)
    agreed = (a * b).sum(axis=1) / np.sqrt(np.maximum(squares, 1))
    agreed = agreed - _DOUBT * (1 - agreed * agreed) / np.sqrt(np.minimum(_cells(a), _cells(b)))
    enough = (seen.mean(axis=(1, 2)) >= LEAST_SEEN) & (squares > 0) & ~_is_skewed(warps)
    distances = np.sqrt(np.maximum(1 - agreed, 0) / 2)
    plainness = np.minimum(_plainness(query), _plainness(others))
    distances = distances * np.maximum(_strictness(plainness), stricter)
    return np.where(enough, np.minimum(distances, 1), APART)


def _mostly(
    a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Contrasts without those cells that agree least: something may cover a part of a copy."""
    errors = np.abs(a - b)
    ordered = -np.sort(-errors, axis=1)
    telling = ((np.abs(a) >= _TELLING) | (np.abs(b) >= _TELLING)).sum(axis=1)
    left_out = (telling * _LEFT_OUT).astype(np.intp)
    kept = errors <= ordered[np.arange(len(a)), left_out][:, None]
    return a * kept, b * kept


def _plainness(levels: Cells) -> NDArray[np.float64]:
    """Return the share of neighbouring cells equal to a grey level; drawings have many."""
    same = [(np.abs(np.diff(levels, axis=axis)) <= 1).sum(axis=(1, 2)) for axis in (1, 2)]
    return np.asarray((same[0] + same[1]) / (2 * CELLS * (CELLS - 1)))


def _is_drawn(levels: Cells) -> NDArray[np.bool_]:
    """Return whether pictures are plain like drawings, or hard-edged like print and codes."""
    hard = _hardness(levels) >= _MANY_HARD
    return np.asarray((_plainness(levels) >= _PLAIN_ENOUGH) | hard)


def _is_code(levels: Cells) -> NDArray[np.bool_]:
    """Return whether pictures are as hard-edged as QR codes."""
    return np.asarray(_hardness(levels) >= _CODE)


def _hardness(levels: Cells) -> NDArray[np.float64]:
    """Return the share of neighbouring cells that differ by a quarter of all levels or more."""
    steps = [np.abs(np.diff(levels, axis=axis)).reshape(len(levels), -1) for axis in (1, 2)]
    most = np.ptp(levels.reshape(len(levels), -1), axis=1)
    hard = _HARD * np.concatenate(steps, axis=1) >= most[:, None]
    return np.asarray(hard.mean(axis=1))


def _strictness(plainness: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much more distances count between drawings, whose copies differ so much less."""
    low, high = _PLAIN
    share = np.clip((plainness - low) / (high - low), 0, 1)
    return np.asarray(1 + (_STRICTEST - 1) * share)


def _cells(contrast: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many cells a picture has as good as something in: at least 1."""
    total = np.abs(contrast).sum(axis=1)
    squares = (contrast * contrast).sum(axis=1)
    return np.asarray(np.maximum(total * total / np.maximum(squares, 1), 1))


def _is_skewed(warps: Warps) -> NDArray[np.bool_]:
    """Return whether a picture would have to be turned or sheared by more than copies are."""
    scales = warps[:, [0, 1], [0, 1]]
    across = np.abs(warps[:, [0, 1], [1, 0]]).max(axis=1)
    return np.asarray((across > 0.5) | (scales.min(axis=1) < 0.4) | (scales.max(axis=1) > 2.5))
