"""Pictures that agree once one is laid over the other are copies, and no others."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

import imagematch_core as imagematch
from imagematch_core.model import ALL_ORIENTATIONS, UPRIGHT, Orientation, Signature
from imagematch_core.signatures import get_algorithm
from imagematch_core.signatures.goldberg2.alignment import align, inverse, sample, template
from imagematch_core.signatures.goldberg2.contrast import LARGEST_CONTRAST, contrasts
from imagematch_core.signatures.goldberg2.detail import load
from imagematch_core.signatures.goldberg2.window import Window
from imagematch_core.signatures.turns import turned
from tests.drawings import CARAVAGGIO, WIKIIMAGES, WIKIPEDIA, drawing

GOLDBERG = get_algorithm("goldberg-2")
CUTOFF = GOLDBERG.default_cutoff


@pytest.fixture(scope="module")
def mona() -> Image.Image:
    with Image.open(WIKIPEDIA) as image:
        return image.convert("RGB").resize((400, 600))


@pytest.fixture(scope="module")
def other() -> Image.Image:
    with Image.open(CARAVAGGIO) as image:
        return image.convert("RGB").resize((400, 600))


def distance(one: Image.Image, other: Image.Image) -> float:
    return imagematch.compare(one, other, "goldberg-2").distance


@pytest.mark.parametrize("degrees", [-5, -2, 2, 5])
def test_small_turns(mona: Image.Image, degrees: int) -> None:
    assert distance(mona, mona.rotate(degrees, Image.Resampling.BICUBIC)) < CUTOFF


@pytest.mark.parametrize(
    "size", [(300, 600), (400, 450), (100, 150), (800, 1200)], ids=lambda size: f"{size}"
)
def test_other_sizes(mona: Image.Image, size: tuple[int, int]) -> None:
    assert distance(mona, mona.resize(size)) < 0.15


@pytest.mark.parametrize(
    "box",
    [
        *((40, 60, 360, 540), (48, 72, 352, 528), (60, 0, 400, 600), (100, 0, 400, 600)),
        *((0, 0, 400, 480), (0, 0, 400, 450), (64, 96, 400, 600), (0, 0, 320, 480)),
    ],
    ids=str,
)
def test_crops_in_both_directions(mona: Image.Image, box: tuple[int, int, int, int]) -> None:
    for copy in (mona.crop(box), ImageOps.expand(mona.crop(box), (150, 0), "black")):
        with imagematch.open("memory://") as index:
            index.add(mona, id="mona")
            index.add(copy, id="copy")
            assert [hit.id for hit in index.search(copy)] == ["copy", "mona"]
            assert {hit.id for hit in index.search(mona)} == {"mona", "copy"}
            (group,) = index.duplicates()
            assert len(group.members) == 2


@pytest.mark.parametrize("box", [(120, 0, 400, 600), (0, 0, 400, 410)], ids=str)
def test_a_third_off_one_side(mona: Image.Image, box: tuple[int, int, int, int]) -> None:
    assert distance(mona.crop(box), mona) < CUTOFF


@pytest.mark.parametrize("share", [0.18, 0.2, 0.22])
def test_a_third_of_the_picture(other: Image.Image, share: float) -> None:
    """The cells of both are about as large when they are compared: .12 to .18 if they are not."""
    left, top = round(400 * share), round(600 * share)
    assert distance(other.crop((left, top, 400 - left, 600 - top)), other) < 0.11


def test_different_pictures_in_one_frame(mona: Image.Image, other: Image.Image) -> None:
    for bars, colour in (((0, 500), "black"), ((900, 0), "white"), ((500, 500), "grey")):
        framed = [ImageOps.expand(image, bars, colour) for image in (mona, other)]
        assert distance(*framed) == 1.0
        assert distance(framed[0], mona) < 0.2


def test_different_pictures_in_one_screen(mona: Image.Image, other: Image.Image) -> None:
    screens = []
    for image in (mona, other):
        screen = Image.new("RGB", (540, 1170), "white")
        screen.paste(image.resize((540, 405)), (0, 300))
        draw = ImageDraw.Draw(screen)
        draw.text((20, 10), "12:34", "black", ImageFont.load_default(30))
        draw.text((20, 800), "Somebody likes this", "black", ImageFont.load_default(40))
        draw.rectangle((180, 1155, 360, 1162), "black")
        screens.append(screen)
    assert distance(*screens) >= CUTOFF
    assert distance(screens[0], mona.resize((540, 405))) < CUTOFF


def test_different_words_on_white() -> None:
    def mark(word: str) -> Image.Image:
        image = Image.new("RGB", (500, 500), "white")
        font = ImageFont.load_default(70)
        ImageDraw.Draw(image).text((250, 250), word, "navy", font, anchor="mm")
        return image

    words = ("ABOUT", "RIVER", "HOUSE", "WATER", "CLOUD", "THEIR")
    with imagematch.open("memory://") as index:
        for word in words:
            index.add(mark(word), id=word)
        for word in words:
            found = index.search(mark(word).resize((300, 300)))
            assert [hit.id for hit in found] == [word]


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS, ids=str)
def test_turned_copies(mona: Image.Image, orientation: Orientation) -> None:
    pixels = turned(np.asarray(mona), orientation)
    copy = Image.fromarray(255 - pixels if orientation.negative else np.ascontiguousarray(pixels))
    framed = ImageOps.expand(copy, (0, 150), "white")
    for changed in (copy, framed):
        with imagematch.open("memory://") as index:
            index.add(changed)
            (hit,) = index.search(mona, all_orientations=True)
            assert hit.orientation == orientation
            assert hit.distance < 0.1


def test_a_search_with_more_finds_all_that_one_with_less_finds(mona: Image.Image) -> None:
    crops = [
        mona.crop((left, top, 400 - right, 600 - bottom))
        for left, top, right, bottom in ((0, 0, 60, 0), (40, 90, 0, 0), (70, 80, 70, 80))
    ]
    with imagematch.open("memory://") as index:
        index.add_many([mona, *crops, *(drawing(seed) for seed in range(5))])
        for query in (mona, *crops):
            found = [
                {
                    hit.id: hit.distance
                    for hit in index.search(query, thorough=level, all_orientations=everywhere)
                }
                for level, everywhere in ((0, False), (1, False), (2, False), (2, True))
            ]
            for fewer, more in pairwise(found):
                assert fewer.items() <= more.items()


def test_an_index_is_searched_with_what_it_holds(mona: Image.Image) -> None:
    with imagematch.open("memory://") as index:
        index.add(mona, id="mona")
        index.add(ImageOps.expand(mona.crop((0, 0, 340, 600)), 300, "white"), id="framed crop")
        (hit,) = index.search(id="mona")
        assert hit.id == "framed crop"
        assert hit.distance == next(
            one.distance for one in index.search(mona) if one.id == "framed crop"
        )


def test_alignment_finds_where_a_picture_lies() -> None:
    random = np.random.default_rng(1)
    coarse = np.array(
        Image.fromarray(random.integers(0, 255, (9, 9), np.uint8)).resize((48, 48), 3)
    )
    one = coarse[:48, :48].reshape(24, 2, 24, 2).mean((1, 3))
    seen = np.ones((1, 24, 24), np.float32)
    levels = np.rint(one)[None].astype(np.float32)
    there = np.array([[[0.9, 0.05, 1.0], [-0.04, 0.95, -0.8]]])
    values, inside = sample(levels, there)
    moved = np.where(inside, np.rint(values), 128).reshape(1, 24, 24)
    start = np.eye(2, 3)[None]
    found, agreed = align(
        template(contrasts(moved, seen)[0]), contrasts(levels, seen), start, [-1.0] * 9
    )
    assert agreed[0] > 0.95
    assert np.abs(found - there).max() < 0.3
    assert np.abs(inverse(inverse(there)) - there).max() < 1e-12


def test_contrasts_are_whole_numbers_of_what_is_usual() -> None:
    random = np.random.default_rng(2)
    levels = random.integers(0, 256, (3, 24, 24)).astype(np.float32)
    found = contrasts(levels, np.ones_like(levels))
    assert (found == np.rint(found)).all()
    assert np.abs(found).max() == LARGEST_CONTRAST
    brighter = contrasts(np.asarray(levels / 2 + 100, np.float32), np.ones_like(levels))
    assert np.abs(found - brighter).max() <= 1


@pytest.mark.parametrize("contrast", [0.2, 1.0])
def test_words_over_the_top_and_the_bottom(
    mona: Image.Image, other: Image.Image, contrast: float
) -> None:
    """However much brighter than the picture they are; but they are no small change."""
    pictures = [ImageEnhance.Contrast(one).enhance(contrast) for one in (mona, other)]
    copies = [one.copy() for one in pictures]
    for copy in copies:
        draw = ImageDraw.Draw(copy)
        font = ImageFont.load_default(56)
        for place, words in ((45, "WHEN NOBODY"), (555, "TURNS AROUND")):
            draw.text((200, place), words, "white", font, "mm", stroke_width=4, stroke_fill="black")
    assert 0.1 < distance(pictures[0], copies[0]) < CUTOFF
    assert 0.1 < distance(copies[0], pictures[0]) < CUTOFF
    assert distance(copies[0], copies[1]) == 1.0


def test_small_watermarks_all_over(other: Image.Image) -> None:
    marked = other.copy()
    layer = Image.new("L", other.size)
    draw = ImageDraw.Draw(layer)
    for row, top in enumerate(range(0, 600, 36)):
        for left in range(-40 + 30 * (row % 2), 400, 95):
            draw.text((left, top), "sample", 160, ImageFont.load_default(24))
    marked.paste("white", (0, 0), layer)
    assert distance(marked, other) < CUTOFF


def test_charts_of_a_kind_that_differ_in_a_part() -> None:
    def chart(*heights: int) -> Image.Image:
        image = Image.new("RGB", (480, 360), "white")
        draw = ImageDraw.Draw(image)
        for number, height in enumerate(heights):
            draw.rectangle((50 + 70 * number, 320 - height, 95 + 70 * number, 320), "steelblue")
        draw.line((40, 20, 40, 320, 460, 320), "black", 3)
        return image

    one = chart(200, 120, 260, 90, 180, 240)
    assert distance(one, one.resize((320, 240))) < 0.2
    assert distance(one, chart(120, 200, 260, 90, 180, 160)) >= CUTOFF


def test_bars_too_fine_for_cells() -> None:
    """They are told by their signatures."""

    def bars(seed: int) -> Image.Image:
        image = Image.new("RGB", (600, 400), "white")
        draw = ImageDraw.Draw(image)
        widths = np.random.default_rng(seed).integers(3, 10, 90)
        for left, width in zip(np.cumsum(widths)[::2] + 10, widths[1::2], strict=True):
            draw.rectangle((int(left), 30, int(left + width - 1), 370), "black")
        return image

    one, other = bars(1), bars(2)
    worn = ImageEnhance.Contrast(one.resize((330, 220)).rotate(1, fillcolor="white")).enhance(0.7)
    assert distance(one, worn) < CUTOFF
    assert distance(one, other) >= CUTOFF


def test_copies_of_a_painting(mona: Image.Image) -> None:
    assert imagematch.compare(WIKIPEDIA, WIKIIMAGES).distance < 0.2
    (alone,) = GOLDBERG.compare(
        GOLDBERG.views_from_signature(imagematch.signature(mona), [UPRIGHT]),
        [imagematch.signature(mona.resize((200, 300)))],
    )
    assert alone.distance < 0.05


def with_both(first: Signature, second: Signature, *, is_page: bool) -> Signature:
    details = load([first.detail, second.detail])
    boxes = [details[0].boxes[0], Window(20, 20, 60, 80)]
    fine = np.stack([one.fine[0] for one in details])
    detail = replace(details[0], boxes=boxes, fine=fine, has_page=is_page)
    return Signature("goldberg-2", first.data[:81] + second.data[:81], detail.dump())


def test_a_page_is_seldom_taken_for_what_is_inside_another(
    mona: Image.Image, other: Image.Image
) -> None:
    pictures = (mona, other, mona.crop((10, 0, 400, 590)), drawing(3))
    chat, its_picture, like_it, another = (imagematch.signature(one) for one in pictures)
    pages, plain = (
        (
            with_both(chat, its_picture, is_page=is_page),
            with_both(another, like_it, is_page=is_page),
        )
        for is_page in (True, False)
    )
    assert 0 < apart(*plain) < CUTOFF
    assert apart(*pages) == 1.5 * apart(*plain)
    assert apart(*pages[::-1]) == 1.5 * apart(*plain[::-1])


def test_a_page_is_seldom_taken_for_what_is_no_page(mona: Image.Image, other: Image.Image) -> None:
    """Of another such page the picture may not have been told."""
    pictures = (mona, other, mona.crop((10, 0, 400, 590)))
    chat, its_picture, like_it = (imagematch.signature(one) for one in pictures)
    page, plain = (with_both(chat, its_picture, is_page=is_page) for is_page in (True, False))
    assert 0 < apart(plain, like_it) < CUTOFF
    assert apart(page, like_it) == 1.5 * apart(plain, like_it)
    assert apart(like_it, page) == 1.5 * apart(like_it, plain)


def apart(query: Signature, picture: Signature) -> float:
    views = GOLDBERG.views_from_signature(query, [UPRIGHT])
    return GOLDBERG.compare(views, [picture])[0].distance
