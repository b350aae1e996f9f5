"""What an explanation says is what a comparison does."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from imagematch_core import signature
from imagematch_core.errors import FeaturelessImage
from imagematch_core.explaining import explain, wording
from imagematch_core.matching.comparing import compare
from imagematch_core.model import ALL_ORIENTATIONS, Orientation
from imagematch_core.signatures import get_algorithm
from imagematch_core.signatures.turns import turned
from imagematch_core.sources import PictureLike, open_picture
from tests.drawings import CARAVAGGIO, WIKIIMAGES, WIKIPEDIA, drawing, encoded, flat

ALGORITHMS = ["goldberg-1", "goldberg-2"]
PHOTO = drawing(1, (240, 180))
TURNED = PHOTO.transpose(Image.Transpose.ROTATE_90)
FRAMED = ImageOps.expand(PHOTO, 40)


def transparent() -> Image.Image:
    image, alpha = PHOTO.convert("RGBA"), Image.new("L", PHOTO.size, 0)
    ImageDraw.Draw(alpha).ellipse((20, 20, 220, 160), 255)
    image.putalpha(alpha)
    return image


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    ("a", "b"),
    [
        (WIKIPEDIA, WIKIIMAGES),
        (WIKIPEDIA, CARAVAGGIO),
        (PHOTO, TURNED),
        (PHOTO, FRAMED),
        (PHOTO, PHOTO.crop((40, 0, 240, 180))),
        (PHOTO, transparent()),
        (PHOTO.resize((900, 9)), TURNED.resize((7, 800))),
    ],
    ids=["copies", "others", "turned", "framed", "cropped", "transparent", "long"],
)
def test_it_finds_what_compare_finds(a: PictureLike, b: PictureLike, algorithm: str) -> None:
    found = compare(a, b, algorithm, all_orientations=True)
    explained = explain(a, b, algorithm, all_orientations=True)
    assert (explained.distance, explained.orientation) == (found.distance, found.orientation)
    assert (
        explained.near == found.near == (found.distance < get_algorithm(algorithm).default_cutoff)
    )
    assert explained.agreeing + explained.differing + explained.empty == 81
    if algorithm == "goldberg-1":
        assert explained.distance == explained.tried[0].distance
        first, second = explained.entries
        norms = [float(np.linalg.norm(values)) for values in (first - second, first, second)]
        assert norms[0] / (norms[1] + norms[2]) == pytest.approx(explained.distance)


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS[:8], ids=str)
@pytest.mark.parametrize("picture", [PHOTO, FRAMED], ids=["whole", "framed"])
def test_the_blocks_lie_where_goldberg_2_looks(
    picture: Image.Image, orientation: Orientation
) -> None:
    using = get_algorithm("goldberg-2")
    with open_picture(picture) as opened:
        canvas = using.canvas(opened)
        views = using.views(canvas, [orientation], 2)
        layouts = [using.layout(canvas, view) for view in views]
    grey = np.asarray(picture.convert("L"), float)
    seen = turned(grey, orientation)
    for view, layout in zip(views, layouts, strict=True):
        means = [mean_of(seen, box) for box in layout.blocks]
        # A view of the middle has two cells or three to a block, in place of four.
        within = 16 if "inside" in view.name else 8
        apart = np.abs(np.array(means) - np.frombuffer(view.signature, np.uint8))
        assert apart.max() < within, view


def test_the_blocks_lie_where_goldberg_1_looks() -> None:
    using = get_algorithm("goldberg-1")
    with open_picture(PHOTO) as opened:
        canvas = using.canvas(opened)
        (view,) = using.views(canvas, ALL_ORIENTATIONS[1:2], 1)
        layout = using.layout(canvas, view)
    seen = turned(np.asarray(PHOTO.convert("L"), float), view.orientation)
    means = np.array([mean_of(seen, box) for box in layout.blocks])
    entries, pairs = using.entries(view.signature), using.pairs()
    steps = means[pairs.first] - means[pairs.second]
    assert (np.sign(steps) == np.sign(entries))[np.abs(entries) == 2].all()


def mean_of(pixels: np.ndarray[tuple[int, ...], np.dtype[np.float64]], box: np.ndarray) -> float:
    height, width = pixels.shape
    left, top, right, bottom = (box * (width, height, width, height)).round().astype(int)
    return float(pixels[top:bottom, left:right].mean())


def test_cells_differ_where_the_pictures_do() -> None:
    changed = PHOTO.copy()
    ImageDraw.Draw(changed).rectangle((150, 110, 190, 140), "white")
    cells = explain(PHOTO, changed).cells.reshape(9, 9)
    assert cells[:5, :5].max() < 0.1
    assert cells[6:, 6:].max() > 0.34


def test_each_picture_is_shown_as_the_nearest_view_turns_it() -> None:
    explained = explain(PHOTO, TURNED, all_orientations=True)
    shown = [np.asarray(side.image, int) for side in (explained.a, explained.b)]
    assert np.abs(shown[0] - shown[1]).max() <= 2
    negative = explain(PHOTO, ImageOps.invert(PHOTO), all_orientations=True)
    assert negative.orientation.negative
    assert negative.a.image.tobytes() == negative.b.image.tobytes()


@pytest.mark.parametrize(
    ("a", "b", "on_a", "on_b"),
    [
        (PHOTO, PHOTO.crop((24, 0, 240, 162)), (0.1, 0, 1, 0.9), (-1 / 9, 0, 1, 10 / 9)),
        (PHOTO.crop((24, 0, 240, 162)), PHOTO, (-1 / 9, 0, 1, 10 / 9), (0.1, 0, 1, 0.9)),
        (PHOTO, FRAMED, (0, 0, 1, 1), (0.125, 2 / 13, 0.875, 11 / 13)),
        (TURNED, PHOTO, (0, 0, 1, 1), (0, 0, 1, 1)),
    ],
    ids=["cropped", "enlarged", "framed", "turned"],
)
def test_outlines_tell_how_the_pictures_lie_on_each_other(
    a: Image.Image,
    b: Image.Image,
    on_a: tuple[float, ...],
    on_b: tuple[float, ...],
) -> None:
    explained = explain(a, b, all_orientations=True)
    for side, box in ((explained.a, on_a), (explained.b, on_b)):
        assert side.outline is not None
        corners = [*side.outline.min(axis=0), *side.outline.max(axis=0)]
        assert corners == pytest.approx(box, abs=0.03)


def test_the_outline_is_turned_as_the_picture_is() -> None:
    with Image.open(WIKIPEDIA) as opened:
        original = opened.convert("RGB").resize((400, 600))
    copy = original.rotate(4, Image.Resampling.BICUBIC).crop((60, 90, 340, 510))
    outline = explain(copy, original).b.outline
    assert outline is not None
    across = (outline[1] - outline[0]) * original.size
    assert np.degrees(np.arctan2(across[1], across[0])) == pytest.approx(4, abs=1)
    assert np.linalg.norm(across) == pytest.approx(280, abs=10)
    assert "turned by" in " ".join(wording.facts(explain(copy, original)))


def test_views_say_what_they_undo_and_what_they_leave_out() -> None:
    original = drawing(3, (400, 300))
    explained = explain(original, original.crop((80, 0, 400, 300)))
    named = {
        (tried.of, wording.where(tried.view, tried.layout)): tried.distance
        for tried in explained.tried
    }
    assert named["a", "part: without 20 % left"] < 0.2 < named["a", "part: without 20 % right"]
    assert named["b", "crop undone: 24 % left"] < named["b", "crop undone: 24 % right"]


def test_words_are_counted_of_the_picture_that_is_found() -> None:
    aslant = PHOTO.convert("RGB").rotate(5, expand=True, fillcolor="white")
    for pair in ((PHOTO, aslant), (aslant, PHOTO)):
        found = explain(*pair)
        other = pair[found.tried[0].of == "a"]
        (words,) = get_algorithm("goldberg-2").stored_words([signature(other).data])
        assert found.stored_words == len(words)
        assert found.tried[0].shared <= len(words)


def test_there_is_no_outline_where_pictures_differ() -> None:
    assert explain(WIKIPEDIA, CARAVAGGIO).a.outline is None
    assert explain(PHOTO, PHOTO, "goldberg-1").b.outline is None


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_pictures_are_shown_in_colour_though_they_are_compared_in_grey(algorithm: str) -> None:
    photo = Image.merge("RGB", [PHOTO.split()[0], Image.new("L", PHOTO.size), PHOTO.split()[2]])
    explained = explain(encoded(photo.resize((2_400, 1_800)), "JPEG"), PHOTO, algorithm)
    assert explained.a.image.size == (1_024, 768)
    assert np.asarray(explained.a.image)[..., 1].max() < 40
    assert (explained.a.info.width, explained.a.info.height) == (2_400, 1_800)


def test_transparent_pictures_are_shown_on_white() -> None:
    shown = explain(transparent(), PHOTO).a.image
    assert shown.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_flat_picture_is_named(algorithm: str) -> None:
    with pytest.raises(FeaturelessImage, match="flat"):
        explain(PHOTO, flat(), algorithm)


def test_one_source_may_be_given_twice(tmp_path: Path) -> None:
    file = io.BytesIO(encoded(PHOTO))
    file.seek(0)
    assert explain(PHOTO, PHOTO).distance == 0
    path = tmp_path / "a.png"
    path.write_bytes(file.getvalue())
    assert explain(path, path).distance == 0
