"""The window of crop.py, from a few lines of pixels.

A percentile of a *running* sum ranks indices, so the limits hardly depend on the picture: they are
at 5 % and 95 % of the side, unless a line there is flat. So it is enough to look at the lines
around these places, and where those are flat at the next ones that are not. The sums themselves
are needed only where energies are so small that they drown in rounding errors.

Without this a signature of a JPEG takes 3.4 times as long at 1 megapixel, 4.0 times at 12; of a
PNG, whose decoding takes most of it, 1.5 and 1.9 times.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .crop import Percents, Window, window_within
from .grey import WEIGHTS, WHITE
from .percentile import place
from .pixels import Bytes, Pixels

_BAND = 1 << 18
"""Pixels looked at at a time."""

_WEIGHTS = np.array([*WEIGHTS, 0], np.float64)

_DOUBT = 1e-12
"""Energies up to this share of the largest possible running sum may drown in rounding errors.

Those of the running sum, and of what is interpolated in it, are some 1e-15 of it.
"""


def quick_window(pixels: Pixels, percents: Percents, fix_ratio: bool) -> Window | None:
    """Return what `crop.window` returns; None where a rounding error might decide it."""
    height, width = pixels.shape
    doubt = _DOUBT * height * width
    rows = _Side(height, width, pixels.read, doubt)
    columns = _Side(width, height, partial(_read_columns, pixels), doubt)
    try:
        limits = [side.limits(percents) for side in (rows, columns)]
    except _DoubtError:
        return None
    return window_within(limits, pixels.shape, percents, fix_ratio)


def _read_columns(pixels: Pixels, left: int, right: int, top: int, bottom: int) -> Bytes:
    """Return a rectangle as lines of one column each."""
    return pixels.read(top, bottom, left, right).swapaxes(0, 1)


class _DoubtError(Exception):
    """Two running sums are so close that a rounding error may decide between them."""


@dataclass(frozen=True, slots=True)
class _Side:
    """The limits along one side of a picture, from as few lines of pixels as settle them.

    Attributes:
        size: the number of lines.
        length: the number of pixels in a line.
        read: gives of some lines (start, stop) some pixels (start, stop): shape (lines, pixels,
            3 or 4).
        doubt: energies up to this, but for 0, are not told apart from 0.
    """

    size: int
    length: int
    read: Callable[[int, int, int, int], Bytes]
    doubt: float

    def limits(self, percents: Percents) -> tuple[int, int]:
        """Return the first line whose running sum exceeds the lower percentile, and the first one
        whose running sum reaches the upper.
        """
        (lower, lower_share), (upper, upper_share) = (
            place(self.size, percent) for percent in percents
        )
        if lower_share and self._energy(lower + 1, 1 - lower_share):
            first = lower + 1
        else:
            first = self._next_uneven(range(lower + 1, self.size), default=self.size)
        if upper_share and self._energy(upper + 1, upper_share):
            last = upper + 1
        else:
            last = self._next_uneven(range(upper, -1, -1), default=0)
        return first, last

    def _next_uneven(self, lines: range, default: int) -> int:
        """Return the first of the lines that has energy."""
        count = 1
        while lines:
            some, lines = lines[:count], lines[count:]
            flat = self._flat(min(some), max(some) + 1)[:: some.step]
            if not flat.all():
                uneven = some[int(np.argmin(flat))]
                self._energy(uneven)
                return uneven
            count = min(2 * count, max(1, _BAND // self.length))
        return default

    def _energy(self, line: int, share: float = 1.0) -> float:
        """Return the energy of a line, as far as a `share` of it is beyond doubt; else 0."""
        energy = 0.0
        for pixels in self._pieces(line, line + 1):
            levels = pixels[0].astype(np.float64) @ _WEIGHTS[: pixels.shape[2]]
            energy += float(np.abs(levels[1:] - levels[:-1]).sum()) / WHITE
        if energy * share <= self.doubt and (energy or not self._flat(line, line + 1)[0]):
            raise _DoubtError
        return energy

    def _flat(self, start: int, stop: int) -> NDArray[np.bool_]:
        """Which lines have one colour only.

        Lines of colours with equal greys are not meant: those may differ in their last bit.
        """
        flat = np.ones(stop - start, np.bool_)
        for pixels in self._pieces(start, stop):
            for channel in np.moveaxis(pixels, 2, 0)[:3]:
                flat &= (channel[:, 1:] == channel[:, :-1]).all(axis=1)
        return flat

    def _pieces(self, start: int, stop: int) -> Iterator[Bytes]:
        """Yield the lines in pieces that overlap by a pixel."""
        for begin in range(0, self.length, _BAND):
            yield self.read(start, stop, max(begin - 1, 0), min(begin + _BAND, self.length))
