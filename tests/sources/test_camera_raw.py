"""Camera raw files are never judged by their preview."""

import io
import struct

import pytest
from PIL import Image, TiffImagePlugin

from imagematch_core import NotAPicture
from imagematch_core.sources import open_picture
from tests.drawings import drawing

PLACEHOLDER = 0xCAFEF00D


def tiff(**tags: bytes | int) -> bytes:
    """A TIFF of a small picture with some tags more, such as `t50706=b"..."`."""
    ifd = TiffImagePlugin.ImageFileDirectory_v2()
    for name, value in tags.items():
        tag = int(name.removeprefix("t"))
        ifd.tagtype[tag] = 1 if isinstance(value, bytes) else 4
        ifd[tag] = value
    file = io.BytesIO()
    drawing(1, (160, 107)).save(file, "TIFF", tiffinfo=ifd)
    return file.getvalue()


def with_image_inside(photometric: int) -> bytes:
    """A preview, and inside it an image of another kind, as in a NEF or ARW."""
    file = tiff(t330=PLACEHOLDER)
    offset = len(file)
    inside = struct.pack("<HHHIHHI", 1, 262, 3, 1, photometric, 0, 0)
    assert file.count(struct.pack("<I", PLACEHOLDER)) == 1
    return file.replace(struct.pack("<I", PLACEHOLDER), struct.pack("<I", offset)) + inside


def canon() -> bytes:
    """A TIFF whose first directory lies behind Canon's mark."""
    plain = tiff()
    (offset,) = struct.unpack_from("<I", plain, 4)
    assert offset == 8
    (count,) = struct.unpack_from("<H", plain, 8)
    directory = bytearray(plain[8 : 8 + 2 + 12 * count + 4])
    moved = len(plain)
    return plain[:4] + struct.pack("<I", moved) + b"CR\2\0" + plain[12:] + bytes(directory)


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(tiff(t50706=b"\1\4\0\0"), id="DNG"),
        pytest.param(with_image_inside(32803), id="NEF"),
        pytest.param(with_image_inside(34892), id="linear DNG"),
        pytest.param(canon(), id="CR2"),
    ],
)
def test_a_raw_file_is_refused_by_name(file: bytes) -> None:
    with pytest.raises(NotAPicture, match="camera raw"):
        open_picture(file)


def test_a_tiff_with_another_picture_inside_is_opened() -> None:
    with open_picture(with_image_inside(2)) as picture:
        assert picture.info.format == "TIFF"


def test_a_damaged_place_of_a_picture_inside_is_no_reason_to_refuse() -> None:
    with open_picture(tiff(t330=1 << 30)) as picture:
        assert (picture.info.width, picture.info.height) == (160, 107)


def test_a_page_of_a_tiff_is_read_after_it_was_looked_into() -> None:
    with open_picture(tiff()) as picture, picture.decoding():
        assert picture.image is not None
        assert isinstance(picture.image.convert("L"), Image.Image)
