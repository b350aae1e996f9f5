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
from . import comparison
from .alignment import Template, Warps, align, inverse, template
from .blocks import Means
from .coarser import coarser
from .comparison import APART, SAME
from .contrast import Cells, contrasts
from .detail import CELLS, Detail, Fine
from .distortion import area, is_distorted, strictness
from .drawn import Texture
from .views import Look, Place, place_of, places_of

LOOSE = 0.29
"""Pairs whose signatures are farther apart are not looked at."""
_LOOSE_OF_CODES = 0.18
"""The same of what is as hard-edged as QR codes: their copies are much nearer, others not much."""

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
_NO_PAGE = 1.5
"""So many times distances count between a page and what seems to be none, or the picture in
another: all pages of a kind, such as chats, look alike but for their pictures."""
_MOSTLY = 0.6
"""Signatures are of a window if it takes so much of their place."""
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
    stored = _Stored(pictures)
    result = nothing(len(pictures))
    texture = Texture.of(looks[0].detail.fine.astype(np.float32))  # in all orientations alike
    content = [place_of(look.detail.boxes[look.window], look.detail) for look in looks]
    of_content = _is_mostly(np.array(content), np.array([look.box for look in looks]))
    groups = map_reduce(
        range(len(looks)), lambda number: (looks[number].orientation, looks[number].window)
    )
    for (orientation, window), numbers in groups.items():
        limits = np.where(stored.code & texture.is_code[window], _LOOSE_OF_CODES, LOOSE)
        rows, columns = _starts(apart[numbers], limits)
        rows = np.array(numbers)[rows]
        compared = _is_compared(looks[0].detail, window, stored)[columns]
        rows, columns = rows[compared], columns[compared]
        if not rows.size:
            continue
        query = _query(looks[0].detail, window, orientation)
        starts = _Starts(
            columns,
            _warps(looks, rows, columns, orientation, window, stored),
            stored.aspect[columns] / query.aspect,
            apart[rows, columns],
            _stricter(looks[0].detail, window, stored)[columns],
            texture.is_drawn[window] & stored.drawn[columns],
            of_content[rows] & stored.of_content[columns],
        )
        warps, distances = _aligned(query, stored, starts)
        for number in np.flatnonzero(distances < APART):
            picture = owners[columns[number]]
            if distances[number] < result.distances[picture]:
                result.distances[picture] = distances[number]
                result.looks[picture] = rows[number]
                result.windows[picture] = stored.window[columns[number]]
                result.warps[picture] = warps[number]
                result.drawn[picture] = starts.drawn[number]
    return result


def _is_compared(detail: Detail, window: int, stored: "_Stored") -> NDArray[np.bool_]:
    """Return which windows a query's is laid over at all: shape (columns,).

    Two pages are told apart by what is in them. On another ground than white, two transparent
    pictures show less that is their own than on white, where both are seen as well.
    """
    if detail.has_page and window == 0:
        return np.asarray(~stored.page)
    if detail.is_on_another_ground(window):
        return np.asarray(~stored.on_another_ground)
    return np.ones(len(stored.window), np.bool_)


def _stricter(detail: Detail, window: int, stored: "_Stored") -> NDArray[np.float64]:
    """Return how many times distances between a window of a query and each other count at least."""
    if not detail.has_page:
        other = stored.page_around
    elif window > 0:
        other = stored.page
    else:
        other = ~stored.page if detail.has_page_around else stored.inside
    return np.where(other, _NO_PAGE, 1.0)


def _is_mostly(content: NDArray[np.float64], frame: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether windows with content take most of the place that signatures are of.

    Args:
        content: left, top, width and height of each: shape (n, 4).
        frame: the same of what the signatures are of.
    """
    return np.asarray(content[:, 2] * content[:, 3] >= _MOSTLY * frame[:, 2] * frame[:, 3])


class _Stored:
    """The finer pictures that a query is laid over, one row for each window with content.

    Attributes:
        row: of the window with content that a window of a signature stands for: shape (columns,).
        frame: where the window of the signature lies: shape (columns, 4).
        content: where the window with content lies.
        page: whether it is a page, with a picture inside.
        page_around: whether much of a page lies around the picture inside.
        inside: whether it is inside of a page.
        on_another_ground: whether it shows a transparent picture on another ground than white.
        code: whether it is as hard-edged as a code.
        drawn: whether it looks like a drawing.
        of_content: whether the window of the signature is mostly that with content.
        aspect: width over height of the window with content, in pixels; NaN if not known.
    """

    def __init__(self, pictures: Sequence[Known]) -> None:
        fine: list[Fine] = []
        aspects: list[float] = []
        found: list[tuple[int, int, Place, Place, bool, bool, bool]] = []
        for known in pictures:
            detail = known.detail
            places = places_of(known.means, detail)
            for number, place in enumerate(places):
                of = number if number < len(detail.boxes) else 0
                sort = detail.has_page, detail.has_page_around, detail.is_on_another_ground(of)
                found.append((len(fine) + of, of, place, places[of], *sort))
            fine += list(detail.fine)
            aspects += map(detail.aspect, range(len(detail.boxes)))
        self.fine = np.array(fine, np.float32)
        columns = map(np.array, zip(*found, strict=True))
        self.row, self.window, self.frame, self.content, has_page, has_page_around, other = columns
        self.page, self.inside = has_page & (self.window == 0), has_page & (self.window > 0)
        self.page_around = has_page_around & self.page
        self.on_another_ground = other
        texture = Texture.of(self.fine)
        self.code, self.drawn = texture.is_code[self.row], texture.is_drawn[self.row]
        self.of_content = _is_mostly(self.content, self.frame)
        self.aspect = np.array(aspects)[self.row]


@dataclass(frozen=True, slots=True, eq=False)
class _Query:
    """A window of a query, turned: its levels, and what is laid over others roughly and exactly."""

    levels: Cells
    aspect: float
    rough: Template
    exact: Template


def _query(detail: Detail, window: int, orientation: Orientation) -> _Query:
    levels = turned(detail.fine[window], orientation).astype(np.float32)
    if orientation.negative:
        levels = 255 - levels
    cells = levels[None]
    aspect = detail.aspect(window)
    if turn_of(orientation).swap:
        aspect = 1 / aspect
    rough, exact = template(contrasts(coarser(cells))[0]), template(contrasts(cells)[0])
    return _Query(cells, aspect, rough, exact)


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


@dataclass(frozen=True, slots=True, eq=False)
class _Starts:
    """From where a window of a query is aligned with windows of pictures.

    Attributes:
        columns: of these windows, see `_Stored`: shape (starts,).
        warps: how they lie on each other, as signatures say.
        aspects: width over height of their cells, over the same of the query's: in pixels.
        apart: how far apart signatures are.
        stricter: how many times distances count at least.
        drawn: whether both windows look like drawings.
        of_content: whether both signatures are mostly of these windows.
    """

    columns: NDArray[np.intp]
    warps: Warps
    aspects: NDArray[np.float64]
    apart: NDArray[np.float64]
    stricter: NDArray[np.float64]
    drawn: NDArray[np.bool_]
    of_content: NDArray[np.bool_]


def _aligned(query: _Query, stored: _Stored, starts: _Starts) -> tuple[Warps, NDArray[np.float64]]:
    """Align from the start that agrees best with each picture.

    Returns:
        The warps, and the distances there: `APART` where nothing agrees.
    """
    warps, distances = starts.warps.copy(), np.full(len(starts.warps), APART)
    used, place = np.unique(stored.row[starts.columns], return_inverse=True)
    levels = stored.fine[used]
    found, agreed = _laid(query, levels, place, warps, exactly=False)
    chosen = _best_of_each(place, agreed)
    found, agreed = _laid(query, levels, place[chosen], found[chosen], exactly=True)
    near = (agreed > 0) & ~is_distorted(found)
    chosen, found = chosen[near], found[near]
    if chosen.size:
        warps[chosen] = found
        stricter = np.maximum(starts.stricter[chosen], strictness(found, starts.aspects[chosen]))
        others = levels[place[chosen]]
        distances[chosen] = comparison.overlaid_distances(
            query.levels, others, found, stricter, starts.drawn[chosen]
        )
    same = np.flatnonzero((starts.apart < SAME) & starts.of_content)
    if same.size:
        apart, stricter, drawn = starts.apart[same], starts.stricter[same], starts.drawn[same]
        others = levels[place[same]]
        proven = comparison.proven_distances(query.levels, others, apart, stricter, drawn)
        distances[same] = np.minimum(distances[same], proven)
    return warps, distances


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
    part = area(warps) < _PART
    whole, of_part = (_EXACT, _EXACT_IN_PART) if exactly else (_ROUGH, _ROUGH_IN_PART)
    for some, way in ((~part, whole), (part, of_part)):
        if some.any():
            used, at = np.unique(place[some], return_inverse=True)
            others = contrasts(coarser(levels[used]) if way.halves_picture else levels[used])[at]
            one = query.rough if way.halves_query else query.exact
            best, agrees = align(one, others, warps[some] * way.units, way.least)
            found[some] = best / way.units
            agreed[some] = np.where(agrees > way.least[-1], agrees, -1)
    return found, agreed


def _best_of_each(place: NDArray[np.intp], agreed: NDArray[np.float64]) -> NDArray[np.intp]:
    """For each place the number of what agrees best there, if it agrees at all."""
    order = np.lexsort((-agreed, place))
    first = np.concatenate([[True], np.diff(place[order]) > 0])
    best = order[first]
    return np.asarray(best[agreed[best] > 0])
