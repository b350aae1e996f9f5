"""Views: each finds the kind of copy that it is there for."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from imagematch_core.model import ALL_ORIENTATIONS, UPRIGHT
from imagematch_core.signatures import get_algorithm
from imagematch_core.signatures.algorithm import View
from imagematch_core.signatures.goldberg2.blocks import GRID, whole
from imagematch_core.signatures.goldberg2.distance import distances, stack
from imagematch_core.signatures.goldberg2.views import CROPS, MIDDLES, PARTS
from imagematch_core.signatures.turns import turned
from imagematch_core.sources import open_picture
from tests.drawings import WIKIPEDIA

GOLDBERG = get_algorithm("goldberg-2")


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    with Image.open(WIKIPEDIA) as image:
        return image.convert("L").resize((180, 240))


def look(picture: Image.Image) -> list[View]:
    with open_picture(picture) as opened:
        return GOLDBERG.views(GOLDBERG.canvas(opened), [UPRIGHT])


def nearest(original: Image.Image, copy: Image.Image) -> tuple[float, str]:
    seen = look(copy)
    means = stack([view.signature for view in seen])
    found = distances(means, whole(np.asarray(original))[None])[:, 0]
    return float(found.min()), seen[int(found.argmin())].name


def test_every_view_is_looked_at_once(picture: Image.Image) -> None:
    count = 1 + len(CROPS) + len(MIDDLES) + len(PARTS)
    assert len({view.name for view in look(picture)}) == len(look(picture)) == count == 36


def test_a_framed_copy(picture: Image.Image) -> None:
    distance, view = nearest(picture, ImageOps.expand(picture, (0, 0, 0, 40), 255))
    assert distance < 0.1
    assert view == "content"


@pytest.mark.parametrize(
    "box",
    [
        (18, 24, 162, 216),
        (29, 0, 180, 240),
        (0, 0, 151, 240),
        (0, 38, 180, 240),
        (0, 0, 180, 202),
        (36, 48, 144, 192),
        (29, 38, 180, 240),
        (0, 0, 180, 182),
        (27, 0, 153, 240),
    ],
    ids=str,
)
def test_a_crop(picture: Image.Image, box: tuple[int, int, int, int]) -> None:
    distance, view = nearest(picture, picture.crop(box))
    assert distance < 0.25
    assert view != "whole"


@pytest.mark.parametrize("beside", [True, False])
def test_a_picture_in_the_middle_of_another(picture: Image.Image, beside: bool) -> None:
    """It does not end where that could be told."""
    size = (270, 240) if beside else (180, 360)
    around = np.random.default_rng(3).integers(0, 256, (size[1] // 5, size[0] // 5), np.uint8)
    copy = Image.fromarray(around).resize(size, Image.Resampling.BICUBIC)
    copy.paste(picture, (45, 0) if beside else (0, 60))
    distance, view = nearest(picture, copy)
    assert distance < 0.1
    assert view.startswith("inside")


def test_a_crop_with_a_border_around_it(picture: Image.Image) -> None:
    framed = ImageOps.expand(picture.crop((18, 24, 162, 216)), 20, 255)
    assert nearest(picture, framed)[0] < 0.2


def test_turning_a_query_turns_its_views(picture: Image.Image) -> None:
    upright = [np.frombuffer(view.signature, np.uint8) for view in look(picture)]
    for orientation in ALL_ORIENTATIONS[:8]:
        expected = {turned(view.reshape(GRID, GRID), orientation).tobytes() for view in upright}
        canvas = Image.fromarray(np.ascontiguousarray(turned(np.asarray(picture), orientation)))
        assert {view.signature for view in look(canvas)} == expected
