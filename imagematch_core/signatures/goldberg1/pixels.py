"""8-bit pixels of a picture, read in pieces, in any of the 8 rotations and mirrorings."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...model import UPRIGHT, Orientation
from ..turns import turn_of

_WHOLE = 1 << 22
"""Up to this many pixels Pillow, as it is set up, keeps in one piece."""

Bytes = NDArray[np.uint8]
Spans = list[tuple[int, int]]
"""Where blocks begin and end along one side of the picture."""


class Pixels:
    """The pixels of a decoded picture, without a copy of them where they are many.

    Args:
        source: shape (H, W, 3 or 4), uint8; or a Pillow image whose pixels are loaded, and which
            stays open as long as this is used. What is not RGB becomes so piece by piece, as
            Pillow converts it.
        orientation: how it is mirrored and rotated before anything is read.

    Attributes:
        shape: (rows, columns) as seen in this orientation.
    """

    def __init__(self, source: Image.Image | Bytes, orientation: Orientation = UPRIGHT) -> None:
        if isinstance(source, Image.Image) and source.width * source.height <= _WHOLE:
            source = _colours(source)
        self._source = source
        self._turn = turn_of(orientation)
        height, width = (
            (source.height, source.width)
            if isinstance(source, Image.Image)
            else (source.shape[0], source.shape[1])
        )
        self.shape = (width, height) if self._turn.swap else (height, width)

    def turned(self, orientation: Orientation) -> "Pixels":
        """Return the pixels in another orientation, counted from the picture as opened."""
        return Pixels(self._source, orientation)

    def read(self, top: int, bottom: int, left: int, right: int) -> Bytes:
        """Return the colours of a rectangle: shape (bottom - top, right - left, 3 or 4)."""
        rows = self._span(top, bottom, self.shape[0], self._turn.reverse_rows)
        columns = self._span(left, right, self.shape[1], self._turn.reverse_columns)
        if self._turn.swap:
            rows, columns = columns, rows
        return self._turn.apply(self._crop(*rows, *columns))

    def read_all(self) -> Bytes:
        """Return all colours: shape (rows, columns, 3 or 4)."""
        return self.read(0, self.shape[0], 0, self.shape[1])

    def block_sums(self, rows: Spans, columns: Spans) -> NDArray[np.int64]:
        """Return the sums of red, green and blue in each block: shape (rows, columns, 3), exact.

        Args:
            rows: of the blocks, none of them empty, none longer than 65,536.
            columns: likewise.
        """
        rows = [self._span(*span, self.shape[0], self._turn.reverse_rows) for span in rows]
        columns = [self._span(*span, self.shape[1], self._turn.reverse_columns) for span in columns]
        if self._turn.swap:
            return self._sums(columns, rows).swapaxes(0, 1)
        return self._sums(rows, columns)

    def _sums(self, rows: Spans, columns: Spans) -> NDArray[np.int64]:
        left, right = min(columns)[0], max(stop for _, stop in columns)
        bands = (self._crop(top, bottom, left, right) for top, bottom in rows)
        lines = np.array([np.add.reduce(band, axis=0, dtype=np.uint32)[:, :3] for band in bands])
        before = np.pad(lines.cumsum(axis=1, dtype=np.int64), ((0, 0), (1, 0), (0, 0)))
        starts, stops = (np.array(columns) - left).T
        return np.asarray(before[:, stops] - before[:, starts])

    def _crop(self, top: int, bottom: int, left: int, right: int) -> Bytes:
        if isinstance(self._source, Image.Image):
            return _colours(self._source.crop((left, top, right, bottom)))
        return self._source[top:bottom, left:right]

    @staticmethod
    def _span(start: int, stop: int, size: int, is_reversed: bool) -> tuple[int, int]:
        return (size - stop, size - start) if is_reversed else (start, stop)


def _colours(image: Image.Image) -> Bytes:
    """Shape (H, W, 3 or 4), what comes after blue being of no meaning."""
    if image.mode == "P" and isinstance(image.info.get("transparency"), bytes):
        # The same colours by a way on which Pillow doesn't warn that it drops transparency.
        image = image.convert("RGBA")
    if image.mode not in {"RGB", "RGBA", "RGBX"}:
        image = image.convert("RGB")
    return np.asarray(image)
