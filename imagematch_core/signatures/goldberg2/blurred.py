"""Bars that show the picture itself, blurred, as on both sides of an upright film on a wide screen.

They are soft up to a straight line, where the picture begins at once, at both ends alike.
"""

import numpy as np
from numpy.typing import NDArray

from .canvas import Canvas
from .ground import has_one_colour
from .window import SMALLEST, Window

_SOFT = 3
"""Grey levels by which what is blurred bends."""
_ELSEWHERE = 8
_JUMP = 35
"""By so many grey levels so many percent of a line must change where blurred bars end."""
_SHARP = 10
"""Of the lines of a picture so many percent are not soft."""


def between(canvas: Canvas) -> Window:
    """Return the picture between bars that show it too, blurred; else the whole canvas."""
    bottom, right = canvas.shape
    rows, columns = _soft_bars(canvas), _soft_bars(canvas.T)
    above = Window(0, rows, right, bottom - rows)
    beside = Window(columns, 0, right - columns, bottom)
    return min(above, beside, key=lambda window: window.area)


def _soft_bars(canvas: Canvas) -> int:
    """Return how many lines at each end are soft, and then change at once; 0 if they don't."""
    count = len(canvas)
    least = max(SMALLEST, count // 25)
    most = (count - SMALLEST) // 2
    ends = canvas[:least], canvas[-least:]
    if most < least or not all(are_soft(end.astype(np.int16)).all() for end in ends):
        return 0
    thin = SMALLEST // 2
    if has_one_colour(np.concatenate([canvas[:thin], canvas[-thin:]]), 75):
        return 0  # a frame, which is looked for otherwise
    lines = canvas.astype(np.int16)
    hard = ~are_soft(lines)
    ended = np.flatnonzero(hard | hard[::-1])
    jumps = _jumps(lines) + _jumps(lines[::-1])
    jumps = jumps[: min(most, int(ended[0]) if ended.size else most) + 2]
    best = int(jumps[least:].argmax()) + least
    ends_at_once = 100 * jumps[best] >= 2 * _JUMP * lines.shape[1]
    return best if ends_at_once and is_sharp(lines[best : count - best]) else 0


def are_soft(lines: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Return which lines bend by hardly a grey level from pixel to pixel."""
    bends = np.abs(np.diff(lines, 2, axis=1)) <= _SOFT
    return np.asarray(20 * bends.sum(axis=1) >= 19 * bends.shape[1])


def is_sharp(lines: NDArray[np.int16]) -> bool:
    """Return whether there is anything in these lines that is not soft."""
    return bool(100 * np.count_nonzero(~are_soft(lines)) >= _SHARP * len(lines))


def _jumps(lines: NDArray[np.int16]) -> NDArray[np.intp]:
    """Return how many pixels of each line are not where the lines before had pointed to."""
    found = np.zeros(len(lines), np.intp)
    found[4:] = (np.abs(lines[4:] - 2 * lines[2:-2] + lines[:-4]) >= _ELSEWHERE).sum(axis=1)
    return found
