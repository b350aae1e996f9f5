"""The 8 rotations and mirrorings, as steps on an array."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model import Orientation

Boxes = NDArray[np.float64]
"""Shape (rows, columns, 4): left, top, right and bottom of each, as fractions of a picture."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An orientation as steps on an array: swap the axes, then reverse rows, then columns."""

    swap: bool
    reverse_rows: bool
    reverse_columns: bool

    def apply(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return a view of `array` so turned."""
        if self.swap:
            array = array.swapaxes(0, 1)
        if self.reverse_rows:
            array = array[::-1]
        if self.reverse_columns:
            array = array[:, ::-1]
        return array


_TURNS = {
    (False, 0): Turn(swap=False, reverse_rows=False, reverse_columns=False),
    (False, 90): Turn(swap=True, reverse_rows=True, reverse_columns=False),
    (False, 180): Turn(swap=False, reverse_rows=True, reverse_columns=True),
    (False, 270): Turn(swap=True, reverse_rows=False, reverse_columns=True),
    (True, 0): Turn(swap=False, reverse_rows=False, reverse_columns=True),
    (True, 90): Turn(swap=True, reverse_rows=False, reverse_columns=False),
    (True, 180): Turn(swap=False, reverse_rows=True, reverse_columns=False),
    (True, 270): Turn(swap=True, reverse_rows=True, reverse_columns=True),
}


def turn_of(orientation: Orientation) -> Turn:
    """Mirrored left-right, then rotated counter-clockwise; negatives are not looked at."""
    return _TURNS[orientation.mirror, orientation.rotate]


def turned(array: NDArray[Any], orientation: Orientation) -> NDArray[Any]:
    """Return a view of `array`, mirrored left-right and then rotated counter-clockwise."""
    return turn_of(orientation).apply(array)


def turned_boxes(boxes: Boxes, orientation: Orientation) -> Boxes:
    """Where a grid of boxes comes to lie, and in which order, as the picture is so turned."""
    turn = turn_of(orientation)
    left, top, right, bottom = np.moveaxis(turn.apply(boxes), -1, 0)
    if turn.swap:
        left, top, right, bottom = top, left, bottom, right
    if turn.reverse_rows:
        top, bottom = 1 - bottom, 1 - top
    if turn.reverse_columns:
        left, right = 1 - right, 1 - left
    return np.stack([left, top, right, bottom], axis=-1)


def boxes_of(rows: NDArray[np.float64], columns: NDArray[np.float64]) -> Boxes:
    """Return the boxes of a grid, from where its rows and columns begin and end: shapes (n, 2)."""
    top, bottom = (np.broadcast_to(side[:, None], (len(rows), len(columns))) for side in rows.T)
    left, right = (np.broadcast_to(side, (len(rows), len(columns))) for side in columns.T)
    return np.stack([left, top, right, bottom], axis=-1)
