"""An explanation as one picture, for people."""

import numpy as np
from PIL import Image

from . import wording
from .colours import AGREEING, DIFFERING, FAINT, GREY, INK, PAPER
from .explanation import ExplainedPicture, Explanation, TriedView
from .panel import (
    draw_left_out,
    draw_mark,
    draw_missing,
    draw_outline,
    draw_panel,
    is_stretched,
    panel_size,
)
from .pen import Pen, fitted, width_of

WIDTH = 1_600
_MARGIN = 48
_PANEL = 500
_GAP = 32
_COLUMN = 2 * (_PANEL + _GAP) + _MARGIN + 24
"""Where the column of views begins."""
_TOP = 252
"""Where the names of the pictures stand."""
_FEWEST_ROWS, _MOST_ROWS = 8, 14
_ROW = 44


def draw(explained: Explanation) -> Image.Image:
    """Return the two pictures, where their cells agree and differ, and the views that were tried.

    Returns:
        RGB, 1,600 pixels wide.
    """
    sides = (explained.a, explained.b)
    panels = max(panel_size(side, _PANEL)[1] for side in sides)
    beside = max(_FEWEST_ROWS, min(_MOST_ROWS, round(panels / _ROW)))
    rows = min(len(explained.tried), beside)
    bottom = _TOP + max(56 + panels + 40, 50 + rows * _ROW + 20)
    pen = Pen(WIDTH, round(bottom) + 84, PAPER)
    _draw_verdict(pen, explained)
    for number, side in enumerate(sides):
        _draw_side(pen, explained, number, side)
    _draw_views(pen, explained, rows)
    _draw_legend(pen, explained, bottom + 40)
    return pen.finished()


def _draw_verdict(pen: Pen, explained: Explanation) -> None:
    colour = AGREEING if explained.near else DIFFERING
    pen.text(_MARGIN, 96, wording.verdict(explained), 48, colour, bold=True)
    for line, text in enumerate(wording.facts(explained)):
        pen.text(_MARGIN, 134 + 26 * line, fitted(text, 19, _COLUMN - _MARGIN - 24), 19, INK)
    _draw_scale(pen, explained, colour)


def _draw_scale(pen: Pen, explained: Explanation, colour: str) -> None:
    """The distance on a scale from 0 to 1, with the cutoff."""
    left, right, y = _COLUMN, WIDTH - _MARGIN, 132
    cutoff, at = (left + (right - left) * share for share in (explained.cutoff, explained.distance))
    pen.box((left, y, cutoff, y + 12), "#cfe3f1")
    pen.box((cutoff, y, right, y + 12), "#f7dfcc")
    pen.line((cutoff, y - 5), (cutoff, y + 17), colour=INK, width=2)
    pen.text(left, y + 34, "0", 15, GREY)
    pen.text(right, y + 34, "1", 15, GREY, anchor="rs")
    pen.text(cutoff, y + 34, f"cutoff {explained.cutoff:g}", 15, GREY, anchor="ms")
    pen.line((at, y - 5), (at - 8, y - 17), (at + 8, y - 17), (at, y - 5), colour=colour, width=2)
    pen.line((at, y - 8), (at, y + 12), colour=colour, width=4)
    text = f"{explained.distance:.4f}"
    half = width_of(text, 34) / 2 + 2
    pen.text(
        min(max(at, left + half), right - half), y - 30, text, 34, colour, anchor="ms", bold=True
    )


def _draw_side(pen: Pen, explained: Explanation, number: int, side: ExplainedPicture) -> None:
    left, letter = _MARGIN + number * (_PANEL + _GAP), "AB"[number]
    pen.text(left, _TOP + 20, letter, 26, INK, bold=True)
    pen.text(left + 28, _TOP + 12, fitted(side.name, 17, _PANEL - 28), 17, INK)
    info = wording.picture(side)
    pen.text(left + 28, _TOP + 33, info, 15, GREY)
    differs, empty = explained.cells >= explained.cutoff, np.isnan(explained.cells)
    draw_panel(pen, side, (left, _TOP + 52), _PANEL, differs, empty)
    bottom = _TOP + 52 + panel_size(side, _PANEL)[1]
    caption = wording.seen(explained, letter.lower())
    caption += "; drawn out of proportion" if is_stretched(side) else ""
    pen.text(left + _PANEL / 2, bottom + 27, fitted(caption, 16, _PANEL), 16, GREY, anchor="ms")


def _draw_views(pen: Pen, explained: Explanation, rows: int) -> None:
    left, right = _COLUMN, WIDTH - _MARGIN
    pen.text(left, _TOP + 12, "Views tried, the nearest first", 17, INK, bold=True)
    how_many = f"{len(explained.tried)} views, each against the other picture whole"
    pen.text(left, _TOP + 33, how_many, 15, GREY)
    top = _TOP + 52
    for row, tried in enumerate(explained.tried[:rows]):
        _draw_view(pen, explained, tried, (left, top + row * _ROW, right), is_best=row == 0)
    cutoff = left + (right - left - 66) * explained.cutoff
    for row in range(rows):
        y = top + row * _ROW + 22
        pen.line((cutoff, y - 3), (cutoff, y + 13), colour=INK, width=2)
    if rows < len(explained.tried):
        farthest = explained.tried[-1].distance
        more = f"and {len(explained.tried) - rows:,} more, up to {farthest:.3f}"
        pen.text(left, top + rows * _ROW + 16, more, 15, GREY)


def _draw_view(
    pen: Pen,
    explained: Explanation,
    tried: TriedView,
    place: tuple[float, float, float],
    is_best: bool,
) -> None:
    left, top, right = place
    label = f"{tried.of.upper()} {wording.where(tried.view, tried.layout)}"
    pen.text(left, top + 16, fitted(label, 15, right - left), 15, INK, bold=is_best)
    longest = right - left - 66
    bar = (left, top + 22, left + longest * tried.distance, top + 32)
    is_near = tried.distance < explained.cutoff
    pen.box((left, top + 22, left + longest, top + 32), FAINT)
    pen.box(bar, AGREEING if is_near else "#9aa5b0")
    pen.text(right, top + 33, f"{tried.distance:.4f}", 15, INK, anchor="rs", bold=is_best)


def _draw_legend(pen: Pen, explained: Explanation, y: float) -> None:
    pen.line((_MARGIN, y - 30), (WIDTH - _MARGIN, y - 30), colour=FAINT, width=1)
    x: float = _MARGIN
    for agrees, text in (
        (True, "cell agrees: its own distance is below the cutoff"),
        (False, "cell differs"),
        (None, "nothing in it to compare"),
    )[: 3 if explained.empty else 2]:
        draw_mark(pen, (x, y - 15, x + 30, y + 15), agrees)
        x = _label(pen, x + 38, y, text)
    shown = [side.layout for side in (explained.a, explained.b)]
    if any((layout.inside != (0, 0, 1, 1)).any() for layout in shown):
        draw_left_out(pen, (x, y - 13, x + 30, y + 13))
        x = _label(pen, x + 38, y, "not looked at")
    if any((layout.frame != layout.inside).any() for layout in shown):
        draw_missing(pen, (x, y - 13, x + 30, y + 13))
        x = _label(pen, x + 38, y, "taken for cut off")
    if explained.a.outline is not None:
        draw_outline(pen, [(x, y - 11), (x + 30, y - 11), (x + 30, y + 11), (x, y + 11)])
        x = _label(pen, x + 38, y, "where the other lies")
    pen.text(WIDTH - _MARGIN, y + 6, f"imagematch, {explained.algorithm}", 15, GREY, anchor="rs")


def _label(pen: Pen, x: float, y: float, text: str) -> float:
    """Write a text, and tell where the next one may begin."""
    pen.text(x, y + 6, text, 16, INK)
    return x + width_of(text, 16) + 30
