"""A picture that is open, within the limits and not decoded yet."""

import hashlib
import io
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Self, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageMode

from ..errors import EmptyPicture, UnsupportedPicture
from ..model import PictureInfo
from . import decoders
from .limits import Limits


class Picture:
    """A picture that is open and within the limits. Close it, or use it as a context manager.

    A Pillow image that was given stays the caller's: it is loaded, not changed in any other way,
    and not closed.

    Attributes:
        source: how errors name it: the path, the URL, or a description.
        image: the Pillow image, its pixels not decoded yet; None for an array.
        array: the array, (H, W) or (H, W, 1|3|4), bool, uint8, uint16 or floats in [0, 1];
            None for anything else.
        info: its format and size, and how many frames it has.
        frame: which of them `image` shows.
    """

    def __init__(
        self,
        source: str,
        info: PictureInfo,
        pixels: Image.Image | NDArray[Any],
        file: BinaryIO | None = None,
        limits: Limits = Limits(),
    ) -> None:
        self.source = source
        self.info = info
        self.image = pixels if isinstance(pixels, Image.Image) else None
        self.array = None if isinstance(pixels, Image.Image) else pixels
        self.frame = 0
        self._file = file
        self._limits = limits

    def decoding(self) -> AbstractContextManager[None]:
        """Turn what decoders raise inside the block into a `PictureError` that names the picture.

        Pillow's warnings are silenced inside. Keep other work out of the block: its errors would
        be taken for a damaged picture.
        """
        return decoders.decoding(self.source)

    def load(self, mode: str | None = None, size: int = 0) -> Image.Image:
        """Decode its image, inside `decoding`.

        A JPEG that lacks its end marker, and nothing else, is decoded too.

        Args:
            mode: the mode in which it is wanted, if the decoder can make it at no cost.
            size: the sides may be larger than this, not smaller; 0 decodes all pixels.
        """
        if self.image is None:
            raise TypeError("an array has no image")
        if self._file is None:
            self.image.load()
            return self.image
        try:
            return _drafted(self.image, mode, size)
        except OSError:
            if self.image.format != "JPEG":
                raise
            ended = decoders.with_end(self._file, self.source, self._limits)
            if ended is None:
                raise
            self.image = decoders.open_image(ended, self.source, self._limits)
            return _drafted(self.image, mode, size)

    def seek(self, frame: int) -> bool:
        """Go to another frame; False if there is none. The frame is within the limits.

        Raises:
            PictureError: the frame is damaged, or too large.
        """
        if self.image is None or frame >= self.info.frames:
            return False
        with decoders.decoding(self.source):
            try:
                self.image.seek(frame)
            except EOFError:  # the file has fewer than it says
                return False
        decoders.check_size(self.image, self.source, self._limits)
        self.frame = frame
        return True

    def digest(self) -> str:
        """Return the hex SHA-256 of its content; of a file, of the bytes of the file.

        Call it before `close`.
        """
        if self.array is not None:
            return digest_of_array(self.array, self.source)
        if self._file is None:
            return digest_of_image(cast("Image.Image", self.image), self.source)
        with decoders.decoding(self.source):
            position = self._file.tell()  # a decoder may be half-way through
            self._file.seek(0)
            found = hashlib.file_digest(cast("io.BytesIO", self._file), "sha256")
            self._file.seek(position)
        return found.hexdigest()

    def anew(self) -> "Picture":
        """Return the same frame of the same picture, not decoded yet, to use in place of this one.

        Whatever was decoded of this one may be used no longer; closing either closes both.

        Raises:
            PictureError: its file has changed since.
        """
        if self._file is None or self.image is None:
            return self
        self._file.seek(0)
        image = decoders.open_image(self._file, self.source, self._limits)
        again = Picture(self.source, self.info, image, self._file, self._limits)
        again.seek(self.frame)
        return again

    def close(self) -> None:
        """Close the file, unless an open image was given. Safe to call again."""
        if self._file is not None:
            if self.image is not None:
                self.image.close()
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def picture_of_file(file: BinaryIO, name: str, limits: Limits) -> Picture:
    """Open the picture in a seekable file, closed with it, or where it can't be opened.

    Raises:
        PictureError: of the kind that fits.
    """
    try:
        with decoders.decoding(name):
            size = file.seek(0, io.SEEK_END)
        if size == 0:
            raise EmptyPicture(name, "there are no bytes in it")
        image = decoders.open_image(file, name, limits)
        frames = decoders.frames(image, file)
    except BaseException:
        file.close()
        raise
    info = PictureInfo(image.format or "unknown", image.width, image.height, size, frames)
    return Picture(name, info, image, file, limits)


def picture_of_image(image: Image.Image, name: str, limits: Limits) -> Picture:
    """Take a Pillow image as a picture, or raise a `PictureError`."""
    if not image.width or not image.height:
        raise UnsupportedPicture(name, "it has no pixels")
    decoders.check_pixels(image.width, image.height, name, limits)
    sample = np.dtype(ImageMode.getmode(image.mode).typestr).itemsize
    size = image.width * image.height * len(image.getbands()) * sample
    return Picture(name, PictureInfo("Pillow image", image.width, image.height, size), image)


def picture_of_array(array: NDArray[Any], name: str, limits: Limits) -> Picture:
    """Take an array as a picture, or raise a `PictureError`."""
    array = _checked(array, name)
    height, width = array.shape[:2]
    decoders.check_pixels(width, height, name, limits)
    return Picture(name, PictureInfo("array", width, height, array.nbytes), array)


def digest_of_image(image: Image.Image, name: str) -> str:
    """Return the hex SHA-256 of a Pillow image.

    Of the parts `image`, mode, width, height, mode of the palette, palette (both empty without
    one) and `tobytes()`. Texts are ASCII, numbers decimal, and before each part stands its length
    in 8 bytes, the highest first.

    Raises:
        PictureError: the image can't be decoded.
    """
    with decoders.decoding(name):
        pixels = image.tobytes()  # loads the palette too
        palette = bytes(image.getpalette(None) or ())
        palette_mode = image.palette.mode if image.palette else ""
    return _digest_of_parts(
        "image", image.mode, image.width, image.height, palette_mode, palette, pixels
    )


def digest_of_array(array: NDArray[Any], name: str) -> str:
    """Return the hex SHA-256 of an array.

    In little-endian order: of the parts `array`, `dtype.str`, the numbers of its shape and its
    bytes in C order, put together as for an image.

    Raises:
        PictureError: the array is not a picture.
    """
    array = _checked(array, name)
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return _digest_of_parts("array", array.dtype.str, *array.shape, array.tobytes())


def _drafted(image: Image.Image, mode: str | None, size: int) -> Image.Image:
    if mode is not None and size:
        image.draft(mode, (size, size))
    image.load()
    return image


def _digest_of_parts(*parts: str | int | bytes) -> str:
    found = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode("ascii")
        found.update(len(data).to_bytes(8, "big"))
        found.update(data)
    return found.hexdigest()


def _checked(array: NDArray[Any], name: str) -> NDArray[Any]:
    array = np.asarray(array)  # no subclass, such as one that masks
    if array.ndim not in {2, 3} or (array.ndim == 3 and array.shape[2] not in {1, 3, 4}):
        raise UnsupportedPicture(name, "a picture is (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)")
    if array.size == 0:
        raise UnsupportedPicture(name, "it has no pixels")
    if array.dtype.kind == "f":
        # NaN is refused too: no comparison with it holds.
        if not (array.min() >= 0 and array.max() <= 1):
            raise UnsupportedPicture(name, "floats must lie in [0, 1]; divide by the largest value")
    elif (array.dtype.kind, array.dtype.itemsize) not in {("b", 1), ("u", 1), ("u", 2)}:
        raise UnsupportedPicture(
            name, "numbers must be bool, uint8, uint16 or floats in [0, 1]; convert them"
        )
    return array
