"""The 8 rotations and mirrorings, as steps on an array."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ..model import Orientation


@dataclass(frozen=True, slots=True)
class Turn:
    """An orientation as steps on an array: swap the axes, then reverse rows, then columns."""

    swap: bool
    reverse_rows: bool
    reverse_columns: bool

    def apply(self, array: NDArray[Any]) -> NDArray[Any]:
        """A view of `array` so turned."""
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
    """A view of `array`, mirrored left-right and then rotated counter-clockwise."""
    return turn_of(orientation).apply(array)
