"""A copy may be cropped, squashed or turned, but what is cropped is hardly ever the others."""

import numpy as np
import pytest
from PIL import Image

import imagematch_core as imagematch
from imagematch_core.signatures import get_algorithm
from imagematch_core.signatures.goldberg2.detail import load
from imagematch_core.signatures.goldberg2.distortion import is_distorted, strictness
from tests.drawings import CARAVAGGIO, drawing

CUTOFF = get_algorithm("goldberg-2").default_cutoff


def distance(one: Image.Image, other: Image.Image) -> float:
    return imagematch.compare(one, other, "goldberg-2").distance


def test_what_is_cropped_and_squashed_is_farther_apart() -> None:
    with Image.open(CARAVAGGIO) as image:
        painting = image.convert("RGB").resize((400, 600))
    cropped = painting.crop((0, 0, 400, 450))
    a_little, more = (distance(cropped.resize((400, to)), painting) for to in (520, 600))
    assert 1.25 * a_little < more < CUTOFF
    assert distance(painting.resize((300, 600)), painting) < CUTOFF


@pytest.mark.parametrize("turned", [False, True])
def test_what_counts_are_pixels(turned: bool) -> None:
    """A narrow crop of a wide picture has cells of another shape, but it is not squashed."""
    warp = np.array([[[0.7, 0, 0], [0, 1, 0]]])
    aspects = np.array([1 / 0.7])
    if turned:
        warp, aspects = warp[:, ::-1, [1, 0, 2]], 1 / aspects
    assert strictness(warp, aspects) == 1
    assert strictness(warp, np.ones(1)) > 1
    assert strictness(warp, aspects * 1.25) > 1
    assert strictness(warp, aspects * 1.2) == 1
    assert strictness(warp, np.full(1, np.nan)) == 1


def test_the_whole_may_be_squashed_or_turned() -> None:
    whole, turned = np.eye(2, 3)[None], np.array([[[1, -0.2, 0], [0.2, 1, 0]]])
    assert strictness(whole, np.full(1, 2.0)) == 1
    assert strictness(turned, np.ones(1)) == 1
    turned[0, 0, 2] = 4
    assert strictness(turned, np.ones(1)) > 1
    assert not is_distorted(turned)
    assert is_distorted(3 * turned)


def test_crops_of_narrow_pictures_are_found() -> None:
    """Their canvases are reduced less in one direction, and how much less is not known."""
    banner = drawing(3, (2400, 300))
    crop = banner.crop((400, 0, 2400, 300)).resize((500, 75))
    (canvas, of_crop) = load([imagematch.signature(one).detail for one in (banner, crop)])
    assert (canvas.width, canvas.height, canvas.is_uneven) == (240, 75, True)
    assert (of_crop.width, of_crop.height, of_crop.is_uneven) == (250, 75, True)
    assert distance(crop, banner) < CUTOFF
    assert not load([imagematch.signature(drawing(3, (256, 70))).detail])[0].is_uneven
