"""Windows hold what a picture shows, not what lies around it."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from imagematch_core.signatures.goldberg2.windows import Window, content, everything, is_mostly
from tests.drawings import WIKIPEDIA, drawing


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    with Image.open(WIKIPEDIA) as image:
        return image.convert("L").resize((96, 120))


def windows(image: Image.Image) -> list[Window]:
    return content(np.asarray(image))


def lies_at(found: Window, left: int, top: int, right: int, bottom: int) -> bool:
    """To the pixel, or one within: where ground was taken off a line goes with it."""
    inside = found.left - left, found.top - top, right - found.right, bottom - found.bottom
    return all(0 <= pixels <= 2 for pixels in inside)


@pytest.mark.parametrize("colour", [0, 128, 255])
@pytest.mark.parametrize(
    "bars",
    [(5, 0, 5, 0), (80, 0, 80, 0), (0, 60, 0, 60), (70, 66, 0, 10), (80, 68, 80, 68)],
    ids=str,
)
def test_ground_of_any_width_is_taken_off(
    picture: Image.Image, bars: tuple[int, int, int, int], colour: int
) -> None:
    left, top, _, _ = bars
    found, *_ = windows(ImageOps.expand(picture, bars, colour))
    assert lies_at(found, left, top, left + 96, top + 120)


def test_a_picture_without_ground_is_one_window(picture: Image.Image) -> None:
    for image in [picture, *(drawing(seed, (120, 90)).convert("L") for seed in range(20))]:
        assert windows(image) == [everything(np.asarray(image))]


@pytest.mark.parametrize("dark", [True, False])
def test_the_picture_in_a_screen_is_a_window_of_its_own(picture: Image.Image, dark: bool) -> None:
    ground, ink = (20, 220) if dark else (250, 40)
    screen = Image.new("L", (120, 256), ground)
    screen.paste(picture.resize((120, 90)), (0, 83))
    draw = ImageDraw.Draw(screen)
    draw.text((6, 4), "12:34", fill=ink)
    draw.rectangle((40, 250, 80, 252), fill=ink)
    page, inside = windows(screen)
    assert page.bottom - page.top > 200
    assert lies_at(inside, 0, 83, 120, 173)


def test_a_caption_is_not_inside(picture: Image.Image) -> None:
    framed = ImageOps.expand(picture, (0, 0, 0, 20), 255)
    ImageDraw.Draw(framed).text((4, 124), "when you see it", fill=0)
    assert lies_at(windows(framed)[-1], 0, 0, 96, 120)


@pytest.mark.parametrize(
    "levels",
    [
        np.full((50, 60), 90),
        np.zeros((1, 1)),
        np.zeros((2, 256)),
        np.tile(np.arange(200) * 11 % 256, (50, 1)),
        np.pad(np.full((3, 3), 200), 60),
    ],
    ids=["flat", "one pixel", "a strip", "stripes", "a dot"],
)
def test_what_has_no_windows(levels: np.ndarray) -> None:
    canvas = levels.astype(np.uint8)
    for box in content(canvas):
        assert 0 <= box.left < box.right <= canvas.shape[1]
        assert 0 <= box.top < box.bottom <= canvas.shape[0]


def test_most_of_a_canvas(picture: Image.Image) -> None:
    for bars, mostly in ((8, True), (60, False)):
        canvas = np.asarray(ImageOps.expand(picture, bars, 255))
        assert is_mostly(content(canvas)[0], canvas) == mostly
