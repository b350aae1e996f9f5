"""The finer picture of what a canvas shows, by which hits are verified.

Each window with content is kept as 24 × 24 means, and where it lies. All views of a query follow
from that, so a picture of an index is searched with as well as a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...errors import AlgorithmError
from .canvas import Canvas
from .windows import Window

CELLS = 24
"""A side of the finer picture."""
Fine = NDArray[np.uint8]
"""Shape (24, 24): the mean grey levels of the cells of a window."""

_HEAD = 3
_EACH = 4 + CELLS * CELLS


@dataclass(frozen=True, slots=True, eq=False)
class Detail:
    """What is kept of a canvas besides its signature.

    Attributes:
        height: of the canvas, in pixels.
        width: likewise.
        boxes: the windows with content, the outermost first.
        fine: the finer picture of each: shape (len(boxes), 24, 24), uint8.
    """

    height: int
    width: int
    boxes: Sequence[Window]
    fine: NDArray[np.uint8]

    def dump(self) -> bytes:
        """As bytes: number of windows, height and width less one; each box; the pictures."""
        head = [len(self.boxes), self.height - 1, self.width - 1]
        for box in self.boxes:
            head += [box.left, box.top, box.right - 1, box.bottom - 1]
        return bytes(head) + self.fine.tobytes()


def load(data: bytes) -> Detail:
    """What `Detail.dump` wrote.

    Raises:
        AlgorithmError: it did not.
    """
    count = data[0] if data else 0
    if not count or len(data) != _HEAD + count * _EACH:
        raise AlgorithmError(
            f"not the detail of a signature of goldberg-2: {len(data)} bytes long; "
            "sign the picture anew"
        )
    ends = np.frombuffer(data, np.uint8, 4 * count, _HEAD).reshape(count, 4).tolist()
    boxes = [Window(left, top, right + 1, bottom + 1) for left, top, right, bottom in ends]
    fine = np.frombuffer(data, np.uint8, offset=_HEAD + 4 * count)
    return Detail(data[1] + 1, data[2] + 1, boxes, fine.reshape(count, CELLS, CELLS))


def fine(window: Canvas) -> Fine:
    """The finer picture of a window. All sums are of whole numbers, exact in any order."""
    height, width = window.shape
    sums = _shares(height) @ window.astype(np.float64) @ _shares(width).T
    area = height * width
    return np.asarray((2 * sums.astype(np.int64) + area) // (2 * area), np.uint8)


@lru_cache(maxsize=512)
def _shares(size: int) -> NDArray[np.float64]:
    """How much of each line of pixels lies in each line of cells, in 24ths: shape (24, size)."""
    starts = np.arange(CELLS)[:, None] * size
    pixels = np.arange(size) * CELLS
    inside = np.minimum(starts + size, pixels + CELLS) - np.maximum(starts, pixels)
    shares: NDArray[np.float64] = np.maximum(inside, 0).astype(np.float64)
    return shares
