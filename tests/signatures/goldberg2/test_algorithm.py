"""goldberg-2 behind the interface that all algorithms share, and what must never change of it."""

import hashlib

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

import imagematch_core as imagematch
from imagematch_core.model import ALL_ORIENTATIONS, UPRIGHT
from imagematch_core.protocol.values import MAX_QUERY_WORDS, MAX_RECORD_WORDS
from imagematch_core.signatures import get_algorithm
from imagematch_core.signatures.algorithm import Algorithm, View
from imagematch_core.sources import PictureLike, open_picture
from tests.drawings import CARAVAGGIO, REMIX, WIKIIMAGES, WIKIPEDIA, drawing

GOLDBERG = get_algorithm("goldberg-2")
LARGE = get_algorithm("goldberg-2-large")


def sign(source: PictureLike) -> bytes:
    with open_picture(source) as picture:
        return GOLDBERG.signature(GOLDBERG.canvas(picture))


def views_of(source: PictureLike, level: int = 1) -> list[View]:
    with open_picture(source) as picture:
        return GOLDBERG.views(GOLDBERG.canvas(picture), ALL_ORIENTATIONS, level)


def golden(height: int, width: int) -> NDArray[np.uint8]:
    """A picture whose values follow from whole numbers, so that no decoder has a say."""
    rows, columns = np.indices((height, width))
    rows, columns = rows * 120 // height, columns * 90 // width
    return ((rows * rows // 9 + columns * 3 + rows * columns // 40) // 2 % 256).astype(np.uint8)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (
            (120, 90),
            (
                "4954606b77828e99a567737f8b98a4b0bcc88d9aa7b3c0ccc8b29abbc8c7b39d866e"
                "553e9784715b463c45536246404b5a69788795a4738392a2b0b2a79a90aca2978d81"
                "76685d5472685e5659697a8b9b"
            ),
        ),
        (
            (61, 203),
            (
                "45515c68737e8a95a0636f7b87939fabb8c48996a2afbcc8ccbba2b6c4c7b8a48d77"
                "5f46aa8f735e4a3c3f4c5a5441414f5e6d7b8a9968788796a6b1b0a598afab9f9289"
                "7e74675b7b72675b57606f8091"
            ),
        ),
        (
            (900, 700),
            (
                "4954606b77828e99a567737f8b97a4b0bcc88d9aa6b3c0ccc9b29bbbc8c7b49d876f"
                "553f9884725c473c45536146404b5a69788695a4738292a1b0b2a79b90aca3978d82"
                "76695d5473695e565a697a8a9b"
            ),
        ),
    ],
    ids=str,
)
def test_signatures_never_change(shape: tuple[int, int], expected: str) -> None:
    assert sign(golden(*shape)).hex() == expected


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        (GOLDBERG, "cc32c8419f61fe1e6b48916cf9b77dd444e4ee26b609c804ecba2d6fa13e2c58"),
        (LARGE, "557143a00c03cb09aafb3645cdde9147390395013484afb2be7d91f62249b9f3"),
    ],
    ids=["goldberg-2", "goldberg-2-large"],
)
def test_words_never_change(algorithm: Algorithm, expected: str) -> None:
    signature = sign(golden(120, 90))
    asked = algorithm.query_words([View("whole", UPRIGHT, signature)])[0]
    (kept,) = algorithm.stored_words([signature])
    told = repr((kept, asked))
    assert hashlib.sha256(told.encode()).hexdigest() == expected


def test_distances_never_change() -> None:
    views = [View("whole", UPRIGHT, sign(golden(120, 90)))]
    signatures = [sign(golden(*shape)) for shape in ((120, 90), (61, 203), (900, 700))]
    assert GOLDBERG.distances(views, signatures).tolist() == [
        [0.0, 0.1164669470607169, 0.011347423899440112]
    ]


def test_views_never_change() -> None:
    digest = hashlib.sha256(b"".join(view.signature for view in views_of(golden(300, 400), 2)))
    assert digest.hexdigest() == (
        "2ead6f31beef21540068aa6f5a7e48a3d9673ee397c5dcaa9aa010251301626a"
    )


def test_copies_are_near_and_others_far() -> None:
    views = [view for view in views_of(WIKIPEDIA) if view.orientation == UPRIGHT]
    found = GOLDBERG.distances(views, [sign(path) for path in (WIKIIMAGES, REMIX, CARAVAGGIO)])
    copy, remix, other = found.min(axis=0).tolist()
    assert copy < 0.15
    assert remix < other
    assert other > GOLDBERG.default_cutoff


def test_the_whole_picture_is_its_signature() -> None:
    whole = views_of(WIKIPEDIA)[0]
    assert whole == View("whole", UPRIGHT, sign(WIKIPEDIA))


def test_orientations_are_those_of_the_turned_picture() -> None:
    canvas = golden(90, 120)
    for view in views_of(canvas, 0):
        turned = np.fliplr(canvas) if view.orientation.mirror else canvas
        turned = np.rot90(turned, view.orientation.rotate // 90)
        expected = sign(np.ascontiguousarray(turned))
        if view.orientation.negative:
            expected = bytes(255 - level for level in expected)
        assert view.signature == expected, str(view.orientation)


def test_views_from_a_signature_are_those_of_the_whole_picture() -> None:
    signature = sign(WIKIPEDIA)
    assert GOLDBERG.views_from_signature(signature, ALL_ORIENTATIONS) == views_of(WIKIPEDIA, 0)


def test_views_come_before_orientations() -> None:
    views = views_of(WIKIPEDIA, 2)
    names = list(dict.fromkeys(view.name for view in views))
    expected = [(name, orientation) for name in names for orientation in ALL_ORIENTATIONS]
    assert [(view.name, view.orientation) for view in views] == expected


@pytest.mark.parametrize("algorithm", [GOLDBERG, LARGE], ids=lambda one: one.name)
def test_words_within_the_protocol(algorithm: Algorithm) -> None:
    views = views_of(WIKIPEDIA)
    for view, words in zip(views, algorithm.query_words(views), strict=True):
        (kept,) = algorithm.stored_words([view.signature])
        assert set(kept) < set(words)
        assert len(kept) <= MAX_RECORD_WORDS
        assert len(words) <= MAX_QUERY_WORDS
        assert all(type(word) is int for word in (*kept, *words))


@pytest.mark.parametrize("algorithm", [GOLDBERG, LARGE], ids=lambda one: one.name)
def test_words_of_many_are_those_of_each(algorithm: Algorithm) -> None:
    signatures = [view.signature for view in views_of(WIKIPEDIA)]
    together = algorithm.stored_words(signatures)
    assert together == [words for one in signatures for words in algorithm.stored_words([one])]
    assert algorithm.stored_words([]) == []


def test_a_view_without_features_is_left_out() -> None:
    levels = np.full((200, 200), 255, np.uint8)
    levels[60:140, 60:140] = golden(80, 80)
    names = {view.name for view in views_of(Image.fromarray(levels), 2)}
    assert "whole" in names


def test_the_large_variant_shares_signatures() -> None:
    with (
        imagematch.open("memory://", algorithm="goldberg-2") as small,
        imagematch.open("memory://", algorithm="goldberg-2-large") as large,
    ):
        small.add_many(drawing(seed) for seed in range(5))
        assert small.copy_to(large).copied == 5
        for index in (small, large):
            (hit,) = index.search(drawing(3).resize((50, 40)))
            assert hit.distance < 0.1


@pytest.mark.parametrize("level", [-1, 3, 0.5])
def test_a_level_that_is_none(level: float) -> None:
    with (
        imagematch.open("memory://") as index,
        pytest.raises(imagematch.ArgumentError, match="thorough must be 0 to 2"),
    ):
        index.search(drawing(1), thorough=level)  # type: ignore[arg-type]


def test_a_thorough_search_finds_a_crop_that_a_quick_one_misses() -> None:
    with imagematch.open("memory://") as index, Image.open(WIKIPEDIA) as image:
        index.add(WIKIPEDIA)
        width, height = image.size
        crop = image.crop((width // 6, height // 6, width, height))
        found = [len(index.search(crop, thorough=level)) for level in (0, 1, 2)]
        assert found == [0, 0, 1]
        (hit,) = index.search(ImageOps.mirror(crop), thorough=2, all_orientations=True)
        assert hit.orientation.mirror
