"""Any input → a safely opened picture, not decoded yet."""

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Self, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageMode

from ..errors import (
    EmptyPicture,
    NotAPicture,
    PictureError,
    PictureNotFound,
    PictureTooLarge,
    UnreadablePicture,
    UnsupportedPicture,
)
from ..model import PictureInfo
from . import decoders
from .limits import Limits
from .naming import describe, is_url, is_web_url, reason
from .remote_file import RemoteFile

__all__ = ["Picture", "Source", "digest", "open_picture", "read"]

Source = (
    str
    | os.PathLike[str]
    | RemoteFile
    | bytes
    | bytearray
    | memoryview
    | BinaryIO
    | Image.Image
    | NDArray[Any]
)

_READ_SIZE = 1 << 20
_LARGE_FILE = 8 << 20
_HEAD_SIZE = 64 << 10


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

    source: str
    image: Image.Image | None
    array: NDArray[Any] | None
    info: PictureInfo
    frame: int

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
        self._pixels = pixels
        self._file = file
        self._limits = limits

    @contextmanager
    def decoding(self) -> Iterator[None]:
        """Turn what decoders raise inside the block into a `PictureError` that names the picture.

        Pillow's warnings are silenced inside. Keep other work out of the block: its errors would
        be taken for a damaged picture.
        """
        with decoders.decoding(self.source):
            yield

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
            ended = decoders.with_end(self._file) if self.image.format == "JPEG" else None
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
        decoders.check_pixels(self.image.width, self.image.height, self.source, self._limits)
        self.frame = frame
        return True

    def digest(self) -> str:
        """Hex SHA-256 of its content, as `digest` in this module defines it; before `close`."""
        if self._file is None:
            return digest(self._pixels)
        with decoders.decoding(self.source):
            position = self._file.tell()  # a decoder may be half-way through
            self._file.seek(0)
            found = hashlib.file_digest(cast("io.BytesIO", self._file), "sha256")
            self._file.seek(position)
        return found.hexdigest()

    def anew(self) -> "Picture":
        """The same frame of the same picture, not decoded yet, to be used in place of this one.

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


def open_picture(source: Source, limits: Limits = Limits()) -> Picture:
    """Open a path, a URL, bytes, a binary file object, a Pillow image or an array.

    Args:
        source: a string that begins as `https://` does is a URL, of http, https, s3 or gs; any
            other a path. A file object is read from where it stands to its end, and not closed.
            An array is (H, W) or (H, W, 1|3|4), grey, RGB or RGBA: bool, uint8, uint16, or
            floats in [0, 1], in either byte order.
        limits: how much is taken.

    Raises:
        PictureError: of the kind that fits. Damage behind the header shows in `decoding` only.
    """
    name = describe(source)
    if isinstance(source, np.ndarray):
        array = _checked(source, name)
        height, width = array.shape[:2]
        decoders.check_pixels(width, height, name, limits)
        return Picture(name, PictureInfo("array", width, height, array.nbytes), array)
    if isinstance(source, Image.Image):
        if not source.width or not source.height:
            raise UnsupportedPicture(name, "it has no pixels")
        decoders.check_pixels(source.width, source.height, name, limits)
        info = PictureInfo("Pillow image", source.width, source.height, _size_of_pixels(source))
        return Picture(name, info, source)
    file = _open_file(source, name, limits)
    try:
        with decoders.decoding(name):
            size = file.seek(0, io.SEEK_END)
        if size == 0:
            raise EmptyPicture(name, "there are no bytes in it")
        image = decoders.open_image(file, name, limits)
        frames = decoders.frames(image)
    except BaseException:
        file.close()
        raise
    info = PictureInfo(image.format or "unknown", image.width, image.height, size, frames)
    return Picture(name, info, image, file, limits)


def digest(source: bytes | bytearray | memoryview | Image.Image | NDArray[Any]) -> str:
    """Hex SHA-256 of a picture in memory.

    Of bytes, and of all that a path, a URL or a file object gives: SHA-256 of these bytes. Of a
    Pillow image: of the parts `image`, mode, width, height, mode of the palette, palette (both
    empty without one), `tobytes()`. Of an array, in little-endian order: of the parts `array`,
    `dtype.str`, the numbers of its shape, its bytes in C order. Texts are ASCII, numbers decimal,
    and before each part stands its length in 8 bytes, the highest first.

    Raises:
        PictureError: the image can't be decoded, or the array is not a picture.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return hashlib.sha256(bytes(source)).hexdigest()
    name = describe(source)
    if isinstance(source, np.ndarray):
        array = _checked(source, name)
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        return _digest_of_parts("array", array.dtype.str, *array.shape, array.tobytes())
    with decoders.decoding(name):
        pixels = source.tobytes()  # loads the palette too
        palette = bytes(source.getpalette(None) or ())
        palette_mode = source.palette.mode if source.palette else ""
    return _digest_of_parts(
        "image", source.mode, source.width, source.height, palette_mode, palette, pixels
    )


def read(file: BinaryIO, limits: Limits) -> bytes:
    """Read a binary file object from where it stands to its end.

    Raises:
        PictureError: it can't be read, is not binary, or has more than `limits.max_bytes`.
    """
    name = describe(file)
    if isinstance(cast("object", file), io.TextIOBase):
        raise UnreadablePicture(name, "it is open in text mode; open it in binary mode, 'rb'")
    data = bytearray()
    while len(data) <= limits.max_bytes:
        try:
            chunk = file.read(min(_READ_SIZE, limits.max_bytes + 1 - len(data)))
        except Exception as err:
            raise UnreadablePicture(name, f"it can't be read: {reason(err)}") from err
        if not isinstance(chunk, bytes | bytearray | memoryview):
            raise UnreadablePicture(name, "reading it gives no bytes")
        if not chunk:
            return bytes(data)
        data += chunk
    raise PictureTooLarge(
        name, f"it has more than the {limits.max_bytes:,} bytes that Limits.max_bytes allows"
    )


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


def _checked(source: NDArray[Any], name: str) -> NDArray[Any]:
    array = np.asarray(source)  # no subclass, such as one that masks
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


def _size_of_pixels(image: Image.Image) -> int:
    sample = np.dtype(ImageMode.getmode(image.mode).typestr).itemsize
    return image.width * image.height * len(image.getbands()) * sample


def _open_file(source: object, name: str, limits: Limits) -> BinaryIO:
    if isinstance(source, RemoteFile) or (is_url(source) and not is_web_url(source)):
        return io.BytesIO(_from_store(cast("RemoteFile | str", source), name, limits))
    if isinstance(source, str) and is_web_url(source):
        from .download import download  # noqa: PLC0415 - what it imports takes time

        return io.BytesIO(download(source, limits))
    if isinstance(source, str | os.PathLike):
        return _open_path(os.fsdecode(source), name)
    if isinstance(source, bytes | bytearray | memoryview):
        return io.BytesIO(bytes(source))
    if hasattr(source, "read"):
        return io.BytesIO(read(cast("BinaryIO", source), limits))
    raise UnsupportedPicture(
        name, "give a path, a URL, bytes, a binary file object, a Pillow image or an array"
    )


def _from_store(source: RemoteFile | str, name: str, limits: Limits) -> bytes:
    from .buckets import Access  # noqa: PLC0415 - what it imports takes time

    url = source if isinstance(source, str) else source.url
    access = Access(url, limits)
    file = access.file() if isinstance(source, str) else source
    if file.size > _LARGE_FILE:
        # Buckets hold films and archives too. What is no picture isn't fetched whole to know it.
        head = io.BytesIO(access.head(_HEAD_SIZE))
        try:
            decoders.open_image(head, name, limits).close()
        except (NotAPicture, PictureTooLarge):
            raise
        except PictureError:
            pass  # it goes on behind the head
    return access.content(file)


def _open_path(path: str, name: str) -> BinaryIO:
    try:
        _check_regular(os.stat(path), name)
        # Should it have become a pipe since, this doesn't wait for a writer.
        file = open(path, "rb", opener=_open_without_waiting)  # noqa: SIM115
    except (FileNotFoundError, NotADirectoryError) as err:
        raise PictureNotFound(name, "there is no such file") from err
    except OSError as err:
        raise UnreadablePicture(name, f"it can't be opened: {err.strerror or reason(err)}") from err
    except ValueError as err:  # a NUL in the name, or what the file system can't encode
        raise PictureNotFound(name, f"there can't be such a file: {reason(err)}") from err
    try:
        _check_regular(os.fstat(file.fileno()), name)
    except UnreadablePicture:
        file.close()
        raise
    return file


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_regular(found: os.stat_result, name: str) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise UnreadablePicture(name, "it is a folder; give the files in it")
    if not stat.S_ISREG(found.st_mode):
        raise UnreadablePicture(name, "it is a device, a pipe or a socket, not a file")
