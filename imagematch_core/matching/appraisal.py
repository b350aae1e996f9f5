"""How good a file of a picture is, beside other files of the same picture."""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import PictureError
from ..signatures.goldberg2.canvas import SIZE
from ..signatures.goldberg2.content import framed
from ..sources.limits import Limits
from ..sources.source import LocalFile

_MAKE, _MODEL = 0x010F, 0x0110
_LOSSLESS = 100
_LEAST_BORDER = 0.015
"""Share of a side that a border takes."""
_GREY = 12
"""Largest difference between red, green and blue of a pixel of a grey picture."""
_TILE = 512
"""Pixels of the side of the part whose detail is measured."""
_LEAST_ENLARGED = 0.8
"""Below this share of its size a picture may be an enlargement; above, that can't be told."""

_LEAST_DETAIL = 0.06
"""Of the energy just below what the smaller size can show, that is just beyond it."""

_DCT = np.sqrt(0.25) * np.cos(np.outer(np.arange(8), 2 * np.arange(8) + 1) * np.pi / 16)
_DCT[0] /= np.sqrt(2)
_VARIES = np.arange(64).reshape(8, 8) > 0
_STRIP = 512
"""Lines, of whole blocks, that are looked at together: all at once take many times the picture."""
_LEAST_STEP = 6
"""Steps of a JPEG's table that are smaller are those of what it was saved with again."""
_LEAST_COEFFICIENTS = 200
_ON_STEPS = 0.12
"""Mean distance of coefficients to whole steps, in steps, below which they come from these."""
_MOST_CHANGED = 6
"""Grey levels by which blocks of a picture that was only saved again differ on average."""

_LUMINANCE = np.array(
    """
    16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62
    18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101
    72 92 95 98 112 100 103 99
    """.split(),  # noqa: SIM905
    float,
)
"""The table of JPEG's annex K, by which libjpeg's qualities are counted."""


@dataclass(frozen=True, slots=True)
class Appraisal:
    """The condition of a file.

    Attributes:
        added: a frame, bars, a caption or a screen is around its content.
        camera: a camera's EXIF data are in it.
        colour: it is not grey.
        quality: of a JPEG, 1 to 100 as libjpeg counts it; 100 of what is saved without loss.
        pixels: of its content.
    """

    added: bool
    camera: bool
    colour: bool
    quality: int
    pixels: int


def appraise(path: str, limits: Limits = Limits()) -> Appraisal | None:
    """Look at a file, a JPEG of which is decoded small; None where it can't be read."""
    with suppress(PictureError), LocalFile(path).open(limits) as picture, picture.decoding():
        image = picture.image
        if image is None:
            return None
        camera, quality = _is_of_camera(image), _quality(image)
        small = picture.load("RGB", SIZE).convert("RGB")
        small.thumbnail((SIZE, SIZE))
        share = _content(np.asarray(small.convert("L")))
        pixels = round(picture.info.width * picture.info.height * share)
        return Appraisal(share < 1, camera, _has_colour(small), quality, pixels)
    return None


def is_enlargement(path: str, share: float, limits: Limits = Limits()) -> bool:
    """Return whether a picture was enlarged from this share of its size.

    An enlargement has hardly any detail that the smaller one can't have: of its spatial
    frequencies, those beyond what the smaller one can show are far weaker than those just below.
    """
    if share >= _LEAST_ENLARGED:
        return False
    with suppress(PictureError), LocalFile(path).open(limits) as picture, picture.decoding():
        return _is_enlarged(np.asarray(picture.load("L").convert("L")), share)
    return False


def is_saved_again(path: str, first: str, limits: Limits = Limits()) -> bool:
    """Return whether a file is nothing but a JPEG, `first`, saved again, with more bytes maybe.

    The coefficients of its blocks lie on the steps to which those of the JPEG were rounded. On the
    half that chooses, those of JPEGs of the qualities 50 to 88 that were saved again as PNG or with
    a quality of 90 and more were .05 to .2 of a step away, half of them less than .08; those of
    the pictures that the JPEGs were made of, and of these saved well, .165 at least.
    """
    with (
        suppress(PictureError),
        LocalFile(path).open(limits) as picture,
        LocalFile(first).open(limits) as original,
        picture.decoding(),
        original.decoding(),
    ):
        tables = getattr(original.image, "quantization", None)
        size = (original.info.width, original.info.height)
        if not tables or (picture.info.width, picture.info.height) != size:
            return False
        seen, before = (np.asarray(one.load("L").convert("L")) for one in (picture, original))
        return _is_saved_again(seen, before, np.array(tables[min(tables)], float).reshape(8, 8))
    return False


def _content(canvas: NDArray[np.uint8]) -> float:
    """Return the share of a picture that its content takes; 1 where nothing was added around that.

    Flat ground on one side only, such as a sky, is content.
    """
    (outer, _, _), picture = framed(canvas)
    height, width = canvas.shape
    around = (
        min(outer.left, width - outer.right) > _LEAST_BORDER * width
        or min(outer.top, height - outer.bottom) > _LEAST_BORDER * height
    )
    if picture is None:
        return outer.area / canvas.size if around else 1
    return picture.box.area / canvas.size


def _is_of_camera(image: Image.Image) -> bool:
    exif: dict[int, object] = {}
    with suppress(Exception):  # a broken one tells nothing
        exif = dict(image.getexif())
    return bool(exif.get(_MAKE) or exif.get(_MODEL))


def _quality(image: Image.Image) -> int:
    tables = getattr(image, "quantization", None)
    if not tables:
        return _LOSSLESS if image.format not in {"WEBP", "AVIF"} else _LOSSLESS - 20
    table = np.sort(np.array(tables[min(tables)], float))
    scale = 100 * float(np.mean(table / np.sort(_LUMINANCE)))
    quality = (200 - scale) / 2 if scale <= 100 else 5_000 / scale
    return max(1, min(_LOSSLESS, round(quality)))


def _has_colour(small: Image.Image) -> bool:
    levels = np.asarray(small, np.int16)
    return bool(np.percentile(np.ptp(levels, axis=2), 99) > _GREY)


def _is_enlarged(grey: NDArray[np.uint8], share: float) -> bool:
    """Return whether a grey picture, shape (H, W), was enlarged from this share of its size.

    On the half that chooses all of 32 photographs had at least .107 as they were. Enlarged by
    Lanczos' method half of them had at most .023, by the bicubic one .05. The limit is low, since
    a soft original must not go for a smaller copy.
    """
    side = min(_TILE, *grey.shape)
    tiles = [
        grey[top : top + side, left : left + side]
        for top in {0, (grey.shape[0] - side) // 2, grey.shape[0] - side}
        for left in {0, (grey.shape[1] - side) // 2, grey.shape[1] - side}
    ]
    tile = max(tiles, key=lambda one: float(one.std())).astype(np.float64)
    window = np.hanning(side)
    energy = np.abs(np.fft.fft2((tile - tile.mean()) * window * window[:, None])) ** 2
    frequencies = 2 * np.abs(np.fft.fftfreq(side))
    reach = np.maximum(frequencies, frequencies[:, None])
    beyond = (reach > 1.1 * share) & (reach < 1.6 * share)
    below = (reach > 0.6 * share) & (reach < 0.9 * share)
    if not beyond.any() or not below.any():
        return False
    return bool(energy[beyond].mean() < _LEAST_DETAIL * energy[below].mean())


def _is_saved_again(
    seen: NDArray[np.uint8], before: NDArray[np.uint8], table: NDArray[np.float64]
) -> bool:
    """Return the same of two grey pictures of one shape (H, W), and the table of the second."""
    count, away = 0, 0.0
    for top in range(0, len(seen), _STRIP):
        blocks, others = (_blocks(one[top : top + _STRIP]) for one in (seen, before))
        if np.abs(blocks - others).mean(axis=(1, 2)).max(initial=0) > _MOST_CHANGED:
            return False
        steps = (_DCT @ blocks @ _DCT.T) / table
        telling = (np.abs(steps) > 0.5) & (table >= _LEAST_STEP) & _VARIES
        told = steps[telling]
        count += told.size
        away += float(np.abs(told - np.rint(told)).sum())
    return count >= _LEAST_COEFFICIENTS and away < _ON_STEPS * count


def _blocks(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the blocks of a JPEG, shape (n, 8, 8), without those that the sides cut."""
    down, across = grey.shape[0] // 8, grey.shape[1] // 8
    whole = grey[: 8 * down, : 8 * across].reshape(down, 8, across, 8)
    return whole.swapaxes(1, 2).reshape(-1, 8, 8).astype(np.float32)
