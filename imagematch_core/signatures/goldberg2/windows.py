"""Where the content of a picture lies: without the flat ground around it, and inside of a page.

A *window* is a part of the canvas that is looked at as if it were a picture. Bars, frames and the
white around a drawing are no content: two pictures in the same frame have only that in common.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import borders
from .canvas import Canvas

Lines = NDArray[np.bool_]

_NEAR = 10
"""Grey levels by which ground may differ from its colour."""
_EVEN = 5
"""The same for the ground of a screen or a page."""
_SMALLEST = 8
"""Pixels: a window has at least so many a side."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which pixels of a canvas a window consists of, the ends not included."""

    left: int
    top: int
    right: int
    bottom: int

    def of(self, canvas: NDArray[Any]) -> NDArray[Any]:
        """That part of a canvas, or of what is as large."""
        return canvas[self.top : self.bottom, self.left : self.right]

    def within(self, outer: "Window") -> "Window":
        """Return the same box, if it was told in the pixels of `outer`."""
        return Window(
            outer.left + self.left,
            outer.top + self.top,
            outer.left + self.right,
            outer.top + self.bottom,
        )

    @property
    def area(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)


def content(canvas: Canvas) -> list[Window]:
    """Return the windows of content: without the ground around, and any picture inside."""
    outer = strict(canvas)
    page = outer.of(canvas)
    # With the ground around it a strip with a caption is told better, without it a page.
    for inner in (
        busy(page).within(outer),
        busy(canvas),
        _proper(page).within(outer),
        _proper(canvas),
    ):
        if _holds(outer, inner) and _differ(inner, outer):
            return [outer, inner]
    return [outer]


def _proper(canvas: Canvas) -> Window:
    """Return the canvas without a frame or a strip with a caption."""
    proper = borders.inside(canvas)
    if proper is None:
        return everything(canvas)
    rows, columns = proper
    return Window(columns.start, rows.start, columns.stop, rows.stop)


def _holds(outer: Window, inner: Window) -> bool:
    return (
        outer.left <= inner.left < inner.right <= outer.right
        and outer.top <= inner.top < inner.bottom <= outer.bottom
    )


def is_mostly(box: Window, canvas: Canvas) -> bool:
    """Return whether a window holds so much of a canvas that the whole of it is no mere ground."""
    return 10 * box.area >= 6 * canvas.size


def _differ(inner: Window, outer: Window) -> bool:
    """Return whether one of the sides is apart by more than 1.5 %."""
    across = max(inner.left - outer.left, outer.right - inner.right)
    down = max(inner.top - outer.top, outer.bottom - inner.bottom)
    width, height = outer.right - outer.left, outer.bottom - outer.top
    return 1000 * across > 15 * width or 1000 * down > 15 * height


def everything(canvas: Canvas) -> Window:
    """Return the whole canvas."""
    height, width = canvas.shape
    return Window(0, 0, width, height)


def strict(canvas: Canvas) -> Window:
    """Return what is left without the flat ground at each side, however wide that is."""
    whole = everything(canvas)
    top, bottom = _flat(canvas), _flat(canvas[::-1])
    if top + bottom > whole.bottom - _SMALLEST:
        return whole
    rows = canvas[top : whole.bottom - bottom]
    left, right = _flat(rows.T), _flat(rows.T[::-1])
    if left + right > whole.right - _SMALLEST:
        return whole
    top, bottom = _with_edge(top, bottom, whole.bottom)
    left, right = _with_edge(left, right, whole.right)
    box = Window(left, top, whole.right - right, whole.bottom - bottom)
    return box if _differ(box, whole) else whole


def _with_edge(start: int, end: int, count: int) -> tuple[int, int]:
    """One line more where ground was taken off: there it is mixed with what it surrounds."""
    if count - start - end < 4 * _SMALLEST:
        return start, end
    return start + (start > 0), end + (end > 0)


def _flat(lines: Canvas) -> int:
    """Return how many of the outermost lines have one colour: 98.5 % of each, that of the first."""
    length = lines.shape[1]
    colour = int(np.partition(lines[0], length // 2)[length // 2])
    near = (np.abs(lines.astype(np.int16) - colour) <= _NEAR).sum(axis=1)
    ends = np.flatnonzero(1000 * near < 985 * length)
    return int(ends[0]) if ends.size else len(lines)


def busy(canvas: Canvas) -> Window:
    """Return the largest part that is no ground: the picture in a screen, a post or a page.

    The whole canvas where there is none that ends at straight edges.
    """
    ink = ~_ground(canvas)
    box = everything(canvas)
    for _ in range(2):
        rows = _longest(box.of(ink).mean(axis=1) >= 0.5)
        if rows is None or rows[1] - rows[0] < 0.15 * canvas.shape[0]:
            return everything(canvas)
        box = Window(box.left, box.top + rows[0], box.right, box.top + rows[1])
        columns = _longest(box.of(ink).mean(axis=0) >= 0.5)
        if columns is None or columns[1] - columns[0] < 0.15 * canvas.shape[1]:
            return everything(canvas)
        box = Window(box.left + columns[0], box.top, box.left + columns[1], box.bottom)
    across, down = ink[:, box.left : box.right], ink[box.top : box.bottom].T
    ends = (
        (across, box.top),
        (across[::-1], len(across) - box.bottom),
        (down, box.left),
        (down[::-1], len(down) - box.right),
    )
    return box if all(_is_straight(lines, start) for lines, start in ends) else everything(canvas)


def _is_straight(lines: Lines, start: int) -> bool:
    """Return whether what is no ground begins at once, over most of the line `start`."""
    if start <= 1:
        return True
    share = lines[max(0, start - 3) : start + 3].mean(axis=1)
    outside = len(share) - 3
    return bool(share[:outside].min() <= 0.1 and share[outside:].max() >= 0.45)


def _ground(canvas: Canvas) -> Lines:
    """Which pixels have a colour of which there is much, and none that is like it."""
    counts = np.bincount(canvas.ravel(), minlength=256)
    edge = np.concatenate([canvas[0], canvas[-1], canvas[:, 0], canvas[:, -1]])
    colours = {int(np.bincount(edge, minlength=256).argmax())}
    sums = np.concatenate([[0], np.cumsum(counts)])
    for level in np.argsort(-counts, kind="stable")[:4]:
        tight = sums[min(256, level + 3)] - sums[max(0, level - 2)]
        loose = sums[min(256, level + 16)] - sums[max(0, level - 15)]
        if 100 * tight >= 8 * canvas.size and 4 * tight >= 3 * loose:
            colours.add(int(level))
    levels = np.zeros(256, bool)
    for colour in colours:
        levels[max(0, colour - _EVEN) : colour + _EVEN + 1] = True
    return levels[canvas]


def _longest(lines: Lines) -> tuple[int, int] | None:
    """Where the longest run of lines begins and ends that has only small gaps."""
    at = np.flatnonzero(lines)
    if not at.size:
        return None
    gap = max(2, len(lines) // 24)
    breaks = np.flatnonzero(np.diff(at) > gap + 1)
    starts = at[np.concatenate([[0], breaks + 1])]
    stops = at[np.concatenate([breaks, [len(at) - 1]])] + 1
    best = int((stops - starts).argmax())
    return int(starts[best]), int(stops[best])
