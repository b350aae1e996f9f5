"""From an open picture to the pixels that are signed, as image-match decodes them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UnsupportedPicture
from ...sources import Picture
from .grey import grey
from .pixels import Pixels

_MODES = frozenset(
    {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"}
)
"""The modes of Pillow that have 8 bits a channel or fewer."""


def decode(picture: Picture) -> Pixels | NDArray[np.float64]:
    """Return the colours of a picture, or the grey levels of an array that is not 8-bit colours.

    Pixels are read from `picture` later on: it must stay open.

    Raises:
        UnsupportedPicture: it has more than 8 bits a channel.
        PictureError: it can't be decoded.
    """
    if picture.image is None:
        return from_array(np.asarray(picture.array))
    if picture.image.mode not in _MODES:
        raise UnsupportedPicture(
            picture.source,
            f"goldberg-1 signs 8 bits a channel, not Pillow's mode {picture.image.mode}: "
            "convert the picture to RGB",
        )
    with picture.decoding():
        image = picture.load()
    return Pixels(image)


def from_array(array: NDArray[Any]) -> Pixels | NDArray[np.float64]:
    """Return the colours of a uint8 array of shape (H, W, 3 or 4), the grey levels of any other."""
    if array.dtype == np.uint8 and array.ndim == 3 and array.shape[2] > 1:
        return Pixels(array)
    return grey(array)
