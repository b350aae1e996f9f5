"""Whatever is a picture opens, and whatever is none ends in the right error."""

import io
import struct
import subprocess
import sys
import threading
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from imagematch_core.errors import (
    NotAPicture,
    PictureError,
    PictureTooLarge,
    PictureTooSlow,
    TruncatedPicture,
    UnreadablePicture,
    UnsupportedPicture,
)
from imagematch_core.sources import open_picture
from imagematch_core.sources.decoders import BYTES_A_PIXEL, MOST_BYTES_A_PIXEL, REFUSED
from imagematch_core.sources.limits import Limits
from imagematch_core.sources.source import name_of
from imagematch_core.sources.tiff_directory import count_pages
from tests.samples import FORMATS, HEIGHT, SAMPLES, WIDTH, decoded, encoded, photo


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_and_mode_opens(name: str) -> None:
    data = FORMATS[name]
    with open_picture(data) as picture:
        assert picture.info.format == name.split("-", maxsplit=1)[0]
        assert (picture.info.width, picture.info.height) == (WIDTH, HEIGHT)
        assert picture.info.bytes == len(data)
        assert picture.array is None
        assert np.shape(decoded(picture)) == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("name", [name for name in FORMATS if name.endswith("animated")])
def test_the_first_frame_is_taken(name: str) -> None:
    with open_picture(FORMATS[name]) as picture:
        found = decoded(picture)
    straight = np.asarray(photo(), float)
    assert np.abs(found - straight).mean() < np.abs(found - straight[::-1, ::-1]).mean() / 3


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sorted(SAMPLES.iterdir())
        # Pillow has no mode for the one that is left out.
        if path.suffix in {".png", ".jpg", ".gif", ".tif"} and path.name != "multipage_rgb.tif"
    ],
)
def test_real_pictures_open_as_pillow_opens_them(path: Path) -> None:
    with open_picture(path) as picture, Image.open(path) as expected, picture.decoding():
        assert picture.image is not None
        assert picture.image.mode == expected.mode
        assert picture.image.tobytes() == expected.tobytes()
        assert picture.info.bytes == path.stat().st_size


@pytest.mark.parametrize("name", FORMATS)
def test_frames_are_counted(name: str) -> None:
    # Of equal frames some formats make one. The second picture of an MPO is none of its own.
    form = name.removesuffix("-animated")
    expected = {"GIF": 2, "WEBP": 2, "PNG": 3, "AVIF": 3, "TIFF": 3} if form != name else {}
    with open_picture(FORMATS[name]) as picture:
        assert picture.info.frames == expected.get(form, 1)
        first = decoded(picture)
        assert picture.seek(1) == (form in expected)
        if form in expected:
            assert picture.frame == 1
            assert np.abs(decoded(picture) - first).mean() > 10
            assert not picture.seek(3)
            with picture.anew() as again:
                assert again.frame == 1
                assert np.abs(decoded(again) - first).mean() > 10


def test_layers_are_no_frames() -> None:
    # As Pillow opens it: the channels flattened, and a layer of 0 × 0 pixels.
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 1, 1, 2, 8, 1) + bytes(8)
    layer = struct.pack(">iiiiH", 0, 0, 0, 0, 0) + b"8BIMnorm" + bytes(4) + struct.pack(">I", 0)
    layers = struct.pack(">H", 2) + 2 * layer
    psd = head + struct.pack(">II", len(layers) + 4, len(layers)) + layers + b"\0\0" + b"\7\xff"
    with open_picture(psd) as picture:
        assert (picture.info.format, picture.info.frames) == ("PSD", 1)
        assert getattr(picture.image, "n_frames", None) == 2


def test_a_large_page_behind_a_small_one_is_refused() -> None:
    pages = io.BytesIO()
    photo().save(pages, "TIFF", save_all=True, append_images=[photo().resize((400, 300))])
    with (
        open_picture(pages.getvalue(), Limits(max_pixels=1_200)) as picture,
        pytest.raises(PictureTooLarge, match="400 × 300"),
    ):
        picture.seek(1)


def test_fewer_frames_than_the_file_says() -> None:
    said = encoded("PNG", frames=3)
    start = said.index(b"acTL")
    many = struct.pack(">II", 1000, 0)
    data = said[: start - 4] + chunk(b"acTL", many) + said[start + 4 + len(many) + 4 :]
    with open_picture(data) as picture:
        assert picture.info.frames == 1000
        assert picture.seek(2)
        with pytest.raises(TruncatedPicture):
            picture.seek(3)


# Damage


@pytest.mark.parametrize("name", FORMATS)
def test_cut_in_half(name: str, tmp_path: Path) -> None:
    data = FORMATS[name]
    frames = 3 if name.endswith("animated") else 1
    cut = data[: len(data) // (2 * frames)]
    (tmp_path / "cut").write_bytes(cut)
    for source in (cut, tmp_path / "cut"):
        with pytest.raises(TruncatedPicture) as caught, open_picture(source) as picture:
            decoded(picture)
        assert caught.value.source == name_of(source)
        assert caught.value.__cause__ is not None


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_that_lacks_only_its_end_marker(options: dict[str, Any], missing: int) -> None:
    data = encoded("JPEG", quality=90, **options)
    with open_picture(data) as whole, open_picture(data[:-missing]) as cut:
        assert np.array_equal(decoded(cut), decoded(whole))
        assert cut.digest() != whole.digest()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("missing", [6, 10, 50])
def test_a_jpeg_that_lacks_more_than_that(options: dict[str, Any], missing: int) -> None:
    data = encoded("JPEG", "L", quality=90, **options)
    with open_picture(data[:-missing]) as cut, pytest.raises(TruncatedPicture):
        decoded(cut)


@settings(max_examples=300)
@given(
    name=st.sampled_from(sorted(FORMATS)),
    length=st.floats(0, 1),
    changes=st.lists(
        st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4), st.booleans()), max_size=6
    ),
)
def test_damage_never_gets_past_the_errors(
    name: str, length: float, changes: list[tuple[float, bytes, bool]]
) -> None:
    data = bytearray(FORMATS[name])
    for where, noise, early in changes:
        at = int(where * min(len(data), 100 if early else len(data)))
        data[at : at + len(noise)] = noise
    if length < 0.5:
        del data[int(2 * length * len(data)) :]
    with (
        suppress(PictureError),
        open_picture(bytes(data), Limits(max_pixels=1_000_000)) as picture,
    ):
        decoded(picture)


def test_a_picture_with_endless_text_is_refused() -> None:
    text = zlib.compress(bytes(80_000_000), 9)
    bomb = png(chunk(b"zTXt", b"Comment\0\0" + text))
    with pytest.raises(TruncatedPicture, match="too large"):
        open_picture(bomb)


def test_decoding_passes_our_errors_and_interrupts_through() -> None:
    with open_picture(encoded("PNG")) as picture:
        for error in (UnsupportedPicture("a", "b"), KeyboardInterrupt()):
            with pytest.raises(type(error)) as caught, picture.decoding():
                raise error
            assert caught.value is error
        with pytest.raises(UnreadablePicture, match="Input/output error"), picture.decoding():
            raise OSError(5, "Input/output error")
        with pytest.raises(PictureTooLarge, match="memory"), picture.decoding():
            raise MemoryError


# Limits of pixels


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(*chunks: bytes, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """A PNG that says how large it is, and holds no pixel."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IDAT", b"")


def test_the_limit_of_pixels_is_exact() -> None:
    limits = Limits(max_pixels=WIDTH * HEIGHT)
    sources: list[Any] = [*FORMATS.values(), photo(), np.asarray(photo())]
    for source in sources:
        open_picture(source, limits).close()
        with pytest.raises(PictureTooLarge, match=r"40 × 30 pixels .*max_pixels"):
            open_picture(source, Limits(max_pixels=WIDTH * HEIGHT - 1))


def test_ours_is_the_only_limit_of_pixels() -> None:
    # Pillow by itself warns of the first two, and refuses the second.
    for width in (9_000, 25_000):
        with open_picture(png(width=width, height=10_000)) as picture:
            assert picture.info.width == width
    with pytest.raises(PictureTooLarge, match=r"25001 × 10000 pixels .* 250,000,000"):
        open_picture(png(width=25_001, height=10_000))
    limits = Limits(max_pixels=1 << 33, max_memory=1 << 40)
    with open_picture(png(width=1 << 30, height=4), limits) as picture:
        assert picture.info.width == 1 << 30


def test_where_a_decoder_keeps_to_pillows_limit_that_is_said() -> None:
    with (
        open_picture(encoded("PNG")) as picture,
        pytest.raises(PictureTooLarge, match="MAX_IMAGE_PIXELS"),
        picture.decoding(),
    ):
        picture.image.crop((0, 0, 20_000, 20_000))  # type: ignore[union-attr]


# What one picture may cost


def test_the_limit_of_memory_is_looked_at_before_decoding() -> None:
    large = png(width=10_000, height=10_000)
    open_picture(large, Limits(max_memory=900_000_000)).close()
    with pytest.raises(PictureTooLarge, match=r"PNG may take 900,000,000 .*Limits\.max_memory"):
        open_picture(large, Limits(max_memory=899_999_999))


def test_no_limit_but_that_of_pixels_stops_a_sound_picture_by_default() -> None:
    assert max(BYTES_A_PIXEL.values()) <= MOST_BYTES_A_PIXEL
    assert Limits().max_memory >= MOST_BYTES_A_PIXEL * Limits().max_pixels


def test_only_some_formats_are_opened() -> None:
    limits = Limits(formats={"JPEG", "PNG"})
    for name in ("PNG-RGB", "JPEG-CMYK", "MPO-animated"):
        open_picture(FORMATS[name], limits).close()
    for name in FORMATS:
        form = name.split("-", maxsplit=1)[0]
        if form not in {"JPEG", "PNG", "MPO"}:
            with pytest.raises(PictureError, match=r"formats allows JPEG, PNG only|no decoder"):
                open_picture(FORMATS[name], limits)
    with pytest.raises(NotAPicture):
        open_picture(b"no picture", limits)
    # Its beginning is that of a CUR file too.
    open_picture(FORMATS["TGA-RGB"], Limits(formats={"TGA"})).close()


def test_pictures_from_strangers() -> None:
    limits = Limits.strict()
    assert not limits.allow_private
    for name in ("PNG-RGB", "JPEG-RGB", "WEBP-RGBA", "GIF-P"):
        open_picture(FORMATS[name], limits).close()
    with pytest.raises(
        UnsupportedPicture, match=r"BMP, and Limits\.formats allows GIF, JPEG, PNG, WEBP"
    ):
        open_picture(FORMATS["BMP-RGB"], limits)


def endless(name: str) -> bytes:
    """A picture that takes minutes to decode."""
    if name == "JPEG of many scans":
        jpeg = encoded_large("JPEG", progressive=True, quality=1)[:-2]
        return jpeg + jpeg[jpeg.rfind(b"\xff\xda") :] * 20_000 + b"\xff\xd9"
    if name == "JPEG of comments":
        jpeg = encoded("JPEG")
        return jpeg[:2] + b"\xff\xfe\0\2" * 10_000_000 + jpeg[2:]
    if name == "PPM of another maximum":
        return b"P6 9000 9000 254\n" + bytes(9000 * 9000 * 3)
    if name == "BMP of runs":
        head = struct.pack("<IiiHHIIiiII", 40, 9000, 9000, 1, 8, 1, 0, 0, 0, 256, 0)
        head += bytes(range(256)) * 4
        return b"BM" + struct.pack("<IHHI", 0, 0, 0, 1078) + head + b"\1\7" * 90_000_000
    if name == "QOI":
        return struct.pack(">4sIIBB", b"qoif", 9000, 9000, 3, 0) + b"\x55\x66" * 45_000_000
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0"
    return b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + bytes(6) + frame * 5_000_000


def encoded_large(form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((4000, 4000)).save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "JPEG of many scans",
        "JPEG of comments",
        "PPM of another maximum",
        "BMP of runs",
        "QOI",
        "GIF of frames",
    ],
)
def test_time_is_bounded_where_a_decoder_reads_on(name: str) -> None:
    limits = Limits(max_decoding_seconds=0.3)
    with (
        pytest.raises(PictureTooSlow, match=r"the 0\.3 s of Limits\.max_decoding_seconds"),
        open_picture(endless(name), limits) as picture,
    ):
        decoded(picture)


def test_a_jpeg_without_its_end_gets_no_more_time() -> None:
    data = endless("JPEG of many scans")[:-2]
    with (
        pytest.raises(PictureTooSlow),
        open_picture(data, Limits(max_decoding_seconds=0.3)) as picture,
    ):
        decoded(picture)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("is_big", [False, True])
def test_a_tiff_in_millions_of_strips_is_refused(order: str, is_big: bool) -> None:
    mark = b"II" if order == "<" else b"MM"
    entry, count, after = ("HHQQ", "Q", "Q") if is_big else ("HHII", "H", "I")
    start = (
        struct.pack(order + "HHHQ", 43, 8, 0, 16) if is_big else struct.pack(order + "HI", 42, 8)
    )
    tags = [(256, 4, 1, 1), (257, 4, 1, 3_000_000), (273, 4, 3_000_000, 400)]
    data = mark + start + struct.pack(order + count, len(tags))
    data += b"".join(struct.pack(order + entry, *tag) for tag in tags)
    data = (data + struct.pack(order + after, 0)).ljust(400, b"\0") + bytes(12_000_000)
    with pytest.raises(PictureTooLarge, match="3,000,000 strips"):
        open_picture(data)


@pytest.mark.parametrize("is_round", [False, True])
def test_many_pages_are_counted_at_once(is_round: bool) -> None:
    entry = struct.pack("<HHHII", 1, 256, 3, 1, 1)
    pages = 30_000
    nexts = [8 + (len(entry) + 4) * (page + 1) for page in range(pages - 1)] + [8 * is_round]
    file = io.BytesIO(b"II*\0\x08\0\0\0")
    file.seek(8)
    for after in nexts:
        file.write(entry + struct.pack("<I", after))
    assert count_pages(file) == pages
    assert count_pages(io.BytesIO(file.getvalue()[:-5])) == pages - 1


# Formats that are refused


def test_formats_that_are_refused_are_named() -> None:
    for form in ("EPS", "ICNS", "ICO"):
        with pytest.raises(UnsupportedPicture, match=f"{form} files are not opened"):
            open_picture(encoded(form))
    assert {"BLP", "EPS", "FITS", "ICNS", "ICO", "WMF"} == REFUSED
    fits = b"SIMPLE  =                    T".ljust(2880)
    with pytest.raises(UnsupportedPicture, match="FITS files"):
        open_picture(fits)


@pytest.fixture
def no_heif_in_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    """imageio, which scikit-image reads with, registers it for the whole process."""
    monkeypatch.setattr(Image, "OPEN", {k: v for k, v in Image.OPEN.items() if k != "HEIF"})
    monkeypatch.setattr(Image, "ID", [name for name in Image.ID if name != "HEIF"])


@pytest.mark.usefixtures("no_heif_in_pillow")
def test_heic_without_its_decoder_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(NotAPicture, match=r"pip install pillow-heif"):
        open_picture(encoded("HEIF"))
    shared_brand = encoded("AVIF").replace(b"ftypavif", b"ftypmif1", 1)
    with open_picture(shared_brand) as picture:
        assert picture.info.format == "AVIF"


def test_a_pillow_without_avif_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded("AVIF")
    monkeypatch.setattr("PIL.AvifImagePlugin.SUPPORTED", False)
    with pytest.raises(NotAPicture, match="AVIF support not installed; install a complete build"):
        open_picture(data)


@pytest.mark.usefixtures("no_heif_in_pillow")
def test_opening_heic_leaves_pillow_as_it_was() -> None:
    with open_picture(encoded("HEIF")) as picture:
        decoded(picture)
    assert "HEIF" not in Image.OPEN


def test_formats_of_other_distributions_open(monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd(ImageFile.ImageFile):
        format = "ODD"

        def _open(self) -> None:
            self._size, self._mode = (1, 1), "L"

        def load(self) -> None:
            self.fp.seek(4)  # type: ignore[union-attr]
            self.im = Image.new("L", (1, 1), self.fp.read(1)[0]).im  # type: ignore[union-attr]

    monkeypatch.setattr(Image, "ID", [*Image.ID])
    monkeypatch.setattr(Image, "OPEN", {**Image.OPEN})
    Image.register_open("ODD", Odd, lambda prefix: prefix.startswith(b"ODD!"))
    with open_picture(b"ODD!\x07") as picture:
        assert (picture.info.format, picture.info.width) == ("ODD", 1)
        picture.digest()
        assert decoded(picture).tolist() == [[[7, 7, 7]]]


# Warnings


def warning_picture() -> bytes:
    """A palette picture with half-transparent colours, of whose conversion Pillow warns."""
    return encoded("PNG", "P", transparency=bytes([0, 128, 255]))


def test_pillows_warnings_are_not_ours_to_show() -> None:
    filters = list(warnings.filters)
    with open_picture(warning_picture()) as picture:
        decoded(picture)
        with pytest.warns(UserWarning, match="Transparency"):
            picture.image.convert("RGB")  # type: ignore[union-attr]
    assert warnings.filters == filters


def test_what_pillow_logs_is_not_printed(tmp_path: Path) -> None:
    picture = tmp_path / "a.tif"
    photo().save(picture)
    tiff = picture.read_bytes()
    samples = struct.pack("<HHIH", 277, 3, 1, 3)
    picture.write_bytes(tiff.replace(samples, struct.pack("<HHIH", 277, 3, 1, 999)))
    code = (
        "import sys, imagematch_core as im\n"
        "try: im.signature(sys.argv[1])\n"
        "except im.PictureError: print('refused')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(picture)], capture_output=True, check=True
    )
    assert (done.stdout.strip(), done.stderr) == (b"refused", b"")


def test_threads_don_t_disturb_each_other_s_warnings() -> None:
    filters = list(warnings.filters)
    together = threading.Barrier(4)

    def work(_: int) -> None:
        together.wait()
        for _ in range(20):
            with open_picture(warning_picture()) as picture:
                decoded(picture)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert warnings.filters == filters
