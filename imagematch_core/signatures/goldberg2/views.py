"""The views of a query: its windows, these as if they had been cropped, and parts of them.

A copy that was cropped is found by laying the grid over the query where it lay in the picture
before. What was stored of a picture is enough to look at it in all of these ways.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...model import Orientation
from ..algorithm import Layout, View
from ..turns import boxes_of, turned, turned_boxes
from .blocks import GRID, Cut, Means, means, spans
from .detail import CELLS, Detail
from .features import has_features
from .window import Window
from .words import PROBES

Place = tuple[float, float, float, float]

_NONE: Cut = (0, 0)
_LITTLE: Cut = (5, 5)
"""Near enough to both nothing and a tenth a side."""

_WHOLE = (_NONE, _NONE)


def _all_turns(first: Cut, second: Cut) -> list[tuple[Cut, Cut]]:
    """Return a crop in all orientations, so that each query is looked at in the same ways."""
    turns = (
        (columns, rows)
        for one, other in ((first, second), (second, first))
        for columns in (one, one[::-1])
        for rows in (other, other[::-1])
    )
    return list(dict.fromkeys(turns))


CROPS = [
    *_all_turns((10, 10), (10, 10)),
    *_all_turns((16, 0), _LITTLE),
    *_all_turns((16, 0), (16, 0)),
    *_all_turns((24, 0), _LITTLE),
    *_all_turns((15, 15), _LITTLE),
    *_all_turns((8, 0), _NONE),
    *_all_turns((20, 20), (20, 20)),
    *_all_turns((32, 0), _LITTLE),
]
"""The crops that are undone."""
MIDDLES = _all_turns((-25, -25), _NONE)
"""Two thirds of a window, in the middle: the picture there may be stored without what is around."""
PARTS = [
    *_all_turns((-25, 0), _NONE),
    *_all_turns((-20, 0), (-20, 0)),
    *_all_turns((-12, -12), (-12, -12)),
]
"""What may have been cropped from a window, and stored."""
_PROBES = (0, 160, PROBES)
_PROBES_INSIDE = (0, 64, 160)
"""Words that are asked for with each crop, and with what is inside, at each level."""

_NAMES = ("whole", "content", "inside", "content inside", "innermost")
_ANOTHER_GROUND = "another ground"
"""The content with something else behind what is transparent."""


@dataclass(frozen=True, slots=True)
class Look(View):
    """A view, and where it looks.

    Attributes:
        detail: of the query.
        window: the number of the window with content that it looks at.
        box: where that window, or the whole, lies in the query before it was turned: left, top,
            width and height as fractions of the canvas.
        cut: the crop that is undone, percent of the columns and the rows at both ends; less than 0
            where the grid lies inside of the window.
        frame: where the grid lies, as `box`: beyond it where a crop is undone.
        probes: so many words are asked for. 0 where only those candidates that
            another view fetched are measured against it.
    """

    detail: Detail
    window: int
    box: Place
    cut: tuple[Cut, Cut]
    frame: Place
    probes: int


def look(
    stored: Means,
    detail: Detail,
    orientations: Sequence[Orientation],
    thorough: int,
    *,
    mutual: bool = False,
) -> list[Look]:
    """Look at a query: its windows, each with crops undone, and in parts.

    All crops are measured, whatever the level; it tells how many words fetch candidates.

    Args:
        stored: the means of its windows, shape (windows, 81), as they are stored.
        thorough: index of `_PROBES` and `_PROBES_INSIDE`.
        mutual: leave out `PARTS`, since crops are undone of what it is compared with as well.
    """
    inside = MIDDLES if mutual else [*MIDDLES, *PARTS]
    cuts = [*CROPS, *inside]
    probes = [_PROBES[thorough]] * len(CROPS) + [_PROBES_INSIDE[thorough]] * len(inside)
    found = []
    for number, (means_of, box) in enumerate(zip(stored, places_of(stored, detail), strict=True)):
        window = number if number < len(detail.boxes) else 0
        name = _name_of(number, box, detail)
        found.append((name, PROBES, window, box, _WHOLE, means_of))
        if number == len(detail.boxes):
            continue
        seen = means(detail.fine[number], cuts)
        for cut, asked, means_of_cut in zip(cuts, probes, seen, strict=True):
            if has_features(means_of_cut):
                crop = f"{name}, {_name(cut)}" if name != _NAMES[0] else _name(cut)
                found.append((crop, asked, window, box, cut, means_of_cut))
    return [
        Look(
            name,
            orientation,
            _turned(seen_so, orientation),
            detail,
            window,
            box,
            cut,
            _before(box, cut),
            asked,
        )
        for name, asked, window, box, cut, seen_so in found
        for orientation in orientations
    ]


def places_of(stored: Means, detail: Detail) -> list[Place]:
    """Where each of the stored windows lies: those with content, then perhaps the whole."""
    boxes = [*detail.boxes, Window(0, 0, detail.width, detail.height)]
    return [place_of(box, detail) for box in boxes[: len(stored)]]


def place_of(box: Window, detail: Detail) -> Place:
    """Where a window lies: left, top, width and height as fractions of the canvas."""
    return (
        box.left / detail.width,
        box.top / detail.height,
        (box.right - box.left) / detail.width,
        (box.bottom - box.top) / detail.height,
    )


def layout(view: Look) -> Layout:
    """Where a view looks."""
    inside, frame = (_corners(place) for place in (view.box, view.frame))
    columns, rows = (
        start + (stop - start) * spans(CELLS, share)
        for start, stop, share in (
            (inside[0], inside[2], view.cut[0]),
            (inside[1], inside[3], view.cut[1]),
        )
    )
    boxes = [
        turned_boxes(one.reshape(1, 1, 4), view.orientation).reshape(4) for one in (inside, frame)
    ]
    blocks = turned_boxes(boxes_of(rows, columns), view.orientation)
    return Layout(boxes[0], boxes[1], blocks.reshape(-1, 4))


def _corners(place: Place) -> NDArray[np.float64]:
    """Left, top, right and bottom."""
    left, top, width, height = place
    return np.array([left, top, left + width, top + height])


def _before(box: Place, cut: tuple[Cut, Cut]) -> Place:
    """Where a window lay before that was cut off."""
    left, top, width, height = box
    (start, end), (above, below) = cut
    width, height = width * 100 / (100 - start - end), height * 100 / (100 - above - below)
    return left - width * start / 100, top - height * above / 100, width, height


def _turned(seen: Means, orientation: Orientation) -> bytes:
    blocks: NDArray[np.uint8] = turned(seen.reshape(GRID, GRID), orientation)
    return (255 - blocks if orientation.negative else blocks).tobytes()


def _name_of(number: int, frame: Place, detail: Detail) -> str:
    if len(detail.boxes) - detail.others <= number < len(detail.boxes):
        return _ANOTHER_GROUND
    if number == len(detail.boxes) or frame == (0, 0, 1, 1):
        return _NAMES[0]
    return _NAMES[1 + number]


def _name(cut: tuple[Cut, Cut]) -> str:
    (left, right), (top, bottom) = cut
    if min(left, right, top, bottom) < 0:
        return f"inside {-left}-{-right}-{-top}-{-bottom}"
    return f"undone {left}-{right}-{top}-{bottom}"
