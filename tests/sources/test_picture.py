"""Whatever people call a picture can be given, and errors name it."""

import codecs
import gc
import hashlib
import io
import os
import pickle
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from imagematch_core.errors import (
    DownloadError,
    EmptyPicture,
    NotAPicture,
    PictureError,
    PictureNotFound,
    PictureTooLarge,
    TruncatedPicture,
    UnreadablePicture,
    UnsupportedPicture,
)
from imagematch_core.sources import PictureLike, open_picture, source_of
from imagematch_core.sources.limits import Limits
from imagematch_core.sources.source import InMemory, name_of
from tests.samples import FORMATS, HEIGHT, SAMPLES, WIDTH, decoded, encoded, in_mode, photo
from tests.servers import Page, http_server

# Sources


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(encoded("PNG"))
    return path


def test_one_picture_from_every_source(path: Path) -> None:
    data = path.read_bytes()
    with http_server({"/a.png": Page(data)}) as site, path.open("rb") as file:
        sources: list[Any] = [
            *(path, str(path), data, bytearray(data), memoryview(data)),
            *(io.BytesIO(data), file, site.url("/a.png")),
        ]
        for source in sources:
            with open_picture(source) as picture:
                assert picture.info.format == "PNG"
                assert picture.info.bytes == len(data)
                assert picture.source == name_of(source)
                assert picture.digest() == hashlib.sha256(data).hexdigest()
                assert np.array_equal(decoded(picture), np.asarray(photo()))
        assert not file.closed


def test_a_pillow_image_and_an_array_are_taken_as_they_are() -> None:
    with open_picture(photo()) as picture:
        assert picture.image is photo()
        assert (picture.info.format, picture.info.bytes) == ("Pillow image", WIDTH * HEIGHT * 3)
        decoded(picture)
    array = np.asarray(photo())
    with open_picture(array) as picture:
        assert picture.image is None
        assert picture.array is not None
        assert np.array_equal(picture.array, array)
        assert (picture.info.format, picture.info.bytes) == ("array", WIDTH * HEIGHT * 3)
        assert (picture.info.width, picture.info.height) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("size", [(0, 0), (0, 5), (5, 0)])
def test_a_pillow_image_without_pixels(size: tuple[int, int]) -> None:
    with pytest.raises(UnsupportedPicture, match="no pixels"):
        open_picture(Image.new("L", size))


@pytest.mark.parametrize(("mode", "size"), [("1", 1), ("I;16", 2), ("F", 4), ("RGBA", 4)])
def test_the_size_of_a_pillow_image_is_that_of_its_pixels(mode: str, size: int) -> None:
    with open_picture(in_mode(mode)) as picture:
        assert picture.info.bytes == WIDTH * HEIGHT * size


def test_a_pillow_image_stays_the_callers(path: Path) -> None:
    data = encoded("JPEG")
    with Image.open(io.BytesIO(data)) as image:
        with open_picture(image) as picture, picture.decoding():
            assert picture.load("L", 4) is image
            assert (image.size, image.mode) == ((WIDTH, HEIGHT), "RGB")
        picture.close()
        assert image.tobytes() == Image.open(io.BytesIO(data)).tobytes()


def test_a_lazy_pillow_image_that_is_truncated() -> None:
    with (
        Image.open(io.BytesIO(encoded("JPEG")[:-200])) as image,
        open_picture(image) as picture,
        pytest.raises(TruncatedPicture, match=r"<Pillow image 40x30 RGB>.*truncated"),
    ):
        decoded(picture)


def test_file_objects_are_read_from_where_they_stand() -> None:
    file = io.BytesIO(b"head" + encoded("PNG"))
    file.seek(4)
    with open_picture(file) as picture:
        assert picture.info.format == "PNG"
    assert not file.closed
    with pytest.raises(EmptyPicture):
        open_picture(file)


def test_a_pipe_is_a_file_object() -> None:
    reader, writer = os.pipe()
    with open(reader, "rb") as file:
        with open(writer, "wb") as other:
            other.write(encoded("PNG"))
        with open_picture(file) as picture:
            assert picture.info.format == "PNG"


def test_a_stream_may_hold_so_many_bytes_and_no_more() -> None:
    data = encoded("PNG")
    with open_picture(io.BytesIO(data), Limits(max_bytes=len(data))) as picture:
        assert picture.info.bytes == len(data)
    with pytest.raises(PictureTooLarge, match="max_bytes"):
        open_picture(io.BytesIO(data), Limits(max_bytes=len(data) - 1))


def test_an_endless_stream_ends() -> None:
    with Path("/dev/zero").open("rb") as file, pytest.raises(PictureTooLarge, match="max_bytes"):
        open_picture(file, Limits(max_bytes=5_000_000))


class Broken(io.RawIOBase):
    def __init__(self, error: Exception) -> None:
        self.error = error

    def read(self, size: int = -1) -> bytes:
        raise self.error


@pytest.mark.parametrize("error", [OSError(5, "I/O error"), ValueError("odd"), TimeoutError()])
def test_a_stream_that_fails(error: Exception) -> None:
    with pytest.raises(UnreadablePicture) as caught:
        open_picture(cast("BinaryIO", Broken(error)))
    assert caught.value.__cause__ is error


def test_text_streams_are_refused(path: Path) -> None:
    with path.open() as file, pytest.raises(UnreadablePicture, match="text mode"):
        open_picture(file)  # type: ignore[arg-type]
    with pytest.raises(UnreadablePicture, match="no bytes"):
        open_picture(codecs.getreader("utf-8")(io.BytesIO(b"x")))
    with pytest.raises(UnreadablePicture, match="text mode"):
        open_picture(io.StringIO("x"))  # type: ignore[arg-type]


@pytest.mark.parametrize("source", [None, 1, 1.5, ["a.png"], object()])
def test_other_things_are_refused(source: Any) -> None:
    with pytest.raises(UnsupportedPicture, match=f"<{type(source).__name__}>: give a path"):
        open_picture(source)


# Arrays

GOOD_ARRAYS = [
    *(np.zeros(shape, np.uint8) for shape in [(1, 1), (2, 3), (2, 3, 1), (2, 3, 3), (2, 3, 4)]),
    *(np.ones((2, 3), dtype) for dtype in ["?", "u1", "<u2", ">u2", "f2", "f4", ">f8"]),
    np.arange(24, dtype=np.uint8).reshape(4, 6)[::2, ::-1],
]
BAD_ARRAYS = [
    *(np.zeros(shape, np.uint8) for shape in [(), (5,), (2, 3, 2), (2, 3, 5), (1, 2, 3, 4)]),
    *(np.zeros(shape, np.uint8) for shape in [(0, 5), (5, 0), (0, 0, 3), (5, 5, 0)]),
    *(np.zeros((2, 3), dtype) for dtype in ["i1", "i8", "u4", "c8", "O", "U1", "M8[s]", "u1,u1"]),
    *(np.full((2, 3), value, "f8") for value in [np.nan, np.inf, -np.inf, -1e-9, 1.0000001, 255]),
]


@pytest.mark.parametrize("array", GOOD_ARRAYS)
def test_arrays_that_are_pictures(array: NDArray[Any]) -> None:
    with open_picture(array) as picture:
        assert picture.array is not None
        assert np.array_equal(picture.array, array)


@pytest.mark.parametrize("array", BAD_ARRAYS)
def test_arrays_that_are_not(array: NDArray[Any]) -> None:
    with pytest.raises(UnsupportedPicture) as caught:
        open_picture(array)
    assert str(array.shape) in caught.value.source
    assert str(array.dtype) in caught.value.source


def test_a_mask_is_not_looked_through() -> None:
    masked = np.ma.masked_greater(np.array([[0.5, 7.0]]), 1)
    with pytest.raises(UnsupportedPicture):
        open_picture(masked)


# Files that can't be read


def test_missing_files(tmp_path: Path, path: Path) -> None:
    (tmp_path / "broken link").symlink_to("nothing")
    for name in (
        tmp_path / "no.png",
        path / "in.png",
        tmp_path / "broken link",
        "",
        "a\0b",
        "\ud800",
    ):
        with pytest.raises(PictureNotFound) as caught:
            open_picture(name)
        assert caught.value.source == name_of(name)
        str(caught.value).encode()


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for name, reason in [
            (".", "folder"),
            ("pipe", "pipe"),
            ("socket", "socket"),
            ("loop", "symbolic links"),
            ("x" * 300, "too long"),
        ]:
            with pytest.raises(UnreadablePicture, match=reason):
                open_picture(tmp_path / name)
    with pytest.raises(UnreadablePicture, match="device"):
        open_picture("/dev/zero")


def test_a_pipe_that_takes_the_place_of_a_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = path.stat()
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(os, "stat", lambda *args, **options: found)
    with pytest.raises(UnreadablePicture, match="pipe"):
        open_picture(str(path))


def test_files_are_not_mapped_into_memory(path: Path) -> None:
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("this system doesn't list what is mapped")
    path.write_bytes(encoded("BMP", "L"))
    with open_picture(path) as picture:
        decoded(picture)
        assert str(path) not in maps.read_text()


def test_a_file_that_we_may_not_read(path: Path) -> None:
    path.chmod(0)
    with as_ordinary_user(), pytest.raises(UnreadablePicture, match="Permission denied"):
        open_picture(path)


@contextmanager
def as_ordinary_user() -> Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_empty_pictures(tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    empty.touch()
    with http_server({"/": Page(b"")}) as site:
        for source in (empty, b"", io.BytesIO(), site.url("/")):
            with pytest.raises(EmptyPicture):
                open_picture(source)


@pytest.mark.parametrize(
    "data",
    [
        *(b"x", b"\n", b"BM", b"plain text\n", b"BMW makes cars, and more", b"P5 is a text"),
        *(b"/* C source */ int main", b"#define X", b"%PDF-1.7\n", b"PK\3\4" + bytes(30)),
        *(b"\x7fELF" + bytes(60), bytes(100), b"\0" * 20 + b"\xff" * 80, b"<svg></svg>"),
        b"\0\0\0\x1c\0\0\0\2" + bytes(100),  # as numbers in any binary file may stand
    ],
)
def test_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(NotAPicture, match=rf"<bytes, {len(data)} bytes>: no decoder"):
        open_picture(data)


def test_a_url_that_fails_is_named_without_its_password() -> None:
    with pytest.raises(DownloadError) as caught:
        open_picture("http://me:secret@127.0.0.1:1/a.jpg")
    assert caught.value.source == "http://***@127.0.0.1:1/a.jpg"


def test_errors_cross_processes() -> None:
    with pytest.raises(PictureNotFound) as caught:
        open_picture("missing.png")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is PictureNotFound
    assert (again.source, again.reason) == (caught.value.source, caught.value.reason)


def test_no_file_is_left_open(path: Path) -> None:
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))

    if not Path("/proc/self/fd").exists():
        pytest.skip("this system doesn't list open files")
    before = open_files()
    with open_picture(path) as picture:
        assert open_files() == before + 1
        decoded(picture)
    picture.close()
    assert open_files() == before
    for data in (b"", b"text", encoded("PNG")[:20], encoded("EPS")):
        path.write_bytes(data)
        with pytest.raises(PictureError):
            open_picture(path)
    path.write_bytes(encoded("PNG"))
    with pytest.raises(PictureTooLarge):
        open_picture(path, Limits(max_pixels=1))
    assert open_files() == before
    gc.collect()  # a file that was dropped open would warn


# Digests


def digest(given: PictureLike) -> str:
    source = source_of(given)
    assert isinstance(source, InMemory)
    return source.digest


@pytest.mark.parametrize("name", FORMATS)
def test_a_digest_may_be_asked_for_at_any_time(name: str, path: Path) -> None:
    path.write_bytes(FORMATS[name])
    expected = hashlib.sha256(FORMATS[name]).hexdigest()
    with open_picture(path) as picture:
        before = decoded(picture)
        assert picture.digest() == expected
    with open_picture(path) as picture:
        assert picture.digest() == expected
        assert np.array_equal(decoded(picture), before)
    assert digest(FORMATS[name]) == digest(bytearray(FORMATS[name])) == expected


def framed(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(struct.pack(">Q", len(p)) + p for p in parts)).hexdigest()


def test_digests_of_images_and_arrays_are_as_documented() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([1, 2, 3, 4, 5, 6])
    image.putpixel((1, 0), 1)
    palette = bytes(image.getpalette() or [])
    assert digest(image) == framed(b"image", b"P", b"2", b"1", b"RGB", palette, b"\0\1")
    grey = Image.new("L", (2, 1), 7)
    assert digest(grey) == framed(b"image", b"L", b"2", b"1", b"", b"", b"\7\7")
    array = np.array([[1, 2], [3, 4]], "<u2")
    pixels = bytes([1, 0, 2, 0, 3, 0, 4, 0])
    assert digest(array) == framed(b"array", b"<u2", b"2", b"2", pixels)
    assert digest(np.asfortranarray(array)) == digest(array) == digest(array.astype(">u2"))
    for source in (image, grey, array):
        with open_picture(source) as picture:
            assert picture.digest() == digest(source)


def test_digests_tell_pictures_apart() -> None:
    other_palette = photo().convert("P")
    other_palette.putpalette([9] * 768)
    zeros = np.zeros((2, 6), np.uint8)
    different: list[Any] = [
        *(photo().convert("P"), other_palette, photo(), photo().resize((HEIGHT, WIDTH))),
        *(Image.new("L", (2, 3)), Image.new("L", (3, 2)), Image.new("RGB", (2, 1))),
        *(zeros, zeros.reshape(6, 2), zeros.astype("?"), zeros.reshape(2, 2, 3), zeros.tobytes()),
    ]
    assert len({digest(source) for source in different}) == len(different)


def test_digests_fail_with_our_errors() -> None:
    with Image.open(io.BytesIO(encoded("PNG")[:-40])) as image, pytest.raises(TruncatedPicture):
        digest(image)
    with pytest.raises(UnsupportedPicture):
        digest(np.zeros((2, 2), object))


# What importing costs


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, imagematch_core.sources as images\n"
        "images.open_picture(sys.argv[1]).close()\n"
        "print(*{'httpcore', 'pillow_heif', 'skimage', 'ssl'} & sys.modules.keys())"
    )
    sample = str(SAMPLES / "astronaut.png")
    done = subprocess.run([sys.executable, "-c", code, sample], capture_output=True, check=True)
    assert done.stdout.split() == []
