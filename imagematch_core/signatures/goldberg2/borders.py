"""Where a border, such as a frame or a strip with a caption, lies around the picture proper."""

import numpy as np

from .canvas import Canvas
from .window import Window

_NEAR = 10
"""Grey levels by which a pixel of the border may differ from its colour."""


def inside(canvas: Canvas) -> Window:
    """Return the part of the canvas within its borders; the whole where there are none."""
    top, bottom = _border(canvas), _border(canvas[::-1])
    left, right = _border(canvas.T), _border(canvas.T[::-1])
    height, width = canvas.shape
    return Window(left, top, width - right, height - bottom)


def _border(lines: Canvas) -> int:
    """Return how many of the lines, the outermost first, are a border.

    The colour of the border is the median of the outermost line, 97 % of which must have it. It
    reaches as far as half of each line and three quarters of all pixels have that colour, then
    must end within three lines: there at most 35 % may have it. It is 1.2 to 25 % of the side.
    """
    count, length = lines.shape
    colour = int(np.partition(lines[0], length // 2)[length // 2])
    # One more than may be border, and the three within which it must end.
    outer = lines[: count // 4 + 4].astype(np.int16)
    share = (np.abs(outer - colour) <= _NEAR).sum(axis=1)
    other = np.flatnonzero(2 * share < length)
    if 100 * share[0] < 97 * length or not other.size:
        return 0
    width = int(other[0])
    if not 12 * count <= 1000 * width <= 250 * count:
        return 0
    if 4 * share[:width].sum() < 3 * width * length:
        return 0
    if 20 * share[width : width + 3].min() > 7 * length:
        return 0
    return width + int(20 * share[width] > 7 * length)
