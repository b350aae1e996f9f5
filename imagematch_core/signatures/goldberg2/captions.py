"""Where a drawing lies that has lines of text above or below it, on the ground of both."""

import numpy as np

from .canvas import Canvas
from .ground import not_flat, strict
from .page_ground import colour_of_edge
from .runs import longest, runs
from .window import SMALLEST, Window, everything

_GAP = 2
"""So many lines of ground may be in a drawing. Where there are more, text may begin."""
_MOST = 2
"""Lines of text that are taken off; with more it is a page of text, or a table."""
_THIN = 6
"""A line of text has at most one so many-th of the height of the drawing."""


def without(canvas: Canvas) -> Window:
    """Return the drawing without lines of text above and below; the whole where there are none."""
    whole = everything(canvas)
    found = runs(not_flat(canvas, colour_of_edge(canvas)), _GAP)
    drawing = longest(found)
    if drawing is None or not 1 < len(found) <= 1 + _MOST:
        return whole
    start, stop = drawing
    *_, second, height = np.sort(found[:, 1] - found[:, 0]).tolist()
    if height < SMALLEST or _THIN * second > height:
        return whole
    rows = Window(0, start, whole.right, stop)
    return strict(rows.of(canvas)).within(rows)
