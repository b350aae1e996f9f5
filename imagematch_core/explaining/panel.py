"""A picture with the grid laid over it where the view had its blocks."""

from collections.abc import Sequence
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from ..signatures.turns import boxes_of
from .colours import AGREEING, DIFFERING, EDGE, FAINT, GREY, INK, MESH, OUTLINE, PAPER, VEIL, WASH
from .explanation import ExplainedPicture
from .pen import Box, Pen

_TALLEST = 640
_WIDEST, _NARROWEST = 3.0, 1 / 4
"""Beyond these ratios of width to height a picture is drawn out of proportion."""


def panel_size(side: ExplainedPicture, width: float) -> tuple[float, float]:
    """Width and height of the picture, what was cropped off included, so that it fits."""
    ratio = min(max(_ratio(side), _NARROWEST), _WIDEST)
    height = min(_TALLEST, width / ratio)
    return height * ratio, height


def is_stretched(side: ExplainedPicture) -> bool:
    """Return whether the picture is drawn out of proportion."""
    return not _NARROWEST <= _ratio(side) <= _WIDEST


def draw_panel(
    pen: Pen,
    side: ExplainedPicture,
    corner: tuple[float, float],
    width: float,
    cells: NDArray[np.bool_],
    empty: NDArray[np.bool_],
) -> None:
    """Draw the picture and its cells.

    Args:
        corner: left and top, in pixels.
        width: of the panel, in pixels.
        cells: which of them differ.
        empty: which have nothing in them.
    """
    left, top, right, bottom = _extent(side)
    wide, high = panel_size(side, width)
    across, down = wide / (right - left), high / (bottom - top)
    scale = np.array([across, down, across, down])
    origin = np.tile([corner[0] + (width - wide) / 2 - left * across, corner[1] - top * down], 2)

    def placed(box: NDArray[np.float64]) -> Box:
        x, y, to_x, to_y = (origin + box * scale).tolist()
        return x, y, to_x, to_y

    extent = placed(np.array([left, top, right, bottom]))
    if (left, top, right, bottom) != (0, 0, 1, 1):
        draw_missing(pen, extent)
    picture = placed(np.array([0, 0, 1, 1]))
    pen.picture(side.image, picture)
    pen.box(picture, outline=EDGE)
    for outside in _around(side.layout.inside):
        pen.box(placed(outside), VEIL)
    if (side.layout.inside != (0, 0, 1, 1)).any():
        _outline(pen, placed(side.layout.inside))
    tiles = _tiles(side.layout.blocks)
    for tile in tiles:
        pen.box(placed(tile), outline=MESH, width=0.5)
    for tile, differs, is_empty in zip(tiles, cells, empty, strict=True):
        draw_mark(pen, placed(tile), None if is_empty else not differs)
    if side.outline is not None:
        corners = [placed(np.tile(corner, 2))[:2] for corner in side.outline]
        draw_outline(pen, corners)


def draw_outline(pen: Pen, corners: Sequence[tuple[float, float]]) -> None:
    """Draw the outline of a picture that was laid on another."""
    for width, colour in ((6.0, PAPER), (3.0, OUTLINE)):
        pen.line(*corners, corners[0], colour=colour, width=width)


def draw_mark(pen: Pen, tile: Box, agrees: bool | None) -> None:
    """The mark of a cell: a ring where it agrees, a cross where not, a dash where it is empty."""
    left, top, right, bottom = tile
    x, y = (left + right) / 2, (top + bottom) / 2
    radius = max(2.0, 0.24 * min(right - left, bottom - top))
    line = max(1.0, radius / 3)
    if agrees is None:
        for width, colour in ((line + 2, PAPER), (line, INK)):
            pen.line((x - radius / 2, y), (x + radius / 2, y), colour=colour, width=width)
    elif agrees:
        pen.ring(x, y, radius + 1, PAPER, line + 2)
        pen.ring(x, y, radius, AGREEING, line)
    else:
        pen.box(tile, WASH)
        for width, colour in ((line + 2.5, PAPER), (line + 0.5, DIFFERING)):
            pen.line((x - radius, y - radius), (x + radius, y + radius), colour=colour, width=width)
            pen.line((x - radius, y + radius), (x + radius, y - radius), colour=colour, width=width)


def draw_missing(pen: Pen, box: Box) -> None:
    """Draw the part that a view takes for cropped off."""
    pen.box(box, "#f4f6f8")
    pen.hatch(box, FAINT)
    pen.dashes(box, GREY, 1)


def draw_left_out(pen: Pen, box: Box) -> None:
    """Draw the part that a view takes for a border."""
    pen.box(box, "#c9cfd5")
    _outline(pen, box)


def _outline(pen: Pen, box: Box) -> None:
    pen.box(box, outline=PAPER, width=1.5)
    pen.dashes(box, INK, 1.5)


def _ratio(side: ExplainedPicture) -> float:
    left, top, right, bottom = _extent(side)
    return (right - left) * side.image.width / ((bottom - top) * side.image.height)


def _extent(side: ExplainedPicture) -> tuple[float, float, float, float]:
    """Return all of the picture, and of what was cropped off."""
    left, top, right, bottom = side.layout.frame.tolist()
    if side.outline is not None:
        (left, top), (right, bottom) = side.outline.min(axis=0), side.outline.max(axis=0)
    return min(left, 0), min(top, 0), max(right, 1), max(bottom, 1)


def _around(inside: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the four strips of a picture that lie outside of a box."""
    left, top, right, bottom = inside.tolist()
    strips = [(0, 0, 1, top), (0, bottom, 1, 1), (0, top, left, bottom), (right, top, 1, bottom)]
    return [np.array(strip) for strip in strips if strip[0] < strip[2] and strip[1] < strip[3]]


def _tiles(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a box around the middle of each block, side by side: shape (blocks, 4)."""
    count = isqrt(len(blocks))
    middles = ((blocks[:, :2] + blocks[:, 2:]) / 2).reshape(count, count, 2)
    x, y = _edges(middles[0, :, 0]), _edges(middles[:, 0, 1])
    rows, columns = (np.column_stack([edges[:-1], edges[1:]]) for edges in (y, x))
    return boxes_of(rows, columns).reshape(-1, 4)


def _edges(middles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half-way between middles, and as far beyond the outer ones."""
    between = (middles[1:] + middles[:-1]) / 2
    first, last = 2 * middles[0] - between[0], 2 * middles[-1] - between[-1]
    return np.concatenate([[first], between, [last]])
