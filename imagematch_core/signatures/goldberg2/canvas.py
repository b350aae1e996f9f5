"""From an open picture to its canvas: a small grey picture that everything is computed from."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from ...images import Picture
from ...model import Orientation
from ..turns import turned

Canvas = NDArray[np.uint8]
"""Shape (H, W), neither over `SIZE`: 0 is black, 255 white."""

SIZE = 256

_EXIF = {
    2: Orientation(mirror=True),
    3: Orientation(rotate=180),
    4: Orientation(mirror=True, rotate=180),
    5: Orientation(mirror=True, rotate=90),
    6: Orientation(rotate=270),
    7: Orientation(mirror=True, rotate=270),
    8: Orientation(rotate=90),
}
"""What brings a picture with each value of the EXIF tag upright."""

_FAINT = 32
"""Grey levels between the darkest and the brightest pixel."""

_DEEP = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
_FULL_SCALES = (1, 255, 65535)


def read(picture: Picture) -> Canvas:
    """Decode `picture`, a JPEG no larger than needed, and make its canvas.

    As it is meant to be seen: turned as its EXIF tag says, with white behind what is transparent,
    or black behind what would not be seen on white.

    Raises:
        PictureError: it can't be decoded.
    """
    if picture.image is None:
        return _reduced(_from_array(np.asarray(picture.array)))
    with picture.decoding():
        picture.image.draft("L", (SIZE, SIZE))
        picture.image.load()
        # After loading, which turns a TIFF file itself.
        exif = picture.image.getexif().get(ExifTags.Base.Orientation, 1)
        canvas = _reduced(picture.image)
    return turned(canvas, _EXIF[exif]) if exif in _EXIF else canvas


def _reduced(image: Image.Image) -> Canvas:
    """Grey, in Pillow's integer arithmetic: ITU-R 601 luma, means of boxes of whole pixels."""
    if image.mode in _DEEP:
        image = Image.fromarray(_levels(np.asarray(image)))
    if image.has_transparency_data:
        return _on_white(_smaller(image.convert("RGBA")))
    if image.mode not in {"L", "RGB", "RGBX", "1", "P"}:
        image = image.convert("RGB")
    return np.asarray(_smaller(image.convert("L")))


def _smaller(image: Image.Image) -> Image.Image:
    across, down = -(-image.width // SIZE), -(-image.height // SIZE)
    return image if across == down == 1 else image.reduce((across, down))


def _on_white(image: Image.Image) -> Canvas:
    """With white behind it; with black where it would hardly be seen on white."""
    alpha = np.asarray(image.getchannel("A"), np.uint16)
    grey = np.asarray(image.convert("RGB").convert("L"), np.uint16)
    on_white, on_black = (
        ((grey * alpha + behind * (255 - alpha) + 127) // 255).astype(np.uint8)
        for behind in (255, 0)
    )
    return on_black if np.ptp(on_white) < _FAINT else on_white


def _from_array(array: NDArray[Any]) -> Image.Image:
    levels: NDArray[Any]
    if array.dtype == np.bool_:
        levels = array.astype(np.uint8) * 255
    elif array.dtype == np.uint16:
        levels = _scaled(array, 65535)
    elif array.dtype.kind == "f":
        levels = _scaled(array, 1)
    else:
        levels = array
    is_grey = levels.ndim == 3 and levels.shape[2] == 1
    return Image.fromarray(np.ascontiguousarray(levels[..., 0] if is_grey else levels))


def _levels(values: NDArray[Any]) -> Canvas:
    """Deep greys as bytes: of the full scales that are common the smallest that holds them."""
    finite = np.nan_to_num(values.astype(np.float64), posinf=0, neginf=0)
    low, high = float(finite.min()), float(finite.max())
    if low >= 0:
        scales = _FULL_SCALES if values.dtype.kind == "f" else _FULL_SCALES[1:]
        if values.dtype.itemsize == 2:
            scales = _FULL_SCALES[2:]
        for scale in scales:
            if high <= scale:
                return _scaled(finite, scale)
    return _scaled(finite - low, high - low or 1)


def _scaled(values: NDArray[Any], white: float) -> Canvas:
    return np.floor(values.astype(np.float64) * (255 / white) + 0.5).astype(np.uint8)
