"""Views: each finds the kind of copy that it is there for."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageOps

from imagematch_core.model import ALL_ORIENTATIONS
from imagematch_core.signatures.goldberg2.blocks import GRID
from imagematch_core.signatures.goldberg2.distance import distances
from imagematch_core.signatures.goldberg2.views import CROPS, look, whole
from imagematch_core.signatures.turns import turned
from tests.drawings import WIKIPEDIA


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    with Image.open(WIKIPEDIA) as image:
        return image.convert("L").resize((180, 240))


def nearest(original: Image.Image, copy: Image.Image, level: int) -> tuple[float, str]:
    seen = look(np.asarray(copy), level)
    found = distances(seen.means, whole(np.asarray(original))[None])[:, 0]
    return float(found.min()), seen.names[int(found.argmin())]


def test_a_higher_level_looks_at_more(picture: Image.Image) -> None:
    names = [set(look(np.asarray(picture), level).names) for level in range(len(CROPS))]
    assert [len(found) for found in names] == [1, 6, 21]
    assert all(fewer < more for fewer, more in pairwise(names))


def test_the_whole_picture_comes_first(picture: Image.Image) -> None:
    framed = np.asarray(ImageOps.expand(picture, 20))
    for level in range(len(CROPS)):
        seen = look(framed, level)
        assert seen.names[:2] == ["whole", "trimmed"]
        assert np.array_equal(seen.means[0], whole(framed))
        assert np.abs(seen.means[1].astype(int) - whole(np.asarray(picture))).max() < 12


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_framed_copy(picture: Image.Image, level: int) -> None:
    distance, view = nearest(picture, ImageOps.expand(picture, (0, 0, 0, 40), 255), level)
    assert distance < 0.1
    assert view == "trimmed"


@pytest.mark.parametrize(
    ("level", "box"),
    [
        (1, (18, 24, 162, 216)),
        (1, (29, 0, 180, 240)),
        (1, (0, 0, 151, 240)),
        (1, (0, 38, 180, 240)),
        (1, (0, 0, 180, 202)),
        (2, (36, 48, 144, 192)),
        (2, (29, 38, 180, 240)),
        (2, (0, 0, 180, 182)),
        (2, (27, 0, 153, 240)),
    ],
    ids=str,
)
def test_a_crop(picture: Image.Image, level: int, box: tuple[int, int, int, int]) -> None:
    distance, view = nearest(picture, picture.crop(box), level)
    assert distance < 0.25
    assert view != "whole"


def test_a_crop_with_a_border_around_it(picture: Image.Image) -> None:
    framed = ImageOps.expand(picture.crop((18, 24, 162, 216)), 20, 255)
    assert nearest(picture, framed, 1)[0] < 0.15


def test_turning_a_query_turns_its_views(picture: Image.Image) -> None:
    canvas = np.asarray(picture)
    upright = look(canvas, 2).means.reshape(-1, GRID, GRID)
    for orientation in ALL_ORIENTATIONS[:8]:
        expected = {turned(view, orientation).tobytes() for view in upright}
        assert {view.tobytes() for view in look(turned(canvas, orientation), 2).means} == expected
