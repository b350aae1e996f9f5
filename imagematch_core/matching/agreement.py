"""Whether two pictures show the same everywhere, so that one may go for the other unseen.

Signatures tell that most of two pictures is alike. What stands in a corner, such as a sticker, a
caption or another name in a form, is a small part of them, and may be all that matters.
"""

from collections.abc import Sequence
from contextlib import suppress
from itertools import product, zip_longest

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import PictureError
from ..signatures.goldberg2.canvas import SIZE, shown
from ..signatures.goldberg2.content import framed
from ..sources import Picture
from ..sources.limits import Limits
from ..sources.source import LocalFile
from .frames import all_frames

LARGEST_DIFFERENCE = 0.25
"""Standard deviations by which a block of two pictures that agree differs at most.

On photographs of the half that chooses, copies in another format, size, contrast or quality
differed by .19 at most; with a sticker by .51 at least, with a watermark by .99. Other forms of one
template and other invoices of one sender differed by .40 at least; small ones, in the messy folder
of the benchmarks, by .28.
"""
_SIDE = 96
_BLOCK = 8
_SHIFTS = (-1, 0, 1)

Glance = NDArray[np.float64]
"""A picture, grey, shape (96, 96), with mean 0 and standard deviation 1."""


def glance_at(path: str, limits: Limits = Limits()) -> list[Glance]:
    """Look at a picture file, whole and without frames and bars.

    Nothing is returned of a file that can't be read, or in which there is nothing to see.
    """
    with suppress(PictureError), LocalFile(path).open(limits) as picture:
        return _glance(picture)
    return []


def difference_of_frames(one: str, other: str, limits: Limits = Limits()) -> float:
    """Return the largest `difference` of two frames in the same place of two files.

    It is infinite where one can't be read, or has more frames.
    """
    largest = 0.0
    with suppress(PictureError):
        glances = map(_glance, all_frames(one, limits)), map(_glance, all_frames(other, limits))
        for a, b in zip_longest(*glances, fillvalue=None):
            if a is None or b is None or largest == np.inf:
                return np.inf
            # Frames without anything to see are alike.
            largest = max(largest, difference(a, b)) if a or b else largest
        return largest
    return np.inf


def _glance(picture: Picture) -> list[Glance]:
    small = shown(picture, SIZE).convert("L")
    outer, inner = framed(np.asarray(small))
    parts = [small, Image.fromarray((inner or outer).pixels)]
    seen = (
        np.asarray(part.resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float64) for part in parts
    )
    return [(grey - grey.mean()) / grey.std() for grey in seen if grey.std()]


def difference(one: list[Glance], other: list[Glance], *, shifted: bool = True) -> float:
    """Return by how much two pictures differ where they differ most, in standard deviations.

    That is the smallest of all ways to look at both; infinite where there is none. Another contrast
    is no difference: one is fitted to the other by least squares.

    Args:
        shifted: one may lie beside the other by a pixel of a glance, a hundredth of its width.
    """
    shifts = _SHIFTS if shifted else (0,)
    return min((_difference(*pair, shifts) for pair in product(one, other)), default=np.inf)


def _difference(one: Glance, other: Glance, shifts: Sequence[int]) -> float:
    inner = one[1:-1, 1:-1]
    return min(
        _worst(inner, other[1 + down : _SIDE - 1 + down, 1 + across : _SIDE - 1 + across])
        for down, across in product(shifts, shifts)
    )


def _worst(one: Glance, other: Glance) -> float:
    slope = float((one * other).mean() / (one * one).mean())
    apart = np.abs(other - slope * one)
    count = apart.shape[0] // _BLOCK
    whole = apart[: count * _BLOCK, : count * _BLOCK]
    blocks = whole.reshape(count, _BLOCK, count, _BLOCK).mean(axis=(1, 3))
    return float(blocks.max())
