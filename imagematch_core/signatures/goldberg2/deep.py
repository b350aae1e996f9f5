"""Greys of 16 and 32 bits, and floats, as bytes: read in pieces, which takes little memory."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GreyLevels = NDArray[np.uint8]
Read = Callable[[slice, slice], NDArray[Any]]
"""Some rows and columns of a picture."""

MODES = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
"""Pillow's modes of deep greys."""

_PIECE = 1 << 18
"""Pixels that are read at one time."""
_WHITES_OF_FLOATS = (1, 255)
_WHITES_OF_INTEGERS = (255, 1023, 4095, 16383, 65535)
"""Cameras and scanners fill 10, 12 or 14 of 16 bits."""
_KINDS_OF_NO_DATA = 3

# Tags of TIFF.
_PHOTOMETRIC, _WHITE_IS_ZERO = 262, 0
_MAX_SAMPLE_VALUE = 281
_GDAL_NODATA = 42113


@dataclass(frozen=True, slots=True)
class _Scale:
    """The values that are black and white. Values beyond them are no data, and black."""

    black: float
    white: float
    no_data: float | None = None

    def holds(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Which of the values are data; those that are not a number aren't."""
        inside: NDArray[np.bool_] = (values >= self.black) & (values <= self.white)
        return inside if self.no_data is None else inside & (values != self.no_data)

    def levels(self, values: NDArray[Any]) -> GreyLevels:
        factor = 255 / (self.white - self.black)
        exact = np.where(self.holds(values), values, self.black).astype(np.float64)
        return np.floor((exact - self.black) * factor + 0.5).astype(np.uint8)


def levels_of_image(image: Image.Image) -> GreyLevels:
    """Return an image in one of `MODES`: shape (H, W).

    White is, of the largest numbers of 8, 10, 12, 14 and 16 bits, the smallest that holds all; of
    floats 1 or 255. Other measurements, such as temperatures, reach from black to white. A value
    that lies farther from all others than these are apart is no data; so is what a TIFF file says
    is none, and what is not a number.
    """
    tags = getattr(image, "tag_v2", {})
    read: Read = lambda rows, columns: np.asarray(  # noqa: E731
        image.crop((columns.start, rows.start, columns.stop, rows.stop))
    )
    levels = _levels((image.height, image.width), read, tags)
    return ~levels if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO else levels


def levels_of_array(array: NDArray[Any]) -> GreyLevels:
    """Return an array, (H, W) or (H, W, channels), of bool, uint8, uint16 or floats in [0, 1]."""
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    return _levels(array.shape, lambda rows, columns: array[rows, columns], {})


def _levels(shape: tuple[int, ...], read: Read, tags: Any) -> GreyLevels:
    found = np.empty(shape, np.uint8)
    # Signalling NaNs, and numbers too large for another type, are dealt with.
    with np.errstate(all="ignore"):
        kind = read(slice(0, 1), slice(0, 1)).dtype.kind
        scale = _scale(shape, read, tags, is_float=kind == "f")
        table = scale.levels(np.arange(1 << 16)) if kind == "u" else None
        for rows, columns in _pieces(shape):
            values = read(rows, columns)
            found[rows, columns] = scale.levels(values) if table is None else table[values]
    return found


def _pieces(shape: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    height, width = shape[:2]
    across = min(width, _PIECE)
    down = _PIECE // across
    for top in range(0, height, down):
        for left in range(0, width, across):
            yield slice(top, min(height, top + down)), slice(left, min(width, left + across))


def _scale(shape: tuple[int, ...], read: Read, tags: Any, *, is_float: bool) -> _Scale:
    whites = _WHITES_OF_FLOATS if is_float else _WHITES_OF_INTEGERS
    no_data = _number(tags.get(_GDAL_NODATA))

    def between(after: float, before: float) -> tuple[float, float]:
        return _extremes((read(*piece) for piece in _pieces(shape)), after, before, no_data)

    low, high = between(-np.inf, np.inf)
    for _ in range(_KINDS_OF_NO_DATA):
        if low >= 0 and high <= whites[-1]:
            break
        inner_low, inner_high = between(low, high)
        apart = inner_high - inner_low
        outliers = inner_low - low > apart, high - inner_high > apart
        if apart <= 0 or not any(outliers):
            break
        low, high = (inner_low if outliers[0] else low), (inner_high if outliers[1] else high)
    if low >= 0 and high <= whites[-1]:
        said = _number(tags.get(_MAX_SAMPLE_VALUE))
        most = said if said is not None and high <= said <= whites[-1] else high
        return _Scale(0, next(white for white in whites if most <= white), no_data)
    if low >= 0 and not is_float:
        low = 0
    return _Scale(low, high, no_data) if low < high else _Scale(0, 1)


def _extremes(
    pieces: Iterable[NDArray[Any]], after: float, before: float, no_data: float | None
) -> tuple[float, float]:
    """Return the least and the largest number between two others; where there is none, these."""
    low, high = before, after
    for values in pieces:
        data = values[(values > after) & (values < before)]
        if no_data is not None:
            data = data[data != no_data]
        if data.size:
            low, high = min(low, float(data.min())), max(high, float(data.max()))
    return low, high


def _number(said: Any) -> float | None:
    with suppress(TypeError, ValueError):
        return float(str(said).strip("\0 (),")) if said is not None else None
    return None
