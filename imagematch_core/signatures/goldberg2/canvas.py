"""From an open picture to its canvas: a small grey picture that everything is computed from."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...model import Orientation, PictureInfo
from ...sources import Picture
from ...sources.decoders import orientation
from ..turns import turned
from . import deep

Canvas = NDArray[np.uint8]
"""Shape (H, W), neither over `SIZE`: 0 is black, 255 white."""

SIZE = 256
_SHORTEST = 64
"""A side is not reduced to fewer pixels than this."""

_EXIF = {
    2: Orientation(mirror=True),
    3: Orientation(rotate=180),
    4: Orientation(mirror=True, rotate=180),
    5: Orientation(mirror=True, rotate=90),
    6: Orientation(rotate=270),
    7: Orientation(mirror=True, rotate=270),
    8: Orientation(rotate=90),
}
"""The turn that brings a picture upright, for each value of the EXIF tag."""

_MOST_FRAMES = 100
_MOST_PIXELS = 250_000_000
"""Frames, and pixels in all of them, that are looked at for one that has features."""

_GREY = 128
"""The third ground on which a transparent picture is seen."""

_FAINT = 32
"""Grey levels between the darkest and the brightest pixel."""

_TO_GREY = frozenset({"1", "L", "RGB", "RGBA", "RGBX"})
"""Modes that Pillow makes grey in one step."""


def read(
    picture: Picture, has_features: Callable[[Canvas], bool] = lambda _: True
) -> tuple[Canvas, ...]:
    """Decode `picture`, a JPEG no larger than needed, and make its canvas.

    As it is meant to be seen: turned as its EXIF tag says, with white behind what is transparent,
    or black behind what would not be seen on white. Of an animation or a document it is the first
    frame that has features, the first of all where none has; `picture.frame` says which.

    Returns:
        The canvas; and of a picture that can be seen through further ones, on black and on grey.

    Raises:
        PictureError: it can't be decoded.
    """
    first = canvases = _seen(picture, "L", SIZE, _reduced)
    most = min(_MOST_FRAMES, _MOST_PIXELS // (picture.info.width * picture.info.height))
    while not any(has_features(canvas) for canvas in canvases):
        if picture.frame + 1 >= most or not picture.seek(picture.frame + 1):
            return first
        canvases = _seen(picture, "L", SIZE, _reduced)
    return canvases


def is_uneven(info: PictureInfo, canvas: Canvas) -> bool:
    """Return whether a picture was reduced less in one direction than in the other."""
    short, long = sorted(canvas.shape)
    narrow, wide = sorted((info.width, info.height))
    # By a tenth at least: rounding to whole pixels takes less.
    return bool(10 * wide * short > 11 * narrow * long)


def shown(picture: Picture, size: int) -> Image.Image:
    """Return the same in colour: RGB, neither side over `size`.

    Raises:
        PictureError: it can't be decoded.
    """
    (seen,) = _seen(picture, "RGB", size, lambda image: (_coloured(image, size),))
    return Image.fromarray(seen)


def _seen(
    picture: Picture, mode: str, size: int, made: Callable[[Image.Image], tuple[Canvas, ...]]
) -> tuple[NDArray[np.uint8], ...]:
    """Return what `made` makes of a picture, turned as its EXIF tag says."""
    if picture.image is None:
        return made(_from_array(np.asarray(picture.array)))
    with picture.decoding():
        image = picture.load(mode, size)
        exif = orientation(image)  # after loading, which turns a TIFF file itself
        if image.mode in deep.MODES:
            image = Image.fromarray(deep.levels_of_image(image))
        pixels = made(image)
    return tuple(turned(one, _EXIF[exif]) for one in pixels) if exif in _EXIF else pixels


def _reduced(image: Image.Image) -> tuple[Canvas, ...]:
    """Grey, in integer arithmetic: ITU-R 601 luma, means of boxes of whole pixels."""
    if image.mode == "P":
        return _from_palette(image)
    if image.has_transparency_data:
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        if _sees_through(image):
            return _on_grounds(_smaller(image.convert("RGBa")))
    if image.mode not in _TO_GREY:
        image = image.convert("RGB")
    return (np.asarray(_smaller(image if image.mode == "L" else image.convert("L"))),)


def _coloured(image: Image.Image, size: int) -> NDArray[np.uint8]:
    """In colour, on the first of its grounds."""
    if not image.has_transparency_data:
        image = image.convert("RGB")
        image.thumbnail((size, size))
        return np.asarray(image)
    image = image.convert("RGBA").convert("RGBa")
    image.thumbnail((size, size))
    on_black, alpha = np.asarray(image)[..., :3], np.asarray(image)[..., 3:]
    if _is_faint(_on(0, image), _on(255, image)):
        return on_black
    # Bounded, since enlarged steps between colours may overshoot what the alpha allows.
    return np.asarray(on_black + np.minimum(255 - alpha, 255 - on_black))


def _from_palette(image: Image.Image) -> tuple[Canvas, ...]:
    """Return the same of a picture with a palette: its colours are made grey, not its pixels."""
    used = np.flatnonzero(image.histogram())
    colours = image.crop((0, 0, len(used), 1))
    colours.frombytes(bytes(used.tolist()))
    seen = colours.convert("RGBA")
    grounds = _on_grounds(seen.convert("RGBa"))
    levels = np.zeros(256, np.uint8)
    found = []
    for ground in grounds if _sees_through(seen) else grounds[:1]:
        levels[used] = ground[0]
        found.append(np.asarray(_smaller(Image.fromarray(levels[np.asarray(image)]))))
    return tuple(found)


def _sees_through(image: Image.Image) -> bool:
    return image.getchannel("A").getextrema() != (255, 255)


def _smaller(image: Image.Image) -> Image.Image:
    """Reduced by a whole factor, in each direction by less where that side is short."""
    factor = -(-max(image.size) // SIZE)
    across, down = (min(factor, max(1, side // _SHORTEST)) for side in image.size)
    return image if across == down == 1 else image.reduce((across, down))


def _on_grounds(premultiplied: Image.Image) -> tuple[Canvas, ...]:
    """With white behind it, black and grey; black first where it is hardly seen on white."""
    on_white, on_black, on_grey = (_on(ground, premultiplied) for ground in (255, 0, _GREY))
    if _is_faint(on_black, on_white):
        return on_black, on_grey
    return on_white, on_black, on_grey


def _is_faint(on_black: Canvas, on_white: Canvas) -> bool:
    return bool(np.ptp(on_white) < min(_FAINT, int(np.ptp(on_black))))


def _on(ground: int, premultiplied: Image.Image) -> Canvas:
    """With a grey level behind it."""
    *colours, alpha = premultiplied.split()
    on_black = np.asarray(Image.merge("RGB", colours).convert("L"))
    behind = (255 - np.asarray(alpha, np.uint16)) * ground
    return np.minimum(on_black + (behind + 127) // 255, 255).astype(np.uint8)


def _from_array(array: NDArray[Any]) -> Image.Image:
    levels = deep.levels_of_array(array)
    is_grey = levels.ndim == 3 and levels.shape[2] == 1
    return Image.fromarray(np.ascontiguousarray(levels[..., 0] if is_grey else levels))
