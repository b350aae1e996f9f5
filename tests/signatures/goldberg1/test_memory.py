import gc

import numpy as np
import pytest
from PIL import Image

from imagematch_core.signatures.goldberg1.memory import view


def colours(mode: str, size: tuple[int, int]) -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    return Image.fromarray(noise).convert(mode)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (501, 377)])
def test_a_view_holds_the_pixels(mode: str, size: tuple[int, int]) -> None:
    image = colours(mode, size)
    assert np.array_equal(view(image)[..., :3], np.asarray(image)[..., :3])


def test_a_view_of_an_image_in_several_pieces_is_a_copy_of_all() -> None:
    image = colours("RGB", (2048, 2304))  # over the 16 MiB that Pillow keeps in one piece
    assert np.array_equal(view(image), np.asarray(image))


def test_a_view_outlives_the_image() -> None:
    image = colours("RGB", (400, 300))
    expected = np.asarray(image).copy()
    seen = view(image)
    image.close()
    del image
    gc.collect()
    colours("RGB", (400, 300))  # would be put where the freed one was
    assert np.array_equal(seen[..., :3], expected)


def test_a_view_is_not_to_be_written_to() -> None:
    assert not view(colours("RGB", (4, 3))).flags.writeable


def test_rows_with_gaps_between_them() -> None:
    arena = Image.core  # type: ignore[attr-defined]
    alignment = arena.get_alignment()
    try:
        arena.set_alignment(64)
        image = colours("RGB", (11, 10))
        assert np.array_equal(view(image)[..., :3], np.asarray(image))
    finally:
        arena.set_alignment(alignment)
