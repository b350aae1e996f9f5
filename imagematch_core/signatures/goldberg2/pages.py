"""The picture in a page, such as a screen or a post: a rectangle of what is no ground."""

from collections.abc import Iterator
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from .blurred import are_soft, is_sharp
from .canvas import Canvas
from .drawn import hard_steps
from .page_ground import EVEN, Lines, around, ground, is_flat
from .runs import longest, runs
from .window import SMALLEST, Window, everything

_MOST_INK = 0.75
"""Of a page at least a quarter is ground."""
_FEW = 12
_DRAWN = 60
"""What has so few grey levels in so many percent of it is no picture."""
_STRIPED = 0.35
_PRINTED, _PAPER = 0.1, 0.2
"""What is so hard-edged in one direction is no picture but stripes, such as a bar code. What is so
hard-edged altogether is print if one level, or the next to it, have so much of it."""
_GAP = 2
"""So many lines of ground may always be in a picture."""
_TIGHT = 1
"""The same between it and print that is none of it."""
_SEEDS = 3
"""Places from which boxes are grown."""
_CORNER = 8
"""A corner is this part of each side of a box."""


def busy(canvas: Canvas) -> Window:
    """Return the largest part that is no ground: the picture in a screen, a post or a page.

    The whole canvas where there is none that ends at straight edges.
    """
    whole = everything(canvas)
    flat = is_flat(canvas)
    found = _picture(canvas, ~ground(canvas, flat))
    if found != whole:
        return found
    # A picture may be as dark in much of it as what else is on the page: only its edge is ground.
    ink = ~around(canvas, flat)
    if ink.mean() > _MOST_INK:
        return whole
    found = _picture(canvas, ink)
    return whole if has_few_colours(found.of(canvas)) else found


def _picture(canvas: Canvas, ink: Lines) -> Window:
    """Return the largest part that is ink, if it ends at straight edges."""
    for box in chain((_longest_runs(canvas, ink),), _grown(canvas, ink)):
        if box is None or is_print(box.of(canvas)):
            continue
        if _ends_straight(ink, box) and _has_corners(box.of(ink)):
            return _to_the_edge(box, canvas)
    return everything(canvas)


def _to_the_edge(box: Window, canvas: Canvas) -> Window:
    """Return a window with the line beside it where that is the last of the canvas."""
    height, width = canvas.shape
    return Window(
        box.left if box.left > 1 else 0,
        box.top if box.top > 1 else 0,
        box.right if box.right < width - 1 else width,
        box.bottom if box.bottom < height - 1 else height,
    )


def on_gradient(canvas: Canvas) -> Window:
    """Return the picture on a ground that runs evenly from the left side to the right one.

    The whole canvas where there is none.
    """
    sides = canvas[:, [0, -1]].T.astype(np.int16)
    width = canvas.shape[1]
    if width < SMALLEST or np.ptp(sides) <= EVEN or not are_soft(sides).all():
        return everything(canvas)
    left, right = sides
    across = np.arange(width)
    ground = (left[:, None] * (width - 1 - across) + right[:, None] * across) // (width - 1)
    box = _picture(canvas, np.abs(canvas - ground) > EVEN)
    is_inside = min(box.left, width - box.right) > 1
    found = is_inside and is_sharp(box.of(canvas).astype(np.int16))
    return box if found else everything(canvas)


def _longest_runs(canvas: Canvas, ink: Lines) -> Window | None:
    """Return where the longest run of lines is of which at least half is ink."""
    height, width = ink.shape
    box = Window(0, 0, width, height)
    for _ in range(2):
        rows = _longest(box.of(canvas), box.of(ink))
        if rows is None or rows[1] - rows[0] < 0.15 * height:
            return None
        box = Window(box.left, box.top + rows[0], box.right, box.top + rows[1])
        columns = _longest(box.of(canvas).T, box.of(ink).T)
        if columns is None or columns[1] - columns[0] < 0.15 * width:
            return None
        box = Window(box.left + columns[0], box.top, box.left + columns[1], box.bottom)
    return box


def _grown(canvas: Canvas, ink: Lines) -> Iterator[Window]:
    """Grow boxes from where there is most ink as long as the next line is mostly ink."""
    height, width = ink.shape
    if min(height, width) < SMALLEST or ink.mean() > _MOST_INK:
        return
    side = max(SMALLEST, min(height, width) // 8)
    sums = np.zeros((height + 1, width + 1), np.int32)
    np.cumsum(np.cumsum(ink, axis=1, dtype=np.int32), axis=0, out=sums[1:, 1:])
    dense = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    for _ in range(_SEEDS):
        top, left = (int(at) for at in np.unravel_index(int(dense.argmax()), dense.shape))
        if 10 * dense[top, left] < 9 * side * side:
            return
        box = _grow(sums, Window(left, top, left + side, top + side))
        if 20 * box.area >= canvas.size and not has_few_colours(box.of(canvas)):
            yield box
        dense[max(0, box.top - side) : box.bottom, max(0, box.left - side) : box.right] = 0


def _grow(sums: NDArray[np.int32], box: Window) -> Window:
    height, width = (length - 1 for length in sums.shape)
    left, top, right, bottom = box.left, box.top, box.right, box.bottom

    counts = sums.item

    def enough(left: int, top: int, right: int, bottom: int) -> bool:
        if left < 0 or top < 0 or right > width or bottom > height:
            return False
        count = (
            counts(bottom, right) - counts(top, right) - counts(bottom, left) + counts(top, left)
        )
        return 10 * count >= 6 * (right - left) * (bottom - top)

    grows = True
    while grows:
        grows = False
        while enough(left - 1, top, left, bottom):
            left, grows = left - 1, True
        while enough(right, top, right + 1, bottom):
            right, grows = right + 1, True
        while enough(left, top - 1, right, top):
            top, grows = top - 1, True
        while enough(left, bottom, right, bottom + 1):
            bottom, grows = bottom + 1, True
    return Window(left, top, right, bottom)


def is_print(part: Canvas) -> bool:
    """Return whether a part is no picture, by its stripes or by the text on one level."""
    if min(part.shape) < 2:
        return True
    down, across = _hard_steps(part)
    if max(down, across) >= _STRIPED:
        return True
    counts = np.bincount(part.ravel(), minlength=3)
    paper = (counts[:-2] + counts[1:-1] + counts[2:]).max() / part.size
    return bool((down + across) / 2 >= _PRINTED and paper >= _PAPER)


def is_striped(part: Canvas) -> bool:
    """Return whether a part is hard-edged in one direction, as a bar code is."""
    return min(part.shape) > 1 and max(_hard_steps(part)) >= _STRIPED


def _hard_steps(part: Canvas) -> tuple[float, float]:
    down, across = hard_steps(part[None].astype(np.float32))
    return float(down[0]), float(across[0])


def has_few_colours(part: Canvas) -> bool:
    """Return whether most of a part has one of few colours, as tables, buttons and text have."""
    counts = np.sort(np.bincount(part.ravel()))
    return bool(100 * counts[-_FEW:].sum() >= _DRAWN * part.size)


def _has_corners(ink: Lines) -> bool:
    """Return whether three corners or more are ink: those of a shadow on the floor are not."""
    height, width = (max(1, length // _CORNER) for length in ink.shape)
    corners = (
        ink[:height, :width],
        ink[:height, -width:],
        ink[-height:, :width],
        ink[-height:, -width:],
    )
    return sum(bool(corner.mean() >= 0.6) for corner in corners) >= 3


def _ends_straight(ink: Lines, box: Window) -> bool:
    across, down = ink[:, box.left : box.right], ink[box.top : box.bottom].T
    ends = (
        (across, box.top),
        (across[::-1], len(across) - box.bottom),
        (down, box.left),
        (down[::-1], len(down) - box.right),
    )
    return all(_is_straight(lines, start) for lines, start in ends)


def _is_straight(lines: Lines, start: int) -> bool:
    """Return whether what is no ground begins at once, over most of the line `start`."""
    if start <= 1:
        return True
    outside, inside = lines[max(0, start - 3) : start], lines[start : start + 3]
    return bool(outside.mean(axis=1).min() <= 0.1 and inside.mean(axis=1).max() >= 0.45)


def _longest(canvas: Canvas, ink: Lines) -> tuple[int, int] | None:
    """Where the longest run of rows begins and ends that are half ink, with only small gaps.

    Print beyond a gap that is not as small, such as a line of text, is none of it.
    """
    rows = ink.mean(axis=1) >= 0.5
    run = longest(runs(rows, max(_GAP, len(rows) // 24)))
    if run is None:
        return None
    start, stop = run
    most = longest(runs(rows[start:stop], _TIGHT))
    if most is None or 10 * (most[1] - most[0]) < 6 * (stop - start):
        return run
    first, last = start + most[0], start + most[1]
    if first > start and is_print(canvas[start:first]):
        start = first
    if last < stop and is_print(canvas[last:stop]):
        stop = last
    return start, stop
