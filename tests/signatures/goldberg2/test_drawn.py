"""Drawings are told from photographs by their grey levels."""

import numpy as np
import pytest
from numpy.typing import NDArray

from imagematch_core.signatures.goldberg2.drawn import Texture

RANDOM = np.random.default_rng(4)


def code() -> NDArray[np.float32]:
    return RANDOM.integers(0, 2, (24, 24)).astype(np.float32) * 252


def text() -> NDArray[np.float32]:
    page = np.full((24, 24), 252, np.float32)
    page[2:-2:2, 2:-2] = RANDOM.integers(20, 120, (10, 20))
    return page


def chart() -> NDArray[np.float32]:
    levels = np.full((24, 24), 252, np.float32)
    for column, top in enumerate((6, 12, 3, 15)):
        levels[top:20, 2 + 5 * column : 5 + 5 * column] = 200
    return levels


def detailed_photograph() -> NDArray[np.float32]:
    """Leaves or gravel: neighbours differ much, but by any amount."""
    levels = np.clip(RANDOM.normal(128, 40, (24, 24)), 0, 255)
    return np.rint(levels).astype(np.float32)


def landscape() -> NDArray[np.float32]:
    down, across = np.mgrid[:24, :24]
    levels = 128 + 90 * np.sin(down / 4) + 30 * np.sin(across / 3 + down / 5)
    return np.asarray(np.rint(levels), np.float32)


def night_sky() -> NDArray[np.float32]:
    """Dark and even, but for a glow at the horizon; nothing in it ends at once."""
    down, across = np.mgrid[:24, :24]
    levels = 20 + 180 * np.exp(-(((down - 23) / 12) ** 2)) * np.cos((across - 12) / 40)
    return np.asarray(np.rint(levels), np.float32)


@pytest.mark.parametrize(
    ("levels", "drawn", "printed", "a_code"),
    [
        (code(), True, True, True),
        (text(), True, True, True),
        (chart(), True, False, False),
        (detailed_photograph(), False, False, False),
        (landscape(), False, False, False),
        (night_sky(), False, False, False),
    ],
    ids=["code", "text", "chart", "detailed photograph", "landscape", "night sky"],
)
def test_what_looks_drawn(
    levels: NDArray[np.float32], drawn: bool, printed: bool, a_code: bool
) -> None:
    texture = Texture.of(levels[None])
    assert texture.is_drawn.tolist() == [drawn]
    assert texture.is_printed.tolist() == [printed]
    assert texture.is_code.tolist() == [a_code]


def test_no_pictures_are_none() -> None:
    assert Texture.of(np.empty((0, 24, 24), np.float32)).is_drawn.tolist() == []
