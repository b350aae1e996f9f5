"""Windows hold what a picture shows, not what lies around it."""

from collections.abc import Callable
from dataclasses import astuple

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from imagematch_core.signatures.goldberg2.content import content, is_mostly
from imagematch_core.signatures.goldberg2.window import Window, everything
from tests.drawings import WIKIPEDIA, drawing


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    with Image.open(WIKIPEDIA) as image:
        return image.convert("L").resize((96, 120))


def texture(width: int, height: int) -> Image.Image:
    """Bright and dark at each edge."""
    noise = np.random.default_rng(3).integers(0, 256, (height // 4, width // 4), np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


def windows(image: Image.Image) -> list[Window]:
    return [part.box for part in content(np.asarray(image))]


def lies_at(found: Window, left: int, top: int, right: int, bottom: int) -> bool:
    """To the pixel, or one within: where ground was taken off a line goes with it."""
    inside = found.left - left, found.top - top, right - found.right, bottom - found.bottom
    return all(0 <= pixels <= 2 for pixels in inside)


def farthest(found: Window, at: tuple[int, int, int, int]) -> int:
    """By how many pixels the side that is farthest off lies elsewhere."""
    sides: tuple[int, int, int, int] = astuple(found)
    return max(abs(a - b) for a, b in zip(sides, at, strict=True))


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
    page, inside, *_ = windows(screen)
    assert page.bottom - page.top > 200
    assert lies_at(inside, 0, 83, 120, 173)


def test_the_picture_in_a_window_on_a_desktop_is_a_window_of_its_own(picture: Image.Image) -> None:
    desktop = Image.new("L", (256, 160), 70)
    draw = ImageDraw.Draw(desktop)
    draw.rectangle((40, 10, 215, 145), fill=255)
    draw.rectangle((40, 10, 215, 20), fill=244)
    draw.text((100, 10), "picture.jpg", fill=0)
    draw.rectangle((0, 152, 255, 159), fill=244)
    desktop.paste(picture, (80, 23))
    assert any(lies_at(box, 80, 23, 176, 143) for box in windows(desktop)[1:])


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
    for box, pixels, _ in content(canvas):
        assert pixels.size
        assert 0 <= box.left < box.right <= canvas.shape[1]
        assert 0 <= box.top < box.bottom <= canvas.shape[0]


def test_most_of_a_canvas(picture: Image.Image) -> None:
    for bars, mostly in ((8, True), (60, False)):
        canvas = np.asarray(ImageOps.expand(picture, bars, 255))
        assert is_mostly(content(canvas)[0].box, canvas) == mostly


def test_a_sky_is_no_mere_ground(picture: Image.Image) -> None:
    """What is flat but was photographed may be all there is around a copy of the rest."""
    sky = np.linspace(180, 188, 240).astype(np.uint8)[:, None] + np.zeros((1, 96), np.uint8)
    canvas = np.concatenate([sky, np.asarray(picture)])
    assert content(canvas)[0].box.top >= 240
    assert is_mostly(content(canvas)[0].box, canvas)


def test_a_picture_in_a_frame_is_also_seen_without_its_sky(picture: Image.Image) -> None:
    """As the same picture is, without the frame."""
    canvas = np.asarray(picture).copy()
    canvas[:60] = 200
    framed = ImageOps.expand(Image.fromarray(canvas), (30, 0, 30, 0), 0)
    (alone,) = windows(Image.fromarray(canvas))
    assert lies_at(alone, 0, 60, 96, 120)
    whole, core = windows(framed)
    assert lies_at(whole, 30, 0, 126, 120)
    assert lies_at(core, 30, 60, 126, 120)


@pytest.mark.parametrize("dark", [True, False])
def test_the_picture_among_messages_is_a_window_of_its_own(dark: bool) -> None:
    ground, bubble = (20, 45) if dark else (222, 255)
    screen = Image.new("L", (120, 250), ground)
    draw = ImageDraw.Draw(screen)
    for left, top in ((6, 10), (40, 38), (6, 150), (40, 180), (6, 210)):
        draw.rounded_rectangle((left, top, left + 70, top + 20), 3, bubble)
        draw.text((left + 4, top + 4), "some words", fill=255 - bubble)
    screen.paste(texture(84, 70), (8, 70))
    page, inside, *_ = content(np.asarray(screen))
    assert page.is_page
    assert not inside.is_page
    assert farthest(inside.box, (8, 70, 92, 140)) <= 1


def test_a_picture_as_dark_as_the_messages_is_a_window_of_its_own() -> None:
    """Of a colour that was drawn, hardly a level is in between; of a night many are."""
    screen = Image.new("L", (120, 250), 20)
    draw = ImageDraw.Draw(screen)
    for left, top in ((6, 10), (40, 38), (6, 150), (40, 180), (6, 210)):
        draw.rounded_rectangle((left, top, left + 70, top + 20), 3, 45)
        draw.text((left + 4, top + 4), "some words", fill=210)
    night = texture(84, 70).point(lambda level: 14 + max(0, level - 100) // 3)
    screen.paste(night, (8, 70))
    _, inside, *_ = windows(screen)
    assert farthest(inside, (8, 70, 92, 140)) <= 1


def test_a_picture_that_is_partly_black_is_a_window_of_its_own() -> None:
    """Black is on the page as well, but not around the picture."""
    story = Image.new("L", (135, 240), 255)
    draw = ImageDraw.Draw(story)
    draw.ellipse((4, 7, 14, 17), fill=90)
    draw.text((18, 7), "somebody", fill=0)
    story.paste(texture(135, 80), (0, 70))
    draw.polygon([(30, 149), (90, 84), (134, 80), (134, 149)], fill=0)
    _, inside, *_ = windows(story)
    assert lies_at(inside, 0, 70, 135, 150)


def test_a_bar_code_is_no_picture_between_blurred_bars() -> None:
    random = np.random.default_rng(3)
    bars = random.integers(0, 2, 60, np.uint8) * 255
    bars[[0, -1]] = 0
    label = np.tile(np.linspace(225, 255, 80).astype(np.uint8)[:, None], (1, 160))
    label[:, 20:140] = np.repeat(bars, 2)
    label[70:, 22:138] = random.integers(0, 256, (10, 116))
    assert all(box.left == 0 for box in windows(Image.fromarray(label)))


def test_a_picture_as_bright_as_its_page_is_found_by_its_grain() -> None:
    """Told by its level, most of it would be ground."""
    page = Image.new("L", (240, 160), 222)
    grain = np.asarray(texture(180, 96)) > 190
    cloud = 222 + 5 * np.random.default_rng(3).standard_normal((96, 180)) - 60 * grain
    page.paste(Image.fromarray(np.clip(cloud, 0, 255).astype(np.uint8)), (30, 30))
    draw = ImageDraw.Draw(page)
    draw.rectangle((20, 12, 80, 15), 30)
    draw.rectangle((20, 140, 100, 142), 30)
    _, inside, *_ = windows(page)
    assert farthest(inside, (30, 30, 210, 126)) <= 1


def test_a_line_of_text_above_a_picture_is_none_of_it() -> None:
    post = Image.new("L", (160, 200), 255)
    post.paste(texture(144, 96), (8, 60))
    draw = ImageDraw.Draw(post)
    for left in range(8, 150, 6):
        draw.rectangle((left, 50, left + 4, 56), 40)
    draw.text((8, 20), "somebody", fill=0)
    draw.text((8, 170), "likes this", fill=0)
    _, inside, *_ = windows(post)
    assert lies_at(inside, 8, 60, 152, 156)


def captioned(drawn: Callable[[ImageDraw.ImageDraw], None], lines: int = 1) -> Image.Image:
    """On white, and lines of text below."""
    image = Image.new("L", (160, 220), 255)
    draw = ImageDraw.Draw(image)
    drawn(draw)
    for line in range(lines):
        draw.text((12, 160 + 16 * line), "when you see it", fill=0)
    return image


def test_a_drawing_is_a_window_without_the_text_below() -> None:
    ring = (30, 20, 130, 140)
    image = captioned(lambda draw: draw.ellipse(ring, 200, 0, 6))
    captioned_too, drawing_alone = windows(image)
    assert captioned_too.bottom > 160
    assert lies_at(drawing_alone, *ring[:2], 131, 141)
    assert lies_at(windows(ImageOps.flip(image))[1], 30, 79, 131, 200)


def test_a_drawing_with_much_text_is_one_window() -> None:
    assert len(windows(captioned(lambda draw: draw.ellipse((30, 20, 130, 140), 200), 3))) == 1


def test_the_number_below_a_bar_code_stays() -> None:
    def bars(draw: ImageDraw.ImageDraw) -> None:
        for left in range(20, 140, 4):
            draw.rectangle((left, 20, left + 1, 140), 0)

    assert len(windows(captioned(bars))) == 1


def test_a_picture_as_wide_as_its_page_is_a_window_of_its_own() -> None:
    """What is taken off around the page takes a line of the picture."""
    page = Image.new("L", (100, 178), 17)
    page.paste(texture(94, 125), (3, 23))
    draw = ImageDraw.Draw(page)
    for left in range(4, 92, 6):
        draw.rectangle((left, 14, left + 4, 20), 230)
    draw.rectangle((4, 164, 95, 171), 130)
    _, inside, *_ = windows(page)
    assert lies_at(inside, 3, 23, 97, 148)


def test_print_is_no_picture_inside() -> None:
    random = np.random.default_rng(5)
    page = np.full((240, 180), 255, np.uint8)
    for paragraph in (40, 90, 140):
        for top in range(paragraph, paragraph + 39, 3):
            length = 120 if top < paragraph + 36 else 60
            strokes = np.where(random.random(length) < 0.9, random.integers(0, 200, length), 255)
            page[top : top + 2, 30 : 30 + length] = strokes
            page[top + 2, 30 : 30 + length] = np.where(random.random(length) < 0.9, 220, 255)
    page[20:24, 30:90] = page[215:219, 30:90] = 0
    assert all(box.bottom - box.top > 40 for box in windows(Image.fromarray(page)))


def test_a_bubble_of_text_is_no_picture_inside() -> None:
    screen = Image.new("L", (120, 250), 222)
    draw = ImageDraw.Draw(screen)
    for left, top in ((6, 20), (40, 150), (6, 200)):
        draw.rounded_rectangle((left, top, left + 70, top + 20), 3, 255)
        draw.text((left + 4, top + 4), "some words", fill=0)
    draw.rounded_rectangle((6, 52, 110, 132), 3, 255)
    for top in range(56, 124, 11):
        draw.text((10, top), "many more words", fill=0)
    assert len(windows(screen)) == 1


def test_a_table_is_no_picture_inside() -> None:
    page = Image.new("L", (240, 160), 255)
    draw = ImageDraw.Draw(page)
    for row in range(5):
        for column in range(5):
            place = 20 + 16 * column, 20 + 16 * row
            draw.rectangle((*place, place[0] + 16, place[1] + 16), 225 - 15 * (row % 2), 60)
    draw.text((150, 60), "a table", fill=0)
    assert len(windows(page)) == 1


def test_thin_pictures_have_windows_too() -> None:
    """Such as the banner of a website, or a line that parts two texts."""
    random = np.random.default_rng(3)
    for _ in range(600):
        height, width = (int(length) for length in random.integers(1, (12, 100)))
        levels = np.full((height, width), random.integers(0, 256), np.uint8)
        for _ in range(3):
            (top, bottom), (left, right) = (
                np.sort(random.integers(0, n + 1, 2)) for n in levels.shape
            )
            levels[top:bottom, left:right] = random.integers(0, 256, (bottom - top, right - left))
        canvas = levels if random.random() < 0.5 else levels.T
        assert content(canvas)


@pytest.mark.parametrize("upright", [True, False])
def test_bars_that_are_the_picture_blurred_are_taken_off(upright: bool) -> None:
    image = texture(240, 120)
    wide = image.resize((480, 240)).crop((120, 0, 360, 240))
    behind = wide.filter(ImageFilter.GaussianBlur(9))
    behind.paste(image, (0, 60))
    at = 0, 60, 240, 180
    if not upright:
        behind, at = behind.transpose(Image.Transpose.TRANSPOSE), (60, 0, 180, 240)
    page, inside, *_ = windows(behind)
    assert page == everything(np.asarray(behind))
    assert farthest(inside, at) <= 2


@pytest.mark.parametrize("last", [70, 130])
def test_the_picture_on_a_gradient_is_a_window_of_its_own(last: int) -> None:
    levels = np.linspace(60, last, 240).astype(np.uint8)
    screen = Image.fromarray(np.repeat(levels[:, None], 135, axis=1))
    draw = ImageDraw.Draw(screen)
    draw.rectangle((3, 2, 132, 3), fill=255)
    draw.ellipse((4, 7, 14, 17), fill=180)
    draw.text((18, 7), "somebody", fill=255)
    screen.paste(texture(115, 60), (10, 90))
    _, inside, *_ = windows(screen)
    assert farthest(inside, (10, 90, 125, 150)) <= 2


def test_the_shadow_of_a_product_is_no_picture_inside() -> None:
    shop, shadow = Image.new("L", (250, 250), 255), Image.new("L", (250, 250))
    ImageDraw.Draw(shadow).ellipse((42, 210, 208, 230), fill=120)
    shop.paste(90, (0, 0), shadow.filter(ImageFilter.GaussianBlur(5)))
    ImageDraw.Draw(shop).polygon([(70, 110), (180, 110), (130, 215), (120, 215)], fill=120)
    assert {found.top for found in windows(shop)} == {111}
