"""Which of Pillow's decoders opens a file, within which limits, and what its errors mean."""

import errno
import hashlib
import io
import logging
import os
import re
import struct
import warnings
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

from PIL import ExifTags, Image, ImageFile

from ..errors import (
    ImageMatchError,
    NotAPicture,
    PictureError,
    PictureTooLarge,
    TruncatedPicture,
    UnreadablePicture,
    UnsupportedPicture,
)
from .camera_raw import is_camera_raw
from .limits import Limits
from .naming import reason
from .tiff_directory import count_pages, count_strips
from .timed_file import TimedFile

REFUSED = frozenset(
    {
        # Drawn by another program (Ghostscript), or by the operating system.
        "EPS",
        "WMF",
        # They hold another file, whose size is not known before it is decoded.
        "BLP",
        "ICNS",
        "ICO",
        # Its compressed form is decoded in Python, pixel by pixel.
        "FITS",
    }
)
"""Picture formats that Pillow reads and we don't open. Those that other distributions have
registered with Pillow are opened."""

_NOT_PICTURES = frozenset(
    # Pillow has no decoder for them, or decodes another file inside them, or they have next to
    # no signature and so take other files for pictures.
    {"BUFR", "FPX", "GBR", "GRIB", "HDF5", "IMT", "IPTC", "MIC", "MPEG", "SPIDER"}
)
_ONE_PICTURE = frozenset(
    # The others in a file are its layers; previews, gain maps or what the other eye sees.
    {"PSD", "MPO"}
)
_JPEGS = frozenset({"JPEG", "MPO"})
_PIECE_OF_JPEG = 4096
MOST_STRIPS = 200_000
"""A TIFF file in more strips or tiles is refused: a decoder lists them all, for 400 bytes each."""

BYTES_A_PIXEL = {"JPEG": 9, "MPO": 9, "PNG": 9, "GIF": 9, "TIFF": 10, "WEBP": 21}
MOST_BYTES_A_PIXEL = 25
"""The most memory that signing takes, by format and in all others: `benchmarks.hostile`."""

_END_OF_JPEG = b"\xff\xd9"
_NOISE = bytes(range(7, 251, 3)) * 4
_HEIC_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
_TEXT = re.compile(rb"[\t\n\f\r\x20-\x7e]*")
_QUIET = ("ignore", None, Warning, re.compile(r"(PIL|pillow_heif)\b"), 0)

# Without any handler, what Pillow logs of a damaged file would be printed.
logging.getLogger("PIL").addHandler(logging.NullHandler())

_Factory = Callable[[BinaryIO, str], Image.Image]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Pillow's warnings from users, who can do nothing about them.

    `warnings.catch_warnings` restores a snapshot of all filters, which goes wrong when threads
    overlap. This adds one filter and takes away the very same.
    """
    filters = cast("list[object]", warnings.filters)
    filters.insert(0, _QUIET)
    try:
        yield
    finally:
        with suppress(ValueError):
            filters.remove(_QUIET)


@contextmanager
def decoding(source: str) -> Iterator[None]:
    """Turn what decoders raise inside the block into a `PictureError` that names `source`."""
    with _quiet():
        try:
            yield
        except ImageMatchError:
            raise
        except Exception as err:
            raise _picture_error(source, err) from err


def open_image(file: BinaryIO, source: str, limits: Limits) -> Image.Image:
    """Open the picture in `file`, whatever its format, without decoding it.

    `PIL.Image.open` is not used: its limit of pixels belongs to the whole process and is below
    the default of ours. A few decoders ask for that limit themselves (WebP, parts of GIF and
    TIFF); there the lower one counts.

    Args:
        file: seekable. It stays the caller's, and open as long as the image is used.
        limits: all but those of a download are kept to.

    Raises:
        PictureError: of the kind that fits.
    """
    with decoding(source):
        within = cast("BinaryIO", TimedFile(file, source, limits.max_decoding_seconds))
        image = _identify(within, source, limits.formats)
        if is_camera_raw(image, file):
            raise NotAPicture(source, "it is a camera raw file; only its preview could be read")
        if image.format in _JPEGS:
            # Time is looked at when a decoder reads on: small pieces let it be known soon.
            cast("ImageFile.ImageFile", image).decodermaxblock = _PIECE_OF_JPEG
    check_size(image, source, limits)
    return image


def check_size(image: Image.Image, source: str, limits: Limits) -> None:
    """Raise `PictureTooLarge` for an image that is too large to be decoded."""
    check_pixels(image.width, image.height, source, limits)
    bytes_a_pixel = BYTES_A_PIXEL.get(image.format or "", MOST_BYTES_A_PIXEL)
    memory = image.width * image.height * bytes_a_pixel
    if memory > limits.max_memory:
        raise PictureTooLarge(
            source,
            f"{image.width} × {image.height} pixels of {image.format} may take {memory:,} bytes "
            f"of memory, more than the {limits.max_memory:,} that Limits.max_memory allows",
        )


def check_pixels(width: int, height: int, source: str, limits: Limits) -> None:
    """Raise `PictureTooLarge` for a picture over `limits.max_pixels`."""
    if width * height > limits.max_pixels:
        raise PictureTooLarge(
            source,
            f"{width} × {height} pixels are more than the {limits.max_pixels:,} "
            "that Limits.max_pixels allows",
        )


def frames(image: Image.Image, file: BinaryIO) -> int:
    """Return how many frames or pages a file says it has; 1 where it can't be told.

    Args:
        image: opened from it, not decoded yet.
        file: of the image. Its position is kept.

    Raises:
        PictureError: counting them takes too long.
    """
    if image.format in _ONE_PICTURE:
        return 1
    if image.format == "TIFF":  # Pillow's count takes the square of their number
        position = file.tell()
        pages = count_pages(file)
        file.seek(position)
        return pages
    with _quiet():
        try:
            return max(1, int(getattr(image, "n_frames", 1)))
        except PictureError:
            raise
        except Exception:  # noqa: BLE001 - see _picture_error
            return 1


def orientation(image: Image.Image) -> int:
    """Return the value of the EXIF tag of a loaded image; 1, upright, where EXIF is damaged."""
    with _quiet(), suppress(Exception):
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    return 1


def with_end(file: BinaryIO, source: str, limits: Limits) -> io.BytesIO | None:
    """Return a JPEG file with an end marker, if that is all that it lacks.

    What a decoder needs is there if noise behind it changes nothing.

    Raises:
        PictureError: it is beyond the limits.
    """
    file.seek(0)
    data = file.read()
    data = data[:-1] if data.endswith(b"\xff") else data
    found = [
        _luma(io.BytesIO(data + more + _END_OF_JPEG), source, limits) for more in (b"", _NOISE)
    ]
    return io.BytesIO(data + _END_OF_JPEG) if found[0] == found[1] else None


def _luma(jpeg: io.BytesIO, source: str, limits: Limits) -> bytes:
    with open_image(jpeg, source, limits) as image:
        image.draft("L", image.size)
        return hashlib.sha256(image.tobytes()).digest()


def _picture_error(source: str, err: Exception) -> PictureError:
    """Return what an exception of a decoder means. Decoders raise nearly every type there is."""
    if isinstance(err, Image.DecompressionBombError):
        return PictureTooLarge(
            source, f"over the limit in PIL.Image.MAX_IMAGE_PIXELS, which you can set: {err}"
        )
    if isinstance(err, MemoryError):
        return PictureTooLarge(source, "there is not enough memory to decode it")
    # The OSErrors of decoders have no number, but for a seek to where a damaged file sends them.
    if isinstance(err, OSError) and err.errno is not None and err.errno != errno.EINVAL:
        return UnreadablePicture(source, f"it can't be read: {os.strerror(err.errno)}")
    return TruncatedPicture(
        source, f"it is damaged, incomplete or of a kind that Pillow can't decode: {reason(err)}"
    )


def _identify(file: BinaryIO, source: str, formats: AbstractSet[str] | None) -> Image.Image:
    file.seek(0)
    prefix = file.read(16)
    names = _names(prefix, source)
    allowed = [name for name in names if formats is None or name in formats]
    failure: Exception | None = None
    for name in allowed:
        try:
            return _open_as(name, file, source)
        except (PictureError, Image.DecompressionBombError, MemoryError):
            raise
        except Exception as err:  # noqa: BLE001 - see _picture_error
            failure = failure or err
    for name in Image.ID:
        has_signature = Image.OPEN[name][1] is not None
        if has_signature or name in _NOT_PICTURES or not (formats is None or name in formats):
            continue
        try:
            return _open_as(name, file, source)
        except PictureError:
            raise
        except Exception:  # noqa: BLE001, S112 - it is not of this format
            continue
    if names and not allowed:
        listed = ", ".join(sorted(formats or ())) or "none"
        raise UnsupportedPicture(
            source, f"it looks like {' or '.join(names)}, and Limits.formats allows {listed} only"
        )
    # Text that happens to begin like a picture is text.
    if failure is None or _TEXT.fullmatch(prefix):
        raise NotAPicture(source, "no decoder knows what it holds") from failure
    raise failure


def _names(prefix: bytes, source: str) -> list[str]:
    """Return the formats with whose signature the file begins.

    Raises:
        PictureError: one of them is refused, or this build of Pillow lacks it.
    """
    found: list[str] = []
    for load in (Image.preinit, Image.init):  # the common formats; then all, which takes longer
        load()
        for name in Image.ID:
            accepted = name not in _NOT_PICTURES and _accepts(name, prefix)
            if isinstance(accepted, str):
                raise NotAPicture(source, f"{accepted}; install a complete build of Pillow")
            if accepted and name in REFUSED:
                raise UnsupportedPicture(
                    source, f"{name} files are not opened; convert it to PNG or JPEG"
                )
            if accepted:
                found.append(name)
        if found:
            break
    if prefix[4:8] == b"ftyp" and prefix[8:12] in _HEIC_BRANDS and "HEIF" not in found:
        found.append("HEIF")
    return found


def _accepts(name: str, prefix: bytes) -> bool | str:
    accept = Image.OPEN[name][1]
    if accept is None:
        return False
    try:
        return accept(prefix)
    except (IndexError, struct.error):  # the file is shorter than the signature
        return False


def _open_as(name: str, file: BinaryIO, source: str) -> Image.Image:
    if name == "TIFF" and (strips := count_strips(file)) > MOST_STRIPS:
        raise PictureTooLarge(
            source, f"its pixels lie in {strips:,} strips, more than {MOST_STRIPS:,}"
        )
    if name == "HEIF" and name not in Image.OPEN:
        try:
            from pillow_heif import HeifImageFile  # noqa: PLC0415 - not everywhere, slow to import
        except ImportError as err:
            raise NotAPicture(source, "HEIC pictures need: pip install pillow-heif") from err
        factory = cast("_Factory", HeifImageFile)
    else:
        factory, _ = Image.OPEN[name]
    file.seek(0)
    # Given no file name, Pillow doesn't map the file into memory, where one that another process
    # cuts short would kill this process.
    return factory(file, "")
