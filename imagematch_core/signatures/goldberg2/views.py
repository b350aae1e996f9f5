"""What a query is looked at as: whole, without its borders, and as if some of it had been cut off.

One signature is stored of each picture. A copy that was cropped, or framed, is found by laying
the grid over the query where it lay in the picture before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..algorithm import Layout, View
from ..turns import boxes_of, turned_boxes
from .blocks import Cut, Means, means, spans
from .borders import inside, trimmed
from .canvas import Canvas

_TRIMMED = "trimmed"

Ends = tuple[float, float]

_NONE: Cut = (0, 0)
_LITTLE: Cut = (5, 5)
"""Near enough to both nothing and a tenth a side."""

_WHOLE = (_NONE, _NONE)


def _all_turns(first: Cut, second: Cut) -> list[tuple[Cut, Cut]]:
    """A crop in all orientations, so that a query is looked at in the same way however it lies."""
    turns = (
        (columns, rows)
        for one, other in ((first, second), (second, first))
        for columns in (one, one[::-1])
        for rows in (other, other[::-1])
    )
    return list(dict.fromkeys(turns))


_ONE_SIDE = _all_turns((16, 0), _LITTLE)
_FOUR_SIDES = _all_turns((10, 10), (10, 10))
_MORE = [
    *_all_turns((16, 0), (16, 0)),
    *_all_turns((24, 0), _LITTLE),
    *_all_turns((15, 15), _LITTLE),
    *_all_turns((8, 0), _NONE),
    *_all_turns((20, 20), (20, 20)),
]
CROPS: tuple[list[tuple[Cut, Cut]], ...] = (
    [],
    [*_FOUR_SIDES, *_ONE_SIDE],
    [*_FOUR_SIDES, *_ONE_SIDE, *_MORE],
)
"""The crops that are undone at each level."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The means of each view, and what the view is called.

    Attributes:
        names: of the views.
        means: shape (len(names), 81).
    """

    names: Sequence[str]
    means: Means


def whole(canvas: Canvas) -> Means:
    """The means of the picture as it is: shape (81,)."""
    found: Means = means(canvas, [_WHOLE])[0]
    return found


def look(canvas: Canvas, thorough: int) -> Seen:
    """Look at a query: whole, trimmed if it has borders, and with crops undone.

    Args:
        canvas: of the query.
        thorough: index of `CROPS`.
    """
    cuts = [_WHOLE, *CROPS[thorough]]
    names = [_name(cut) for cut in cuts]
    without = trimmed(canvas)
    if without is None:
        return Seen(names, means(canvas, cuts))
    seen = np.vstack([whole(canvas), means(without, cuts)])
    return Seen(["whole", _TRIMMED, *(f"{_TRIMMED}, {name}" for name in names[1:])], seen)


def layout(canvas: Canvas, view: View) -> Layout:
    """Where a view that came of `look` looks."""
    height, width = canvas.shape
    trimmed, _, name = view.name.rpartition(", ")
    proper = inside(canvas) if _TRIMMED in {trimmed, name} else None
    lines, across = proper or (slice(0, height), slice(0, width))
    cut = next((cut for cut in CROPS[-1] if _name(cut) == name), _WHOLE)
    (left, right, columns), (top, bottom, rows) = (
        _along(part, side, share)
        for part, side, share in zip((across, lines), (width, height), cut, strict=True)
    )
    inside_box, frame = (
        turned_boxes(box.reshape(1, 1, 4), view.orientation).reshape(4)
        for box in np.array([left, top, right, bottom]).T
    )
    blocks = turned_boxes(boxes_of(rows, columns), view.orientation)
    return Layout(inside_box, frame, blocks.reshape(-1, 4))


def _along(part: slice, side: int, cut: Cut) -> tuple[Ends, Ends, NDArray[np.float64]]:
    """Along one side: where the part begins and ends, each also before it was cut, and its blocks.

    All as fractions of the side.
    """
    start, stop = part.start / side, part.stop / side
    before = (stop - start) * 100 / (100 - sum(cut))
    blocks = start + (stop - start) * spans(part.stop - part.start, cut)
    return (start, start - before * cut[0] / 100), (stop, stop + before * cut[1] / 100), blocks


def _name(cut: tuple[Cut, Cut]) -> str:
    if cut == _WHOLE:
        return "whole"
    (left, right), (top, bottom) = cut
    return f"undone {left}-{right}-{top}-{bottom}"
