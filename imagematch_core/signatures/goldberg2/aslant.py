"""A picture that was turned by some degrees on flat ground, as scans and straightened ones are.

The triangles of ground at its corners look the same in all such copies, and unlike anything in
the picture. Turned back, a copy is like the picture again.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .canvas import Canvas

_NEAR = 10
"""Grey levels by which ground may differ from its colour."""
_STEPS = 64
_MOST_STEPS = 14
"""Turns are looked for in steps of which the tangent is 1/64, up to 12.3° to each side."""
_AWAY = 2.0
"""Pixels between an edge and what is looked at on both sides: half a step moves the ends of the
longest edge by less."""
_SAMPLES = 20
_OUTSIDE = 90
"""Percent of what is looked at outside of each edge that must be ground,"""
_INSIDE = 60
"""and inside, over all four, that must be none."""
_SMALLEST = 32
"""Pixels: the picture has at least so many a side."""
_FINENESS = 16
"""Pixels are told apart to this fraction when a picture is turned back."""
_ENDS = (slice(None, 2), slice(-2, None))


class Aslant(NamedTuple):
    """A rectangle in the middle of a canvas.

    Attributes:
        tangent: of the angle by which it is turned, clockwise.
        width: in pixels, without what is mixed with the ground.
        height: likewise.
    """

    tangent: float
    width: int
    height: int


@dataclass(frozen=True, slots=True, eq=False)
class _Turns:
    """Rectangles, and the angles by which they are turned clockwise: shape (turns, 1, 1) each."""

    cosine: NDArray[np.float64]
    sine: NDArray[np.float64]
    width: NDArray[np.float64]
    height: NDArray[np.float64]


def outline(canvas: Canvas) -> Aslant | None:
    """Return where a turned picture lies; None where there is none.

    Either the canvas was made larger for it, so that its corners touch the sides, or it has the
    size of the canvas, which cut its corners off.
    """
    height, width = canvas.shape
    corners = canvas[[0, 0, -1, -1], [0, -1, 0, -1]].astype(np.int16)
    if min(height, width) < _SMALLEST or np.ptp(corners) > _NEAR:
        return None
    ground = np.abs(canvas.astype(np.int16) - int(np.median(corners))) <= _NEAR
    if not all(ground[rows, columns].all() for rows in _ENDS for columns in _ENDS):
        return None
    if 2 * np.count_nonzero(ground) > ground.size:
        return None
    tangents, turns = _turns(width, height)
    outside, inside = _shares(ground, turns)
    content = (100 - inside).sum(axis=1)
    fits = (outside.min(axis=1) >= _OUTSIDE) & (content >= 4 * _INSIDE)
    wide, high = turns.width.ravel(), turns.height.ravel()
    fits &= (wide >= _SMALLEST) & (wide <= width) & (high >= _SMALLEST) & (high <= height)
    # What is symmetrical, such as a disc, would be turned to both sides.
    fits &= ~fits.reshape(2, -1)[:, ::-1].ravel()
    if not fits.any():
        return None
    best = int(np.where(fits, outside.sum(axis=1) + content, 0).argmax())
    size = (int(side[best, 0, 0]) - 2 for side in (turns.width, turns.height))
    return Aslant(float(tangents[best]), *size)


def _turns(width: int, height: int) -> tuple[NDArray[np.float64], _Turns]:
    """Return the tangents of all turns, and the two rectangles that may lie so in a canvas."""
    steps = np.arange(-_MOST_STEPS, _MOST_STEPS + 1)
    tangents = steps[steps != 0] / _STEPS
    cosine = 1 / np.sqrt(1 + tangents * tangents)
    sine = np.abs(tangents) * cosine
    shorter = cosine * cosine - sine * sine
    widths = [(width * cosine - height * sine) / shorter, np.full(len(sine), float(width))]
    heights = [(height * cosine - width * sine) / shorter, np.full(len(sine), float(height))]
    both = np.tile(tangents, 2), np.tile(cosine, 2)
    sides = np.concatenate(widths), np.concatenate(heights)
    each = (both[1], both[0] * both[1], *sides)
    return both[0], _Turns(*(one[:, None, None] for one in each))


def _shares(ground: NDArray[np.bool_], turns: _Turns) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return how much is ground along each edge, outside and inside, in percent.

    Returns:
        Shape (turns, 4) each.
    """
    height, width = ground.shape
    along = (np.arange(_SAMPLES) + 0.5) / _SAMPLES - 0.5
    along = np.stack([along, along])
    ends = np.repeat([[-0.5], [0.5]], _SAMPLES, axis=1)
    found = []
    for away in (_AWAY, -_AWAY):
        # Top and bottom, then left and right, from the middle of the picture before it was turned.
        wide, high = turns.width + 2 * away, turns.height + 2 * away
        across = np.concatenate([along * turns.width, ends * wide], axis=1)
        down = np.concatenate([ends * high, along * turns.height], axis=1)
        x, y = _placed(turns.cosine, turns.sine, across, down, ground.shape)
        columns, rows = (np.rint(place).astype(np.intp) for place in (x, y))
        seen = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        is_ground = ground[rows.clip(0, height - 1), columns.clip(0, width - 1)] & seen
        counts = seen.sum(axis=2)
        percent = 100 * is_ground.sum(axis=2) // np.maximum(counts, 1)
        found.append(np.where(8 * counts >= _SAMPLES, percent, 0 if away > 0 else 100))
    return found[0], found[1]


def _placed(
    cosine: NDArray[np.float64] | float,
    sine: NDArray[np.float64] | float,
    across: NDArray[np.float64],
    down: NDArray[np.float64],
    shape: tuple[int, ...],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where in the canvas a place of the picture lies, told from its middle before the turn."""
    x = cosine * across - sine * down + (shape[1] - 1) / 2
    y = sine * across + cosine * down + (shape[0] - 1) / 2
    return x, y


def turned_back(canvas: Canvas, seen: Aslant) -> Canvas:
    """Return the picture as it was before it was turned.

    Bits are the same everywhere: each operation is rounded once, the interpolation is exact.
    """
    cosine = 1 / float(np.sqrt(1 + seen.tangent * seen.tangent))
    across, down = (
        np.arange(side, dtype=np.float64) - (side - 1) / 2 for side in (seen.width, seen.height)
    )
    height, width = canvas.shape
    places = _placed(cosine, seen.tangent * cosine, across, down[:, None], canvas.shape)
    x, y = (
        np.clip(np.rint(place * _FINENESS).astype(np.int32), 0, _FINENESS * (size - 1) - 1)
        for place, size in zip(places, (width, height), strict=True)
    )
    column, right = np.divmod(x, _FINENESS)
    row, below = np.divmod(y, _FINENESS)
    levels = canvas.astype(np.int32)
    upper, lower = (
        levels[at, column] * (_FINENESS - right) + levels[at, column + 1] * right
        for at in (row, row + 1)
    )
    sums = upper * (_FINENESS - below) + lower * below
    area = _FINENESS * _FINENESS
    return np.asarray((sums + area // 2) // area, np.uint8)
