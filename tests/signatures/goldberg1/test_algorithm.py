from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray
from PIL import Image

from imagematch_core.errors import AlgorithmError, FeaturelessImage, UnsupportedPicture
from imagematch_core.model import ALL_ORIENTATIONS, UPRIGHT, Orientation, Signature
from imagematch_core.protocol.values import MAX_RECORD_WORDS
from imagematch_core.signatures import ALGORITHMS, DEFAULT, get_algorithm
from imagematch_core.signatures.algorithm import View
from imagematch_core.signatures.goldberg1 import Goldberg1, ImageSignature
from imagematch_core.signatures.goldberg1.packing import pack, unpack
from imagematch_core.sources import PictureLike, open_picture
from tests.drawings import CARAVAGGIO, REMIX, WIKIIMAGES, WIKIPEDIA

from .strategies import Entries, Picture, entries, pictures

NEGATIVE = Orientation(negative=True)
goldberg = Goldberg1()


def sign(source: PictureLike) -> bytes:
    with open_picture(source) as picture:
        return goldberg.signature(goldberg.canvas(picture)).data


def views_of(
    source: PictureLike, orientations: Sequence[Orientation] = ALL_ORIENTATIONS
) -> list[View]:
    with open_picture(source) as picture:
        return goldberg.views(goldberg.canvas(picture), orientations)


def turn(array: NDArray[Any], orientation: Orientation) -> NDArray[Any]:
    mirrored = np.fliplr(array) if orientation.mirror else array
    return np.ascontiguousarray(np.rot90(mirrored, orientation.rotate // 90))


def drawing(height: int, width: int) -> Picture:
    """A picture whose values follow from whole numbers, so that no decoder has a say."""
    rows, columns, channels = np.indices((height, width, 3))
    values = rows * rows + 3 * columns * channels + rows * columns // 7
    return np.asarray(values % 256, np.uint8)


def test_a_signature_is_that_of_image_match() -> None:
    assert np.array_equal(unpack(sign(WIKIPEDIA)), ImageSignature().generate_signature(WIKIPEDIA))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (
            (120, 90),
            "040000557b7c445106031b60625f234b516f03356d4f005a7b7c58011a6b7c40"
            "03492f1e5a787a69415f6258055f7b63020079311b3a25000800325b5e215175"
            "5129516a7562422926535319286323602b062c03657750463d2e36",
        ),
        (
            (61, 203),
            "624a0114607c04052e630419747915007a7b17056277541978310f102801196c"
            "2a63244909016c51746205762931036f63286030294a1c00582c1224625b0519"
            "535353532919194b73536b4e1077516a7a7b506979611e77686747",
        ),
    ],
)
def test_signatures_never_change(shape: tuple[int, int], expected: str) -> None:
    assert sign(drawing(*shape)).hex() == expected


def test_words_never_change() -> None:
    (words,) = goldberg.stored_words([sign(drawing(120, 90))])
    assert len(words) == 63
    assert words[:3] == (-2147397910, -2083661884, -2053951139)
    assert words[-3:] == (442745532, 501454617, 542937170)


def test_distances_to_the_last_bit() -> None:
    (view,) = views_of(WIKIPEDIA, [UPRIGHT])
    found = goldberg.distances(
        [view], [sign(path) for path in (WIKIPEDIA, WIKIIMAGES, REMIX, CARAVAGGIO)]
    )
    assert found.tolist() == [[0.0, 0.22095170140933634, 0.42672771706789686, 0.6844627538150725]]


def test_views_are_the_signatures_of_the_turned_picture() -> None:
    with Image.open(WIKIPEDIA) as image:
        upright = np.asarray(image)
    for view in views_of(WIKIPEDIA):
        colours = turn(255 - upright if view.orientation.negative else upright, view.orientation)
        assert view.signature == sign(colours), str(view.orientation)
        assert view.name == "whole"


@settings(max_examples=30)
@given(pictures())
def test_views_come_in_the_order_asked_for(picture: Any) -> None:
    for source in (picture, picture[..., 0] / 255):
        try:
            sign(source)
        except FeaturelessImage:
            return
        found = views_of(source, ALL_ORIENTATIONS[::-1])
        assert found == views_of(source)[::-1]
        for view in found:
            turned = sign(turn(source, view.orientation))
            expected = pack(-unpack(turned)) if view.orientation.negative else turned
            assert view.signature == expected


def test_no_orientations_no_views() -> None:
    assert views_of(WIKIPEDIA, []) == []


@given(entries())
def test_upright_and_negative_follow_from_the_signature(found: Entries) -> None:
    views = goldberg.views_from_signature(Signature(goldberg.name, pack(found)), ALL_ORIENTATIONS)
    assert views == [View("whole", UPRIGHT, pack(found)), View("whole", NEGATIVE, pack(-found))]


@given(entries())
def test_query_words_are_the_stored_words(found: Entries) -> None:
    signature = pack(found)
    (view, *_) = goldberg.views_from_signature(Signature(goldberg.name, signature), [UPRIGHT])
    (words,) = goldberg.stored_words([signature])
    assert goldberg.query_words([view]) == [words]
    assert len(words) == 63 <= MAX_RECORD_WORDS
    assert all(type(word) is int for word in words)


@pytest.mark.parametrize(
    "picture",
    [
        np.full((40, 30, 3), 9, np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.ones((40, 30)),
        np.full((40, 30), True),
    ],
    ids=["colours", "a pixel", "floats", "bits"],
)
def test_a_flat_picture_has_no_signature_and_no_views(picture: Any) -> None:
    with pytest.raises(FeaturelessImage, match="flat"):
        sign(picture)
    with pytest.raises(FeaturelessImage, match="flat"):
        views_of(picture)


def test_a_flat_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "night.png"
    Image.new("RGB", (100, 100)).save(path)
    with pytest.raises(FeaturelessImage, match=r"night\.png"):
        sign(path)


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_pillow_images_of_more_than_8_bits_are_refused(mode: str) -> None:
    with pytest.raises(UnsupportedPicture, match=f"mode {mode}"):
        sign(Image.new(mode, (20, 20)))


def test_a_pillow_image_is_left_as_it_was() -> None:
    with Image.open(WIKIPEDIA) as image:
        image.load()
        before = image.tobytes()
        assert sign(image) == sign(WIKIPEDIA)
        assert image.tobytes() == before


def test_algorithms_are_had_by_name() -> None:
    assert get_algorithm("goldberg-1").name == "goldberg-1"
    assert get_algorithm() is get_algorithm(DEFAULT)
    for name, algorithm in ALGORITHMS.items():
        assert name == algorithm.name


def test_an_unknown_algorithm_is_answered_with_a_guess_and_the_list() -> None:
    with pytest.raises(
        AlgorithmError, match=r"'goldberg1'; did you mean 'goldberg-1'\?.*goldberg-1"
    ):
        get_algorithm("goldberg1")
    with pytest.raises(AlgorithmError, match=r"'sift'\. There are: goldberg-1"):
        get_algorithm("sift")
