"""goldberg-2 behind the interface that all algorithms share, and what must never change of it."""

import hashlib

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

import imagematch_core as imagematch
from imagematch_core.model import ALL_ORIENTATIONS, UPRIGHT, Signature
from imagematch_core.protocol.values import MAX_QUERY_WORDS, MAX_RECORD_WORDS
from imagematch_core.signatures import get_algorithm
from imagematch_core.signatures.algorithm import Algorithm, View
from imagematch_core.sources import PictureLike, open_picture
from tests.drawings import CARAVAGGIO, REMIX, WIKIIMAGES, WIKIPEDIA, drawing

GOLDBERG = get_algorithm("goldberg-2")
LARGE = get_algorithm("goldberg-2-large")


def signature(source: PictureLike) -> Signature:
    with open_picture(source) as picture:
        return GOLDBERG.signature(GOLDBERG.canvas(picture))


def sign(source: PictureLike) -> bytes:
    return signature(source).data


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
        (GOLDBERG, "46e86c462b045dfae3f8e5baf080e15434e0db0741897a310fd00a7e2a0dc366"),
        (LARGE, "2a3b4eacfa40788dd143f40308a78e20aea9a85bce79025b38a394299af91ba5"),
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
        [0.0, 0.0651883042032543, 0.00827544381686633]
    ]


def test_details_never_change() -> None:
    digest = hashlib.sha256(signature(golden(300, 400)).detail)
    assert digest.hexdigest() == "4b05f6fbdfc272e06d9e28d5157658d819dbd880b5fb40fb090581273dfd813a"


def test_views_never_change() -> None:
    digest = hashlib.sha256(b"".join(view.signature for view in views_of(golden(300, 400), 2)))
    assert digest.hexdigest() == "42d1a14d5bdf2a758dd9bde0135000dc7b29a49956335779a4f488ea5e38b637"


def test_verified_distances_never_change() -> None:
    """On every machine: these follow from sums that are exact, and from single operations."""
    original = golden(300, 400)
    random = np.random.default_rng(3)
    grainy = np.clip(original + random.integers(-30, 31, original.shape), 0, 255)
    copies = [
        original[20:, 37:],
        original[:260, :390],
        original[15:285, 20:],
        grainy.astype(np.uint8),
        np.ascontiguousarray(original[::2, ::3]),
    ]
    views = [view for view in views_of(original) if view.orientation == UPRIGHT]
    found = [one.distance for one in GOLDBERG.compare(views, [*map(signature, copies)])]
    assert found == [
        0.05805078809644447,
        0.19648326656287377,
        0.22698315544311443,
        0.011129463286595176,
        0.019158776907084136,
    ]


def test_copies_are_near_and_others_far() -> None:
    views = [view for view in views_of(WIKIPEDIA) if view.orientation == UPRIGHT]
    signatures = [signature(path) for path in (WIKIIMAGES, REMIX, CARAVAGGIO)]
    copy, remix, other = GOLDBERG.distances(views, [one.data for one in signatures]).min(axis=0)
    assert copy < 0.15
    assert remix < other
    verified = [one.distance for one in GOLDBERG.compare(views, signatures)]
    assert verified[0] < 0.2
    assert verified[2] == 1.0


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_picture_is_no_distance_from_itself(level: int) -> None:
    for source in (WIKIPEDIA, golden(300, 400), framed(golden(200, 300))):
        (found,) = GOLDBERG.compare(views_of(source, level), [signature(source)])
        assert found.distance == 0.0


def framed(levels: NDArray[np.uint8], white: int = 120) -> NDArray[np.uint8]:
    return np.pad(levels, white, constant_values=255)


def test_whichever_of_two_pictures_is_framed_they_are_near() -> None:
    picture = golden(200, 300)
    for one, other in ((picture, framed(picture)), (framed(picture), picture)):
        (found,) = GOLDBERG.compare(views_of(one), [signature(other)])
        assert found.distance < 0.1


def cut_out(seed: int) -> Image.Image:
    """A transparent picture: a disc and a corner of a drawing."""
    image = drawing(seed, (200, 200)).convert("RGBA")
    mask = Image.new("L", image.size)
    pen = ImageDraw.Draw(mask)
    pen.ellipse((10, 30, 150, 170), fill=255)
    pen.polygon(((120, 20), (190, 60), (140, 110)), fill=255)
    image.putalpha(mask)
    return image


def on(ground: str, image: Image.Image) -> Image.Image:
    behind = Image.new("RGBA", image.size, ground)
    return Image.alpha_composite(behind, image).convert("RGB")


GROUNDS = ("white", "black", "grey", "steelblue", "#1e1e2e", "crimson")


@pytest.mark.parametrize("mode", ["RGBA", "P"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_a_transparent_picture_is_found_on_any_ground(ground: str, mode: str) -> None:
    for seed in range(4):
        image = cut_out(seed)
        flat = on(ground, image)
        if mode == "P":
            image = image.quantize(200)
        assert imagematch.compare(image, flat).distance < GOLDBERG.default_cutoff
        with imagematch.open("memory://") as index:
            for other in range(4):
                index.add(cut_out(other), id=str(other))
            hits = index.search(flat)
            assert [hit.id for hit in hits] == [str(seed)]
            index.add(flat, id="flat")
            assert {hit.id for hit in index.search(id=str(seed))} == {"flat"}


def test_only_a_transparent_picture_has_windows_on_other_grounds() -> None:
    assert len(sign(cut_out(1))) > len(sign(on("white", cut_out(1))))
    opaque = drawing(1).convert("RGBA")
    assert signature(opaque) == signature(drawing(1))
    assert max(map(len, GOLDBERG.stored_words([sign(cut_out(1))]))) <= MAX_RECORD_WORDS


def diagram(seed: int) -> Image.Image:
    """White boxes, the same in all, that are seen on black; a drawing that is seen on white."""
    image = Image.new("RGBA", (200, 200))
    pen = ImageDraw.Draw(image)
    numbers = np.random.default_rng(seed)
    for left, top in numbers.integers(0, 160, (9, 2)).tolist():
        pen.ellipse((left, top, left + 40, top + 40), (0, 0, 0, 255))
    for box in (20, 20, 110, 60), (70, 80, 180, 120), (30, 140, 100, 185):
        pen.rectangle(box, (255, 255, 255, 255))
    return image


def test_transparent_pictures_are_told_apart_on_white() -> None:
    """Else diagrams of one template match, since lines and words aren't seen on black."""
    one, other = diagram(1), diagram(2)
    assert imagematch.compare(one, other).distance == 1.0
    assert imagematch.compare(one, one.resize((120, 120))).distance < GOLDBERG.default_cutoff


def test_the_frame_around_a_transparent_page_leaves_room_for_its_words() -> None:
    page = Image.new("RGBA", (400, 400), (250, 250, 250, 255))
    page.paste(drawing(3, (240, 160)), (80, 120))
    page.putpixel((0, 0), (0, 0, 0, 0))
    (words,) = GOLDBERG.stored_words([sign(page)])
    assert len(words) <= MAX_RECORD_WORDS


def test_a_query_may_be_what_is_stored_of_a_picture() -> None:
    canvas = framed(golden(200, 300))
    views = GOLDBERG.views_from_signature(signature(canvas), ALL_ORIENTATIONS, 2)
    told = [
        [(view.name, view.orientation, view.signature) for view in some]
        for some in (views, views_of(canvas, 2))
    ]
    assert told[0] == told[1]


def test_a_signature_without_its_detail_is_refused() -> None:
    with imagematch.open("memory://") as index:
        bare = imagematch.Signature("goldberg-2", sign(WIKIPEDIA))
        for use in (index.add, index.search):
            with pytest.raises(imagematch.AlgorithmError, match="detail"):
                use(bare)


def test_the_whole_picture_is_its_signature() -> None:
    whole = views_of(WIKIPEDIA)[0]
    assert (whole.name, whole.orientation) == ("whole", UPRIGHT)
    assert whole.signature == sign(WIKIPEDIA)


def test_orientations_are_those_of_the_turned_picture() -> None:
    canvas = golden(90, 120)
    for view in [view for view in views_of(canvas, 0) if view.name == "whole"]:
        turned = np.fliplr(canvas) if view.orientation.mirror else canvas
        turned = np.rot90(turned, view.orientation.rotate // 90)
        expected = sign(np.ascontiguousarray(turned))
        if view.orientation.negative:
            expected = bytes(255 - level for level in expected)
        assert view.signature == expected, str(view.orientation)


def test_views_come_before_orientations() -> None:
    views = views_of(WIKIPEDIA, 2)
    names = list(dict.fromkeys(view.name for view in views))
    expected = [(name, orientation) for name in names for orientation in ALL_ORIENTATIONS]
    assert [(view.name, view.orientation) for view in views] == expected


@pytest.mark.parametrize("algorithm", [GOLDBERG, LARGE], ids=lambda one: one.name)
def test_words_within_the_protocol(algorithm: Algorithm) -> None:
    for level in range(3):
        asked = algorithm.query_words(views_of(WIKIPEDIA, level))
        (kept,) = algorithm.stored_words([sign(WIKIPEDIA)])
        assert set(kept) < set(asked[0])
        assert len(kept) <= MAX_RECORD_WORDS
        for words in asked:
            assert len(words) <= MAX_QUERY_WORDS
            assert list(words) == sorted(set(words))
            assert all(type(word) is int for word in words)


def test_a_higher_level_asks_for_all_that_a_lower_one_asks_for() -> None:
    asked = [set().union(*GOLDBERG.query_words(views_of(WIKIPEDIA, level))) for level in range(3)]
    assert asked[0] < asked[1] < asked[2]


@pytest.mark.parametrize("algorithm", [GOLDBERG, LARGE], ids=lambda one: one.name)
def test_words_of_many_are_those_of_each(algorithm: Algorithm) -> None:
    signatures = [view.signature for view in views_of(WIKIPEDIA)]
    signatures.append(sign(framed(golden(200, 300), 30)))
    assert len(signatures[-1]) == 2 * 81
    together = algorithm.stored_words(signatures)
    assert together == [words for one in signatures for words in algorithm.stored_words([one])]
    assert algorithm.stored_words([]) == []


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


@pytest.mark.parametrize(
    "place", [(0, 0, 0.4, 0.4), (0.6, 0.6, 1, 1), (0.55, 0, 1, 0.45), (0, 0.7, 1, 1)], ids=str
)
def test_a_copy_is_found_under_what_covers_a_part_of_it(place: tuple[float, ...]) -> None:
    with imagematch.open("memory://") as index, Image.open(WIKIPEDIA) as image:
        index.add(WIKIPEDIA)
        copy = image.convert("RGB")
        box = [round(share * side) for share, side in zip(place, 2 * copy.size, strict=True)]
        ImageDraw.Draw(copy).rectangle(box, fill="white")
        assert len(index.search(copy)) == 1


def test_a_thorough_search_finds_a_crop_that_a_quick_one_misses() -> None:
    with imagematch.open("memory://") as index, Image.open(WIKIPEDIA) as image:
        index.add(WIKIPEDIA)
        width, height = image.size
        crop = image.crop((width * 36 // 100, 0, width, height))
        found = [len(index.search(crop, thorough=level)) for level in (0, 1, 2)]
        assert found == [0, 0, 1]
        (hit,) = index.search(ImageOps.mirror(crop), thorough=2, all_orientations=True)
        assert hit.orientation.mirror
