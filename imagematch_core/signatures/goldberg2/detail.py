"""The finer picture of what a canvas shows, by which hits are verified.

Each window with content is kept as 24 × 24 means, and where it lies. All views of a query follow
from that, so a picture of an index is searched with as well as a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import nan

import numpy as np
from numpy.typing import NDArray

from ...errors import AlgorithmError
from . import coding
from .canvas import Canvas
from .products import product
from .window import Window

CELLS = 24
"""A side of the finer picture."""
Fine = NDArray[np.uint8]
"""Shape (24, 24): the mean grey levels of the cells of a window, each 2 more than a multiple of 4:
64 levels find as many copies as 256, and take half of the space."""

_HEAD = 3
_COARSE = 4
_UNEVEN = 8
_OTHERS = 16
_PAGE = 128


@dataclass(frozen=True, slots=True, eq=False)
class Detail:
    """The finer pictures of a canvas, kept besides its signature.

    Attributes:
        height: of the canvas, in pixels.
        width: likewise.
        boxes: the windows with content, the outermost first, those on other grounds last.
        fine: the finer picture of each: shape (len(boxes), 24, 24), uint8.
        others: how many of them show a transparent picture on another ground.
        has_page: whether the first is a page, which has the second inside it.
        is_uneven: whether the canvas was reduced less in one direction than in the other, as those
            of narrow pictures are.
    """

    height: int
    width: int
    boxes: Sequence[Window]
    fine: NDArray[np.uint8]
    others: int = 0
    has_page: bool = False
    is_uneven: bool = False

    @property
    def has_page_around(self) -> bool:
        """Whether a fifth of the page or more lies around the picture inside."""
        return self.has_page and 5 * self.boxes[1].area <= 4 * self.boxes[0].area

    def is_on_another_ground(self, window: int) -> bool:
        """Whether a window shows what may be seen of a transparent picture, not what is.

        The first never does: where nothing else is seen, it stands for the picture.
        """
        return window >= max(1, len(self.boxes) - self.others)

    def aspect(self, window: int) -> float:
        """Return the width of a window over its height; NaN if the canvas does not tell."""
        box = self.boxes[window]
        return nan if self.is_uneven else (box.right - box.left) / (box.bottom - box.top)

    def dump(self) -> bytes:
        """As bytes: number of windows, 8 if the canvas is uneven, 16 times the number of those on
        other grounds, and 128 for a page; height and width less one; each box; the pictures.
        """
        numbers = len(self.boxes) + _UNEVEN * self.is_uneven
        numbers += _OTHERS * self.others + _PAGE * self.has_page
        head = [numbers, self.height - 1, self.width - 1]
        for box in self.boxes:
            head += [box.left, box.top, box.right - 1, box.bottom - 1]
        return bytes(head) + b"".join(coding.packed(one // _COARSE) for one in self.fine)


def load(details: Sequence[bytes]) -> list[Detail]:
    """Return what `Detail.dump` wrote of each picture. Many at once take less time.

    Raises:
        AlgorithmError: it did not write one of them.
    """
    numbers = []
    counts = [data[0] % _UNEVEN if data else 0 for data in details]
    for data, count in zip(details, counts, strict=True):
        end = _HEAD + 4 * count
        try:
            for _ in range(count):
                one, end = coding.read_code(data, end, CELLS * CELLS)
                numbers.append(one)
        except ValueError:
            end = 0
        if not count or end != len(data):
            raise AlgorithmError(
                f"not the detail of a signature of goldberg-2: {len(data)} bytes long; "
                "sign the picture anew"
            )
    every = np.array(numbers, np.uint8).reshape(-1, CELLS * CELLS)
    fine = iter(coding.unpacked(every, CELLS) * np.uint8(_COARSE) + np.uint8(_COARSE // 2))
    found = []
    for data, count in zip(details, counts, strict=True):
        ends = [data[at : at + 4] for at in range(_HEAD, _HEAD + 4 * count, 4)]
        boxes = [Window(left, top, right + 1, bottom + 1) for left, top, right, bottom in ends]
        pictures = np.array([next(fine) for _ in boxes])
        others, has_page = data[0] % _PAGE // _OTHERS, data[0] >= _PAGE
        is_uneven = bool(data[0] & _UNEVEN)
        found.append(Detail(data[1] + 1, data[2] + 1, boxes, pictures, others, has_page, is_uneven))
    return found


def fine(window: Canvas) -> Fine:
    """Return the finer picture of a window. All sums are of whole numbers, exact in any order."""
    height, width = window.shape
    sums = product(product(_shares(height), window.astype(np.float64)), _shares(width).T)
    area = height * width
    levels = (2 * sums.astype(np.int64) + area) // (2 * area)
    return np.asarray(levels // _COARSE * _COARSE + _COARSE // 2, np.uint8)


@lru_cache(maxsize=512)
def _shares(size: int) -> NDArray[np.float64]:
    """Return how much of each line of pixels is in each line of cells, in 24ths: (24, size)."""
    starts = np.arange(CELLS)[:, None] * size
    pixels = np.arange(size) * CELLS
    inside = np.minimum(starts + size, pixels + CELLS) - np.maximum(starts, pixels)
    shares: NDArray[np.float64] = np.maximum(inside, 0).astype(np.float64)
    return shares
