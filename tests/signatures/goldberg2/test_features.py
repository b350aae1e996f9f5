"""What has features, and what has none."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import imagematch_core as imagematch
from imagematch_core.sources import PictureLike
from tests.drawings import drawing


def noisy(levels: NDArray[np.float64], deviation: float) -> NDArray[np.uint8]:
    noise = np.random.default_rng(0).normal(0, deviation, levels.shape)
    return np.clip(levels + noise, 0, 255).astype(np.uint8)


def page() -> Image.Image:
    image = Image.new("RGB", (620, 877), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=12)
    for line in range(45):
        words = "the quick brown fox jumps over the lazy dog " * 2
        draw.text((60, 60 + 17 * line), words[line % 20 : 30 + line % 37 + line], "black", font)
    return image


def stars() -> NDArray[np.uint8]:
    sky = np.zeros((400, 600))
    random = np.random.default_rng(0)
    sky[random.integers(0, 400, 300), random.integers(0, 600, 300)] = 255
    return noisy(sky, 2)


@pytest.mark.parametrize(
    "picture",
    [
        np.full((50, 40), 200, np.uint8),
        noisy(np.full((500, 400), 128.0), 12),
        np.tile(np.linspace(100, 103, 200) / 255, (100, 1)),
        stars(),
        np.zeros((1, 1), np.uint8),
        Image.new("RGBA", (40, 30), (0, 0, 0, 0)),
    ],
    ids=["flat", "grain", "faint gradient", "stars", "a pixel", "transparent"],
)
def test_nothing_to_compare(picture: PictureLike) -> None:
    with pytest.raises(imagematch.FeaturelessImage, match="flat"):
        imagematch.signature(picture, "goldberg-2")
    with (
        imagematch.open("memory://", algorithm="goldberg-2") as index,
        pytest.raises(imagematch.FeaturelessImage),
    ):
        index.search(picture)


@pytest.mark.parametrize(
    "picture",
    [drawing(1), page(), np.tile(np.linspace(0, 1, 200), (100, 1)), np.eye(40, dtype=bool)],
    ids=["a drawing", "a page of text", "a gradient", "a line"],
)
def test_something_to_compare(picture: PictureLike) -> None:
    assert imagematch.signature(picture, "goldberg-2").data
