"""A picture that was turned on flat ground is seen as it was before."""

from math import atan, degrees

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from imagematch_core.signatures.goldberg2 import aslant
from imagematch_core.signatures.goldberg2.content import content


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    levels = np.random.default_rng(5).integers(40, 215, (30, 40), np.uint8)
    return Image.fromarray(levels).resize((200, 150), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("ground", [0, 128, 255])
@pytest.mark.parametrize("enlarged", [True, False], ids=["enlarged", "cut off"])
@pytest.mark.parametrize("angle", [-12, -5, -2, 2, 5, 12])
def test_a_picture_is_turned_back(
    picture: Image.Image, angle: int, enlarged: bool, ground: int
) -> None:
    turned = picture.rotate(angle, Image.Resampling.BICUBIC, expand=enlarged, fillcolor=ground)
    canvas = np.asarray(turned)
    found = aslant.outline(canvas)
    assert found is not None
    # Pillow turns counter-clockwise.
    assert degrees(atan(found.tangent)) == pytest.approx(-angle, abs=1.5)
    assert (found.width, found.height) == pytest.approx((198, 148), abs=5)
    back = Image.fromarray(aslant.turned_back(canvas, found)).resize((20, 15))
    before = ImageOps.crop(picture, 1).resize((20, 15))
    a, b = (np.asarray(one, np.float64)[3:-3, 3:-3].ravel() for one in (back, before))
    assert np.corrcoef(a, b)[0, 1] > 0.95


def test_the_turned_picture_is_a_window_of_its_own(picture: Image.Image) -> None:
    turned = picture.rotate(-5, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    page, inside, *_ = content(np.asarray(turned))
    assert page.is_page
    middle = (inside.box.left + inside.box.right) / 2, (inside.box.top + inside.box.bottom) / 2
    assert middle == pytest.approx((turned.width / 2, turned.height / 2), abs=2)
    assert inside.pixels.shape == inside.box.of(np.asarray(turned)).shape


def test_what_was_not_turned_stays(picture: Image.Image) -> None:
    disc = Image.new("L", (160, 160), 255)
    ImageDraw.Draw(disc).ellipse((0, 0, 159, 159), 40)
    mark = Image.new("L", (160, 160), 255)
    ImageDraw.Draw(mark).rounded_rectangle((0, 0, 159, 159), 30, 40)
    text = Image.new("L", (160, 160), 255)
    for line in range(0, 160, 12):
        ImageDraw.Draw(text).text((3, line), "words in a line of text", fill=0)
    straight = ImageOps.expand(picture, 12, 255)
    for image in (picture, disc, mark, text, straight):
        assert aslant.outline(np.asarray(image)) is None


@pytest.mark.parametrize("shape", [(1, 1), (2, 256), (256, 2), (40, 40)])
def test_what_is_flat_or_small_was_not_turned(shape: tuple[int, int]) -> None:
    assert aslant.outline(np.zeros(shape, np.uint8)) is None


def test_a_long_picture_that_was_turned_lies_in_its_canvas() -> None:
    levels = np.random.default_rng(5).integers(40, 215, (36, 250), np.uint8)
    for angle in range(-12, 13):
        turned = Image.fromarray(levels).rotate(angle, expand=True, fillcolor=255)
        turned.thumbnail((256, 256))
        canvas = np.asarray(turned)
        for box, pixels, _ in content(canvas):
            assert 0 <= box.left < box.right <= canvas.shape[1]
            assert 0 <= box.top < box.bottom <= canvas.shape[0]
            assert pixels.shape == box.of(canvas).shape
