"""Flat ground around a picture, of any width: bars, frames, the white around a drawing."""

import numpy as np
from numpy.typing import NDArray

from .canvas import Canvas
from .window import SMALLEST, Window, everything

_NEAR = 10
"""Grey levels by which ground may differ from its colour."""
_EXACT = 2
"""The same for ground that was drawn, not photographed."""
_AROUND = 90
"""Percent of the ground around a picture that have its colour so exactly."""


def strict(canvas: Canvas) -> Window:
    """Return what is left without the flat ground at each side, however wide that is."""
    whole = everything(canvas)
    top, bottom = _flat(canvas), _flat(canvas[::-1])
    if top + bottom > whole.bottom - SMALLEST:
        return whole
    rows = canvas[top : whole.bottom - bottom]
    left, right = _flat(rows.T), _flat(rows.T[::-1])
    if left + right > whole.right - SMALLEST:
        return whole
    top, bottom = _with_edge(top, bottom, whole.bottom)
    left, right = _with_edge(left, right, whole.right)
    box = Window(left, top, whole.right - right, whole.bottom - bottom)
    return box if differ(box, whole) else whole


def _with_edge(start: int, end: int, count: int) -> tuple[int, int]:
    """One line more where ground was taken off: there it is mixed with what it surrounds."""
    if count - start - end < 4 * SMALLEST:
        return start, end
    return start + (start > 0), end + (end > 0)


def _flat(lines: Canvas) -> int:
    """Return how many of the outermost lines have one colour, that of the first."""
    length = lines.shape[1]
    colour = int(np.partition(lines[0], length // 2)[length // 2])
    ends = np.flatnonzero(not_flat(lines, colour))
    return int(ends[0]) if ends.size else len(lines)


def not_flat(lines: Canvas, colour: int) -> NDArray[np.bool_]:
    """Return which lines have a colour in less than 98.5 % of them: shape (lines,)."""
    near = (np.abs(lines.astype(np.int16) - colour) <= _NEAR).sum(axis=1)
    return np.asarray(1000 * near < 985 * lines.shape[1])


def differ(inner: Window, outer: Window) -> bool:
    """Return whether one of the sides is apart by more than 1.5 %."""
    across = max(inner.left - outer.left, outer.right - inner.right)
    down = max(inner.top - outer.top, outer.bottom - inner.bottom)
    width, height = outer.right - outer.left, outer.bottom - outer.top
    return 1000 * across > 15 * width or 1000 * down > 15 * height


def is_on_ground(box: Window, canvas: Canvas) -> bool:
    """Return whether all around a window has one colour, as bars have, and a sky hardly ever."""
    counts = np.bincount(canvas.ravel(), minlength=256)
    counts -= np.bincount(box.of(canvas).ravel(), minlength=256)
    return _has_one(counts, _AROUND)


def has_one_colour(part: Canvas, percent: int) -> bool:
    """Return whether so much of a part has one colour."""
    return _has_one(np.bincount(part.ravel(), minlength=256), percent)


def _has_one(counts: NDArray[np.intp], percent: int) -> bool:
    sums = np.concatenate([[0], np.cumsum(counts), np.full(2 * _EXACT, counts.sum())])
    most = (sums[2 * _EXACT + 1 :] - sums[: -2 * _EXACT - 1]).max()
    return bool(100 * most >= percent * counts.sum())
