"""Whether two pictures show the same everywhere, so that one may go for the other unseen.

Signatures tell that most of two pictures is alike. What stands in a corner, such as a sticker, a
caption or another name in a form, is a small part of them, and may be all that matters.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product, zip_longest

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import PictureError
from ..signatures.goldberg2 import aslant
from ..signatures.goldberg2.canvas import SIZE, shown
from ..signatures.goldberg2.content import Part, framed
from ..sources import Picture
from ..sources.limits import Limits
from ..sources.source import LocalFile
from .frames import all_frames

LARGEST_DIFFERENCE = 0.25
"""Standard deviations by which a block of two pictures that agree differs at most.

On photographs of the half that chooses, copies in another format, size, contrast or quality
differed by .19 at most; with a sticker by .51 at least, with a watermark by .99. Other forms of one
template and other invoices of one sender differed by .43 at least; small ones, in the messy folder
of the benchmarks, by .28.
"""
_LEVELS = 80
"""Of Cb and Cr together, that count as one standard deviation, so that colours of a block differ
by 20 at most.

On the half that chooses, copies in another format, size or quality differed by 15 at most, with
colours one and a half times as strong by 20. A spot of another colour and the same brightness, a
third as wide as the picture, differed by 30 at least where it was red or green.
"""
_SIDE = 96
_BLOCK = 8
_SHIFTS = (-1, 0, 1)
_FARTHEST = np.array([0.015, 1.5, 0.015, 1.5])
"""By how much a glance is stretched, as a share, and shifted, in pixels, across and down.

The window of a picture in a frame is found to a pixel of about 200, so that it may be wrong by as
much. On the half that chooses, of copies with frames and bars half as many again agree.
"""
_STEPS = 3
_PLACES = np.arange(_SIDE) - (_SIDE - 1) / 2
_MARGIN = 3
"""Pixels at the sides that may come from beyond, after that."""


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """A picture, seen small.

    Attributes:
        grey: shape (96, 96), with mean 0 and standard deviation 1.
        colours: Cb and Cr, shape (2, 96, 96), each with mean 0, in levels.
        is_part: whether it is of what is left without frames and bars.
        is_inside: whether it is of the picture inside of a page, such as a post with comments.
    """

    grey: NDArray[np.float64]
    colours: NDArray[np.float64]
    is_part: bool
    is_inside: bool

    @property
    def planes(self) -> NDArray[np.float64]:
        """Grey and colours, shape (3, 96, 96)."""
        return np.concatenate([self.grey[np.newaxis], self.colours])


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
    small = shown(picture, SIZE)
    grey = np.asarray(small.convert("L"))
    colours = np.asarray(small.convert("YCbCr"))[..., 1:]
    outer, inner = framed(grey)
    part = inner or outer
    looks = [(grey, colours, False, False)]
    if not np.array_equal(part.pixels, grey):
        looks.append((part.pixels, _colours_of(part, outer, grey, colours), True, part is inner))
    seen = ((_reduced(one)[0], _reduced(other), kind) for one, other, *kind in looks)
    return [
        Glance((one - one.mean()) / one.std(), planes - planes.mean((1, 2), keepdims=True), *kind)
        for one, planes, kind in seen
        if one.std()
    ]


def _colours_of(
    part: Part, outer: Part, grey: NDArray[np.uint8], colours: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Return the colours, shape (H, W, 2), of a part of a picture; turned back if it is."""
    turned = None
    if not np.array_equal(part.box.of(grey), part.pixels):
        turned = aslant.outline(outer.pixels)
    if turned is None:
        return part.box.of(colours)
    planes = np.moveaxis(outer.box.of(colours), 2, 0)
    return np.stack([aslant.turned_back(plane, turned) for plane in planes], axis=2)


def _reduced(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return each plane of pixels, shape (H, W) or (H, W, n), as means: shape (n, 96, 96)."""
    height, width = pixels.shape[:2]
    planes = np.moveaxis(pixels.reshape(height, width, -1), 2, 0)
    size = (_SIDE, _SIDE)
    images = (Image.fromarray(np.ascontiguousarray(plane)) for plane in planes)
    return np.array([image.resize(size, Image.Resampling.BOX) for image in images], np.float64)


def difference(one: list[Glance], other: list[Glance], *, shifted: bool = True) -> float:
    """Return by how much two pictures differ where they differ most, in standard deviations.

    That is the smallest of all ways to look at both; infinite where there is none. Another contrast
    is no difference, nor are stronger colours or none: one is fitted to the other by least squares.
    Two pages are compared whole, since what is around their pictures may matter.

    Args:
        shifted: one may lie beside the other by a pixel of a glance, a hundredth of its width;
            without its frame it is laid over the other as closely as it goes.
    """
    shifts = _SHIFTS if shifted else (0,)
    return min(
        (
            apart
            for a, b in product(one, other)
            if not (a.is_inside and b.is_inside)
            for apart in _differences(a, b, shifts, aligned=shifted and (a.is_part or b.is_part))
        ),
        default=np.inf,
    )


def _differences(
    one: Glance, other: Glance, shifts: Sequence[int], *, aligned: bool
) -> Iterator[float]:
    for shift in product(shifts, shifts):
        yield _difference(_within(one.planes), _within(other.planes, *shift))
    if aligned:
        yield _difference(_inside(one.planes), _inside(_aligned(one, other)))


def _difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    (grey, *colours), (other_grey, *other_colours) = one, other
    return max(
        _worst(np.abs(_unlike(grey, other_grey))),
        _worst(np.hypot(*_unlike(np.array(colours), np.array(other_colours)))) / _LEVELS,
    )


def _aligned(one: Glance, other: Glance) -> NDArray[np.float64]:
    """Return the planes of the other glance, stretched and shifted a little to lie over the first.

    By how much follows from least squares (Lucas and Kanade 1981).
    """
    by = np.zeros(4)
    moved = other.planes
    for _ in range(_STEPS):
        down, across = np.gradient(moved[0])
        ways = (across * _PLACES, across, down * _PLACES[:, np.newaxis], down)
        terms = _inside(np.array([one.grey, *ways])).reshape(5, -1)
        found, *_ = np.linalg.lstsq(terms.T, _inside(moved[0]).ravel(), rcond=None)
        by = np.clip(by - found[1:], -_FARTHEST, _FARTHEST)
        moved = _moved(other.planes, by)
    return moved


def _moved(planes: NDArray[np.float64], by: NDArray[np.float64]) -> NDArray[np.float64]:
    wider, across, higher, down = map(float, by)
    middle = _SIDE / 2
    places = (1 + wider, 0, across - wider * middle, 0, 1 + higher, down - higher * middle)
    images = (Image.fromarray(plane.astype(np.float32)) for plane in planes)
    moved = (
        image.transform(
            image.size, Image.Transform.AFFINE, places, resample=Image.Resampling.BICUBIC
        )
        for image in images
    )
    return np.array([np.asarray(image) for image in moved], np.float64)


def _inside(planes: NDArray[np.float64]) -> NDArray[np.float64]:
    return planes[..., _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]


def _within(planes: NDArray[np.float64], down: int = 0, across: int = 0) -> NDArray[np.float64]:
    """Return planes without the pixels at their sides, or what lies beside that."""
    return planes[..., 1 + down : _SIDE - 1 + down, 1 + across : _SIDE - 1 + across]


def _unlike(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what is left of the other planes, less one times what fits best and is no negative."""
    strength = float((one * one).sum())
    slope = max(float((one * other).sum()), 0.0) / strength if strength else 0.0
    left: NDArray[np.float64] = other - slope * one
    return left


def _worst(apart: NDArray[np.float64]) -> float:
    """Return the mean of the block that differs most; those at the far sides overlap others."""
    count = apart.shape[0] // _BLOCK
    ends = slice(count * _BLOCK), slice(-count * _BLOCK, None)
    parts = (apart[down, across] for down, across in product(ends, ends))
    blocks = (part.reshape(count, _BLOCK, count, _BLOCK).mean(axis=(1, 3)) for part in parts)
    return max(float(block.max()) for block in blocks)
