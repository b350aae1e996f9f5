"""Any picture → the same small grey canvas, however it is stored."""

import io
import tracemalloc
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from imagematch_core.signatures.goldberg2.blocks import whole
from imagematch_core.signatures.goldberg2.canvas import SIZE, read, shown
from imagematch_core.sources import PictureLike, open_picture
from tests.drawings import drawing, encoded
from tests.samples import FORMATS
from tests.samples import decoded as decoded_whole


def canvas_of(source: PictureLike) -> NDArray[np.uint8]:
    with open_picture(source) as picture:
        return read(picture)[0]


def apart(a: NDArray[Any], b: NDArray[Any]) -> float:
    return float(np.abs(a.astype(float) - b.astype(float)).mean())


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_and_mode(form: str) -> None:
    canvas = canvas_of(FORMATS[form])
    assert canvas.dtype == np.uint8
    assert canvas.shape == (30, 40)
    # Few colours, or black and white only, leave a likeness.
    allowed = 100 if form.endswith(("-1", "group4")) else 12
    assert apart(canvas, np.asarray(drawn("L"))) < allowed


def drawn(mode: str) -> Image.Image:
    with Image.open(io.BytesIO(FORMATS["PNG-RGB"])) as image:
        return image.convert(mode)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((256, 256), (256, 256)),
        ((257, 100), (100, 129)),
        ((1000, 500), (125, 250)),
        ((3000, 90), (90, 250)),
        ((4000, 1), (1, 250)),
        ((1, 1), (1, 1)),
    ],
)
def test_large_pictures_are_reduced(size: tuple[int, int], expected: tuple[int, int]) -> None:
    canvas = canvas_of(drawing(1, size))
    assert canvas.shape == expected
    assert max(canvas.shape) <= SIZE


def test_a_jpeg_is_not_decoded_whole() -> None:
    data = encoded(drawing(1, (2400, 1600)), "JPEG", quality=90)
    with open_picture(data) as picture:
        canvas = read(picture)[0]
        assert picture.image is not None
        assert picture.image.size == (600, 400)
    assert apart(whole(canvas), whole(canvas_of(drawing(1, (2400, 1600))))) < 1


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_turned_as_exif_says(form: str, value: int) -> None:
    image = drawing(2, (80, 60))
    exif = Image.Exif()
    exif[0x0112] = value
    data = encoded(image, form, exif=exif)
    with Image.open(io.BytesIO(data)) as opened:
        expected = np.asarray(ImageOps.exif_transpose(opened).convert("L"))
    canvas = canvas_of(data)
    assert canvas.shape == expected.shape
    assert apart(canvas, expected) < 1


BROKEN_EXIF = {
    "a tuple as text": str(b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0").encode(),
    "no byte order": b"\x00\x08\x00\x02\x01\x12\x00\x03\x00\x00",
    "ends in its header": b"II*\0",
    "ends in its first entry": b"II*\0\x08\0\0\0\x01\0\x12\x01",
    "orientation is a text": b"II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x02\0\0\0a\0\0\0\0\0\0\0",
}


@pytest.mark.parametrize("block", BROKEN_EXIF.values(), ids=BROKEN_EXIF)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_broken_exif_leaves_a_picture_upright(form: str, block: bytes) -> None:
    exif = b"Exif\0\0" + block if form == "JPEG" else block
    data = encoded(drawing(2), form, exif=exif)
    assert np.array_equal(canvas_of(data), canvas_of(encoded(drawing(2), form)))


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_exif_that_means_nothing(value: object) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    canvas = canvas_of(encoded(drawing(2), "PNG", exif=exif))
    assert np.array_equal(canvas, canvas_of(drawing(2)))


def shape_on_transparent(colour: str) -> Image.Image:
    image = Image.new("RGBA", (60, 40), (0, 200, 0, 0))
    image.paste(colour, (10, 10, 30, 30))
    return image


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_is_white(mode: str) -> None:
    canvas = canvas_of(shape_on_transparent("#404040").convert(mode))
    assert canvas[0, 0] == 255
    assert canvas[20, 20] == 0x40


def test_half_transparent_is_half_white() -> None:
    canvas = canvas_of(Image.new("RGBA", (8, 8), (255, 255, 255, 255)))
    assert canvas[0, 0] == 255
    image = shape_on_transparent("black")
    image.putalpha(128)
    assert canvas_of(image)[20, 20] == 127


def test_white_on_transparent_is_seen_on_black() -> None:
    canvas = canvas_of(shape_on_transparent("white"))
    assert canvas[0, 0] == 0
    assert canvas[20, 20] == 255


@pytest.mark.parametrize("transparency", [0, bytes([0])])
def test_transparency_of_a_palette(transparency: object) -> None:
    indices = np.zeros((40, 60), np.uint8)
    indices[10:30, 10:30] = 7
    image = Image.frombytes("P", (60, 40), indices.tobytes())
    image.putpalette([200, 0, 0] + [90] * 3 * 9)
    image.info["transparency"] = transparency
    canvas = canvas_of(image)
    assert (canvas[0, 0], canvas[20, 20]) == (255, 90)


def test_a_palette_is_the_picture_that_it_makes() -> None:
    image = drawing(4, (600, 400)).quantize(200)
    assert apart(canvas_of(image), canvas_of(image.convert("RGB"))) < 0.5


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        (np.uint16, 0, 65535),
        (np.int32, 0, 65535),
        (np.int32, 0, 255),
        (np.float32, 0, 1),
        (np.float32, 0, 255),
        (np.float32, -3, 17),
        (np.float32, 0, 1e6),
    ],
)
def test_deep_greys_use_the_whole_scale(kind: type, low: float, high: float) -> None:
    deep: NDArray[Any] = np.linspace(low, high, 4800).astype(kind)
    expected = np.linspace(0, 255, 4800).reshape(60, 80)
    assert np.abs(canvas_of(Image.fromarray(deep.reshape(60, 80))) - expected).max() <= 1.01


GREYS: NDArray[np.uint8] = np.asarray(drawing(3, (80, 60)).convert("L"))


def tiff(levels: NDArray[Any], **tags: int | str) -> bytes:
    numbers = {"max_sample_value": 281, "no_data": 42113, "photometric": 262}
    return encoded(
        Image.fromarray(levels), "TIFF", tiffinfo={numbers[tag]: tags[tag] for tag in tags}
    )


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("form", ["PNG", "TIFF", "array", "colours"])
def test_16_bits_of_which_fewer_are_used(bits: int, form: str) -> None:
    deep = (GREYS.astype(np.uint32) * (2**bits - 1) // 255).astype(np.uint16)
    source: PictureLike = deep if form == "array" else np.repeat(deep[..., None], 3, axis=2)
    if form in {"PNG", "TIFF"}:
        source = encoded(Image.fromarray(deep), form)
    assert np.abs(canvas_of(source).astype(int) - GREYS).max() <= 1


def test_a_file_that_says_how_many_bits_it_uses() -> None:
    dark = (GREYS // 8).astype(np.uint16) * 16  # of 12 bits
    assert canvas_of(tiff(dark)).max() > 100
    assert np.abs(canvas_of(tiff(dark, max_sample_value=4095)).astype(int) - GREYS // 8).max() <= 1
    # What can't be true, or is beyond 16 bits, is not believed.
    assert np.array_equal(canvas_of(tiff(dark, max_sample_value=3)), canvas_of(tiff(dark)))


@pytest.mark.parametrize("deep", [np.uint16, np.float32])
def test_a_tiff_in_which_zero_is_white(deep: type) -> None:
    levels = 65535 - GREYS.astype(np.uint16) * 257 if deep is np.uint16 else 1 - GREYS / 255
    found = canvas_of(tiff(levels.astype(deep), photometric=0))
    assert np.abs(found.astype(int) - GREYS).max() <= 1


@pytest.mark.parametrize(("coldest", "range_"), [(283.0, 30.0), (-20.0, 50.0), (28300, 3000)])
def test_measurements_reach_from_black_to_white(coldest: float, range_: float) -> None:
    share = (GREYS - GREYS.min()) / np.ptp(GREYS)
    found = canvas_of(tiff((coldest + range_ * share).astype(np.float32)))
    assert np.abs(found - 255 * share).max() <= 1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("scale", [1 / 255, 1, 0.1])
def test_what_is_not_a_number_is_black(value: float, scale: float) -> None:
    levels = (GREYS * scale + (273 if scale == 0.1 else 0)).astype(np.float32)
    expected = canvas_of(tiff(levels[10:]))
    levels[:10] = value
    found = canvas_of(tiff(levels))
    assert (found[:10] == 0).all()
    assert np.array_equal(found[10:], expected)


@pytest.mark.parametrize(
    "values", [[-9999], [-1e30], [3.4e38], [0], [-9999, 1e20], [-3e38, 3e38], [-32768, -1e30]]
)
@pytest.mark.parametrize("rows", [1, 25])
def test_what_is_far_from_all_data_is_none(values: list[float], rows: int) -> None:
    kelvin = (GREYS * 0.1 + 273).astype(np.float32)
    kelvin[0, :2], kelvin[-1, :2] = kelvin.min(), kelvin.max()
    holed = kelvin.copy()
    for at, value in enumerate(values):
        holed[30 + at * rows : 30 + (at + 1) * rows, 5:] = value
    found, expected = canvas_of(tiff(holed)), canvas_of(tiff(kelvin))
    data = holed == kelvin
    assert apart(found[data], expected[data]) < 3
    assert (found[~data] == 0).all()


def test_heights_below_the_sea_and_without_data() -> None:
    heights = GREYS.astype(np.int32) * 4 - 100
    expected = canvas_of(tiff(heights[10:]))
    heights[:10] = -32768
    found = canvas_of(tiff(heights))
    assert (found[:10] == 0).all()
    assert np.array_equal(found[10:], expected)


@pytest.mark.parametrize("kind", [np.uint16, np.int32, np.float32])
def test_what_a_tiff_says_is_no_data(kind: type) -> None:
    levels: NDArray[Any] = GREYS.astype(kind)
    levels[:10] = 40
    levels[10:] += (levels[10:] == 40).astype(kind)
    found = canvas_of(tiff(levels, no_data="40 "))
    assert (found[:10] == 0).all()
    assert np.array_equal(found[10:], canvas_of(tiff(levels))[10:])
    assert np.array_equal(canvas_of(tiff(levels, no_data="none")), canvas_of(tiff(levels)))


def test_two_measurements_are_black_and_white() -> None:
    assert set(np.unique(canvas_of(tiff(np.where(GREYS > 99, 7e5, -3).astype("f4"))))) == {0, 255}


@pytest.mark.parametrize("value", [0, 7, 70_000, -5, np.nan, np.inf])
def test_one_deep_grey_everywhere(value: float) -> None:
    assert len(np.unique(canvas_of(tiff(np.full((9, 9), value, np.float32))))) == 1


def test_numpys_warnings_are_not_ours_to_show() -> None:
    levels = (GREYS * 3.5 - 7).astype(np.float32)
    levels.view(np.uint32)[:2] = 0x7F800001  # signalling NaN
    levels[2:4] = 3.4e38
    levels[4:6] = -3.4e38
    assert canvas_of(encoded(Image.fromarray(levels), "TIFF"))[10:].max() == 255


@pytest.mark.parametrize("size", [(3000, 2000), (1, 6_000_000), (6_000_000, 1)])
@pytest.mark.parametrize("kind", ["u2", "i4", "f4"])
def test_deep_greys_take_little_memory(kind: str, size: tuple[int, int]) -> None:
    width, height = size
    image = Image.fromarray(np.arange(width * height, dtype=kind).reshape(height, width))
    tracemalloc.start()
    try:
        canvas_of(image)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 3 * width * height  # beside what Pillow holds: 2 or 4 bytes a pixel


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", ["u2", "f2", "f4", "f8", "?", "u1"])
def test_the_order_of_bytes_does_not_matter(kind: str, channels: int) -> None:
    levels = np.repeat(np.asarray(drawing(5).convert("L"))[..., None], channels, axis=2)
    array = {"u": levels * 1, "f": levels / 255, "?": levels > 99}[kind[0]].astype(kind)
    if kind == "u2":
        array *= 257
    swapped = array.astype(array.dtype.newbyteorder("S"))
    assert (swapped == array).all()
    assert np.array_equal(canvas_of(swapped), canvas_of(array))


def black_then(image: Image.Image, form: str, black: int = 2) -> bytes:
    frames = [Image.new("RGB", image.size)] * black
    last = image.transpose(Image.Transpose.ROTATE_180)
    options: dict[str, Any] = {"lossless": True} if form == "WEBP" else {}
    if form != "TIFF":
        # Of equal frames of equal length one is made.
        options["duration"] = [100 * (1 + at) for at in range(black + 2)]
    return encoded(
        frames[0], form, save_all=True, append_images=[*frames[1:], image, last], **options
    )


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "AVIF", "TIFF"])
def test_the_first_frame_with_features_is_taken(form: str) -> None:
    image = drawing(5)
    data = black_then(image, form)
    with open_picture(data) as picture:
        canvas, *_ = read(picture, lambda canvas: bool(np.ptp(canvas) > 32))
        assert picture.frame == picture.info.frames - 2 > 0
        assert apart(canvas, np.asarray(image.convert("L"))) < 10
        again = np.asarray(shown(picture.anew(), 300), float)
        assert apart(again, np.asarray(image, float)) < 20
    assert (canvas_of(data) < 5).all()


def test_where_no_frame_has_features_it_is_the_first() -> None:
    with open_picture(black_then(drawing(5), "TIFF")) as picture:
        assert (read(picture, lambda _: False)[0] == 0).all()


def test_not_all_of_a_thousand_black_frames_are_looked_at() -> None:
    looked = []
    with open_picture(black_then(Image.new("L", (8, 8)), "TIFF", 300)) as picture:
        assert picture.info.frames == 302
        read(picture, lambda canvas: bool(looked.append(canvas)))  # type: ignore[func-returns-value]
    assert len(looked) == 100


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_arrays_are_the_picture_that_they_show(channels: int) -> None:
    levels = np.asarray(drawing(5).convert("L"))
    array = np.repeat(levels[..., None], channels, axis=2)
    if channels == 4:
        array[..., 3] = 255
    for same in (array, array.astype(np.uint16) * 257, array / 255):
        assert np.array_equal(canvas_of(same), levels)


def test_an_array_of_truth_values() -> None:
    assert np.array_equal(canvas_of(np.eye(9, dtype=bool)), 255 * np.eye(9, dtype=np.uint8))


def test_the_picture_of_the_caller_is_left_alone() -> None:
    image = drawing(6, (900, 700))
    before = image.copy()
    canvas_of(image)
    assert image == before


def test_grey_is_that_of_a_whole_decoding() -> None:
    with open_picture(FORMATS["PNG-RGB"]) as picture:
        colours = decoded_whole(picture)
    luma = colours @ [0.299, 0.587, 0.114]
    assert np.abs(canvas_of(FORMATS["PNG-RGB"]) - luma).max() <= 1
