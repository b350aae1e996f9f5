"""Camera raw files: what a sensor saw, and beside it a small preview that decoders take for it.

A DNG, NEF, ARW or CR2 is a TIFF. The picture proper is a mosaic of one colour a pixel, which
Pillow doesn't develop; the first image in the file is a preview.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePath
from typing import BinaryIO

from PIL import Image, TiffImagePlugin

_DNG_VERSION = 50706
_PHOTOMETRIC = 262
_SUB_IFDS = 330
_MOSAIC, _LINEAR_RAW = 32803, 34892
"""Values of PhotometricInterpretation: TIFF/EP and the DNG specification."""
_MOST_SUB_IFDS = 16
_BIG_TIFF = 43


RAW_SUFFIXES = frozenset(
    """
    .3fr .arw .cr2 .cr3 .dcr .dng .erf .iiq .kdc .mef .mos .mrw .nef .nrw .orf .pef .raf .raw .rw2
    .rwl .sr2 .srf .srw .x3f
    """.split()  # noqa: SIM905
)


def has_raw_suffix(path: str | os.PathLike[str]) -> bool:
    """Return whether the file calls itself a camera raw file."""
    return PurePath(path).suffix.lower() in RAW_SUFFIXES


def is_camera_raw(image: Image.Image, file: BinaryIO) -> bool:
    """Return whether a picture that Pillow has opened is the preview in a camera raw file.

    Args:
        image: not decoded yet.
        file: of the image. Its position is kept.
    """
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    position = file.tell()
    try:
        file.seek(0)
        header = file.read(16)
        return (
            header[8:10] == b"CR"  # Canon's CR2 says so behind the header of a TIFF
            or _DNG_VERSION in image.tag_v2
            or any(kind in (_MOSAIC, _LINEAR_RAW) for kind in _kinds_inside(image, file, header))
        )
    finally:
        file.seek(position)


def _kinds_inside(
    image: TiffImagePlugin.TiffImageFile, file: BinaryIO, header: bytes
) -> Iterator[object]:
    """Yield the PhotometricInterpretation of each image inside the first one."""
    is_big = _BIG_TIFF in (header[2], header[3])
    offsets = image.tag_v2.get(_SUB_IFDS, ())
    for offset in (offsets if isinstance(offsets, tuple) else (offsets,))[:_MOST_SUB_IFDS]:
        # A damaged one is no reason to refuse the picture.
        with suppress(Exception):
            inside = TiffImagePlugin.ImageFileDirectory_v2(header if is_big else header[:8])
            file.seek(offset)
            inside.load(file)
            yield inside.get(_PHOTOMETRIC)
