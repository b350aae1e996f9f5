import platform
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from skimage.color import rgb2gray
from skimage.util import img_as_float64

from imagematch_core.signatures.goldberg1 import grey as module
from imagematch_core.signatures.goldberg1.grey import grey
from tests.samples import SAMPLES

COLOUR_SAMPLES = sorted(SAMPLES.glob("*.png")) + sorted(SAMPLES.glob("*.jp*g"))
ULP = 2**-52
FUSED = platform.machine() in {"x86_64", "AMD64"}
"""Whether scikit-image's matrix product is computed with the instruction that we imitate."""


@pytest.mark.parametrize("path", COLOUR_SAMPLES, ids=lambda path: path.name)
def test_grey_of_a_picture_is_that_of_scikit_image(path: Path) -> None:
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    expected = rgb2gray(pixels)
    found = grey(pixels)
    np.testing.assert_allclose(found, expected, rtol=0, atol=ULP)
    if FUSED:
        assert np.array_equal(found, expected)


NOISE = np.random.default_rng(1).integers(0, 65536, (20, 30, 3), dtype=np.uint16)
SAMPLES_OF_EACH_TYPE = [NOISE > 30_000, (NOISE >> 8).astype(np.uint8), NOISE, NOISE / 65535]


@pytest.mark.parametrize("pixels", SAMPLES_OF_EACH_TYPE, ids=lambda pixels: str(pixels.dtype))
def test_grey_of_an_array_is_that_of_scikit_image(pixels: NDArray[Any]) -> None:
    expected = rgb2gray(pixels)
    found = grey(pixels)
    np.testing.assert_allclose(found, expected, rtol=0, atol=ULP)
    if FUSED:
        assert np.array_equal(found, expected)


@pytest.mark.parametrize("pixels", SAMPLES_OF_EACH_TYPE, ids=lambda pixels: str(pixels.dtype))
def test_what_is_grey_is_taken_as_it_is(pixels: NDArray[Any]) -> None:
    red = pixels[..., 0]
    expected = np.asarray(img_as_float64(red))  # type: ignore[no-untyped-call]
    assert np.array_equal(grey(red), expected)
    assert np.array_equal(grey(red[..., None]), expected)


def test_alpha_is_left_out() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    assert np.array_equal(grey(pixels), grey(pixels[..., :3]))
    assert np.array_equal(grey(pixels / 255), grey(pixels[..., :3] / 255))


def test_single_precision_is_computed_in_double() -> None:
    pixels = np.random.default_rng(3).random((5, 7, 3)).astype(np.float32)
    assert np.array_equal(grey(pixels), grey(pixels.astype(np.float64)))


def test_the_tables_give_every_colour_the_grey_of_the_formula() -> None:
    level = np.arange(256) * (1 / 255)
    red, green = np.meshgrid(level, level, indexing="ij")
    of_red_and_green = module._fma(red, module.RED, green * module.GREEN)
    pixels = np.empty((256, 256, 3), np.uint8)
    pixels[..., 0], pixels[..., 1] = np.indices((256, 256))
    for blue in range(256):
        pixels[..., 2] = blue
        expected = module._fma(np.full_like(red, level[blue]), module.BLUE, of_red_and_green)
        assert np.array_equal(grey(pixels), expected)


@given(st.floats(-1, 1), st.sampled_from([0.2125, 0.0721, 0.1]), st.floats(-1, 1))
def test_a_product_and_a_sum_are_rounded_once(a: float, b: float, c: float) -> None:
    if abs(a) < 1e-200 or abs(c) < 1e-200:
        return
    found = module._fma(np.array([a]), b, np.array([c]))[0]
    assert found == float(Fraction(a) * Fraction(b) + Fraction(c))
