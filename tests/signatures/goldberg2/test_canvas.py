"""Any picture → the same small grey canvas, however it is stored."""

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from imagematch_core.signatures.goldberg2.canvas import SIZE, read
from imagematch_core.signatures.goldberg2.views import whole
from imagematch_core.sources import Source, open_picture
from tests.drawings import drawing, encoded
from tests.samples import FORMATS
from tests.samples import decoded as decoded_whole


def canvas_of(source: Source) -> NDArray[np.uint8]:
    with open_picture(source) as picture:
        return read(picture)


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
        canvas = read(picture)
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


def test_dark_16_bit_greys_stay_dark() -> None:
    canvas = canvas_of(Image.fromarray(np.full((8, 8), 2570, np.uint16)))
    assert (canvas == 10).all()


def test_what_is_not_a_number_is_black() -> None:
    levels = np.full((8, 8), 0.5, np.float32)
    levels[0] = np.nan
    levels[1] = np.inf
    canvas = canvas_of(Image.fromarray(levels))
    assert set(np.unique(canvas)) == {0, 128}


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
