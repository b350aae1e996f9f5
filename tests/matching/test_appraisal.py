"""What speaks for and against keeping a file, beside other files of the same picture."""

from pathlib import Path
from typing import Any

import pytest
import skimage.data
from PIL import Image, ImageDraw, ImageOps

from imagematch_core.matching.appraisal import (
    Appraisal,
    appraise,
    is_enlargement,
    is_saved_again,
)

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")


def photograph(name: str) -> Image.Image:
    return Image.fromarray(getattr(skimage.data, name)())


def looked_at(image: Image.Image, path: Path, **options: Any) -> Appraisal:
    image.save(path, **options)
    found = appraise(str(path))
    assert found
    return found


def test_what_a_camera_wrote_says_so(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Canon"
    image = photograph("coffee")
    assert looked_at(image, tmp_path / "a.jpg", exif=exif).camera
    assert not looked_at(image, tmp_path / "b.jpg").camera
    exif = Image.Exif()
    exif[0x0112] = 1
    assert not looked_at(image, tmp_path / "c.jpg", exif=exif).camera


def test_grey_is_told_from_colour(tmp_path: Path) -> None:
    image = photograph("coffee")
    assert looked_at(image, tmp_path / "a.jpg", quality=30).colour
    grey = image.convert("L")
    assert not looked_at(grey, tmp_path / "b.jpg").colour
    assert not looked_at(grey.convert("RGB"), tmp_path / "c.jpg", quality=30).colour


@pytest.mark.parametrize("quality", [30, 50, 75, 90, 95, 100])
def test_the_quality_of_a_jpeg_is_what_it_was_saved_with(quality: int, tmp_path: Path) -> None:
    found = looked_at(photograph("coffee"), tmp_path / "a.jpg", quality=quality)
    assert abs(found.quality - quality) <= 1


def test_what_loses_nothing_has_the_best_quality(tmp_path: Path) -> None:
    image = photograph("coffee")
    assert looked_at(image, tmp_path / "a.png").quality == 100
    assert looked_at(image, tmp_path / "a.webp").quality < 90


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("times", [2.0, 3.0])
@pytest.mark.parametrize("method", [Image.Resampling.LANCZOS, Image.Resampling.BICUBIC])
def test_an_enlargement_counts_as_what_was_enlarged(
    name: str, times: float, method: Image.Resampling, tmp_path: Path
) -> None:
    whole = photograph(name)
    image = whole.resize((whole.width // 2, whole.height // 2), Image.Resampling.LANCZOS)
    small = looked_at(image, tmp_path / "small.jpg", quality=90)
    size = (round(image.width * times), round(image.height * times))
    large = looked_at(image.resize(size, method), tmp_path / "large.jpg", quality=90)
    assert is_enlargement(str(tmp_path / "large.jpg"), (small.pixels / large.pixels) ** 0.5)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("share", [0.25, 0.5, 0.66])
def test_a_picture_is_no_enlargement_of_a_smaller_copy(
    name: str, share: float, tmp_path: Path
) -> None:
    whole = photograph(name)
    original = whole.resize((whole.width * 3 // 4, whole.height * 3 // 4), Image.Resampling.LANCZOS)
    size = (round(original.width * share), round(original.height * share))
    small = looked_at(original.resize(size), tmp_path / "small.jpg")
    large = looked_at(original, tmp_path / "large.jpg", quality=90)
    assert not is_enlargement(str(tmp_path / "large.jpg"), (small.pixels / large.pixels) ** 0.5)


@pytest.mark.parametrize("colour", ["black", "white"])
def test_a_frame_is_no_content(colour: str, tmp_path: Path) -> None:
    image = photograph("chelsea")
    plain = looked_at(image, tmp_path / "a.jpg")
    framed = looked_at(ImageOps.expand(image, 60, colour), tmp_path / "b.jpg")
    assert (plain.added, framed.added) == (False, True)
    assert 0.9 * plain.pixels < framed.pixels <= plain.pixels


@pytest.mark.parametrize("quality", [50, 70, 80])
def test_what_was_saved_again_is_told_from_what_a_jpeg_was_made_of(
    quality: int, tmp_path: Path
) -> None:
    chelsea: Any = skimage.data.chelsea
    photo = Image.fromarray(chelsea())
    photo.save(tmp_path / "first.jpg", quality=quality)
    first = Image.open(tmp_path / "first.jpg").convert("RGB")
    edited = first.copy()
    ImageDraw.Draw(edited).ellipse((200, 100, 212, 112), "white")
    for name, image in (("again", first), ("original", photo), ("edited", edited)):
        image.save(tmp_path / f"{name}.png")
        image.save(tmp_path / f"{name}.jpg", quality=95)
        for ending in (".png", ".jpg"):
            files = str(tmp_path / f"{name}{ending}"), str(tmp_path / "first.jpg")
            assert is_saved_again(*files) is (name == "again")


def test_what_cannot_be_read_is_not_appraised(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    assert appraise(str(tmp_path / "a.jpg")) is None
    assert appraise(str(tmp_path / "gone.jpg")) is None
