"""The better picture is kept, and nothing goes that has something the kept one lacks."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import skimage.data
from PIL import ExifTags, Image, ImageDraw, ImageEnhance, ImageOps

from imagematch_core import CleanupAction, LeftAlone, dedupe, plan_cleanup
from imagematch_core.matching.agreement import LARGEST_DIFFERENCE, difference, glance_at
from imagematch_core.matching.keeping import REASONS, judge_entries

Save = Callable[..., Path]


@pytest.fixture
def photo() -> Image.Image:
    chelsea: Any = skimage.data.chelsea
    return Image.fromarray(chelsea())


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def save(image: Image.Image, name: str, *, age: float = 0, **options: Any) -> Path:
        """Save a picture `age` days before the others."""
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path, **options)
        time = 1_500_000_000 - age * 86_400
        os.utime(path, (time, time))
        return path

    return save


def kept(*files: Path, **options: Any) -> str:
    found = dedupe(files, workers=1, **options)
    (group,) = found.groups
    assert len(group.members) == len(files)
    return Path(group.keeper.path).name


def left(*files: Path) -> dict[str, LeftAlone]:
    plan = plan_cleanup(dedupe(files, workers=1), CleanupAction.TRASH, near=True)
    return {Path(path).name: why for path, why in plan.left}


@pytest.mark.parametrize("colour", ["black", "white"])
def test_a_photograph_is_kept_before_the_same_in_a_frame(
    colour: str, photo: Image.Image, save: Save
) -> None:
    plain = save(photo, "photo.jpg", quality=85)
    framed = save(ImageOps.expand(photo, 60, colour), "framed.jpg", quality=95, age=10)
    assert kept(framed, plain) == "photo.jpg"


def test_an_enlargement_goes_before_what_was_enlarged(photo: Image.Image, save: Save) -> None:
    small = photo.resize((225, 150), Image.Resampling.LANCZOS)
    original = save(small, "photo.jpg", quality=90)
    large = save(small.resize((450, 300), Image.Resampling.LANCZOS), "large.jpg", quality=90)
    assert kept(large, original) == "photo.jpg"


def test_more_pixels_are_kept_before_fewer(photo: Image.Image, save: Save) -> None:
    large = save(photo, "z.jpg", quality=90)
    small = save(photo.resize((225, 150)), "a.jpg", quality=95, age=10)
    assert kept(large, small) == "z.jpg"


def test_colour_is_kept_before_grey(photo: Image.Image, save: Save) -> None:
    colour = save(photo, "z.jpg")
    grey = save(photo.convert("L"), "a.png", age=10)
    assert kept(grey, colour) == "z.jpg"


def test_a_cameras_file_is_kept_before_one_saved_again(photo: Image.Image, save: Save) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Canon"
    camera = save(photo, "z.jpg", quality=85, exif=exif)
    again = save(photo, "a.png", age=10)
    assert kept(again, camera) == "z.jpg"


def test_the_better_quality_is_kept(photo: Image.Image, save: Save) -> None:
    good = save(photo, "z.jpg", quality=90)
    poor = save(photo, "a.jpg", quality=40, age=10)
    assert kept(poor, good) == "z.jpg"


@pytest.mark.parametrize("name", ["photo (1).jpg", "photo - Copy.jpg", "photo copy.jpg"])
def test_of_the_same_bytes_the_plain_name_is_kept(
    name: str, photo: Image.Image, save: Save
) -> None:
    original = save(photo, "photo.jpg")
    copy = shutil.copy2(original, original.with_name(name))
    assert kept(Path(copy), original) == "photo.jpg"
    plan = plan_cleanup(dedupe([original, copy], workers=1), CleanupAction.TRASH)
    assert [Path(step.path).name for step in plan.steps] == [name]


@pytest.mark.parametrize("name", ["again.png", "again.jpg"])
def test_a_jpeg_is_kept_before_the_same_saved_again(
    name: str, photo: Image.Image, save: Save
) -> None:
    first = save(photo, "first.jpg", quality=75)
    with Image.open(first) as opened:
        again = save(opened.convert("RGB"), name, quality=95, age=10)
    assert kept(first, again) == "first.jpg"
    original = save(photo, "original.png")
    assert kept(first, again, original) == "original.png"


def test_the_older_of_the_same_bytes_is_kept(photo: Image.Image, save: Save) -> None:
    new = save(photo, "a.png")
    old = save(photo, "b.png", age=1)
    assert kept(new, old) == "b.png"


def test_times_of_one_day_tell_less_than_names(photo: Image.Image, save: Save) -> None:
    # As of files that were downloaded or unpacked, in any order.
    original = save(photo, "photo.png")
    copy = save(photo, "photo (1).png", age=0.001)
    assert kept(copy, original) == "photo.png"


def test_of_files_called_alike_the_older_is_kept(photo: Image.Image, save: Save) -> None:
    original = save(photo, "camera/photo.png", age=0.001)
    copy = save(photo, "backup/photo.png")
    (group,) = dedupe([copy, original], workers=1).groups
    assert Path(group.keeper.path) == original


def test_nothing_goes_that_has_more_pixels(photo: Image.Image, save: Save) -> None:
    framed = save(ImageOps.expand(photo, 60, "black"), "framed.jpg", quality=95)
    small = save(photo.resize((180, 120), Image.Resampling.LANCZOS), "small.jpg")
    assert left(framed, small) == {"framed.jpg": LeftAlone.BETTER}


def test_there_is_a_reason_for_each_part_of_a_rank(photo: Image.Image, save: Save) -> None:
    (group,) = dedupe([save(photo, "a.png"), save(photo, "b.png")], workers=1).groups
    (merits, *_) = judge_entries([member.entry for member in group.members]).values()
    assert len(merits.rank) == len(REASONS)


def test_an_enlargement_goes_for_a_cameras_file(photo: Image.Image, save: Save) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Canon"
    small = photo.resize((225, 150), Image.Resampling.LANCZOS)
    camera = save(small, "z.jpg", quality=90, exif=exif)
    large = save(small.resize((450, 300), Image.Resampling.LANCZOS), "a.jpg", quality=90, age=10)
    plan = plan_cleanup(dedupe([large, camera], workers=1), CleanupAction.TRASH, near=True)
    assert [(step.keeper, step.path) for step in plan.steps] == [(str(camera), str(large))]


def test_a_cameras_file_does_not_go_for_a_larger_one(photo: Image.Image, save: Save) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Canon"
    camera = save(photo.resize((225, 150)), "z.jpg", quality=90, exif=exif)
    plain = save(photo, "a.png")
    plan = plan_cleanup(
        dedupe([camera, plain], workers=1, keep=["largest"]), CleanupAction.TRASH, near=True
    )
    assert plan.left == ((str(camera), LeftAlone.BETTER),)


def stickered(photo: Image.Image) -> Image.Image:
    altered = photo.copy()
    ImageDraw.Draw(altered).ellipse((300, 180, 350, 230), "yellow", "black", 4)
    return altered


def test_a_picture_that_differs_in_one_place_does_not_go(photo: Image.Image, save: Save) -> None:
    original = save(photo, "photo.jpg", quality=95, age=10)
    altered = save(stickered(photo), "sticker.jpg", quality=95)
    assert left(original, altered) == {"sticker.jpg": LeftAlone.DIFFERS}


def test_a_picture_that_differs_in_a_colour_alone_does_not_go(
    photo: Image.Image, save: Save
) -> None:
    """As one shirt in two colours does, or a sticker as bright as what it hides."""
    recoloured = Image.merge("YCbCr", [photo.convert("L"), *(Image.new("L", photo.size, 60),) * 2])
    mask = Image.new("L", photo.size)
    ImageDraw.Draw(mask).ellipse((200, 120, 260, 180), 255)
    altered = Image.composite(recoloured.convert("RGB"), photo, mask)
    files = [save(photo, "photo.jpg", quality=95, age=10), save(altered, "shirt.jpg", quality=95)]
    assert left(*files) == {"shirt.jpg": LeftAlone.DIFFERS}
    framed = [ImageOps.expand(image, 40, "black") for image in (photo, altered)]
    others = [save(image, f"{name}.png") for name, image in zip("ab", framed, strict=True)]
    assert set(left(*others).values()) == {LeftAlone.DIFFERS}


@pytest.mark.parametrize(
    "change",
    [
        lambda photo: photo.resize((225, 150)),
        lambda photo: ImageOps.expand(photo, 40, "black"),
        lambda photo: ImageEnhance.Contrast(photo).enhance(0.6),
        lambda photo: photo.convert("L"),
        lambda photo: ImageEnhance.Color(photo).enhance(1.5),
        lambda photo: photo.rotate(4, expand=True, resample=Image.Resampling.BICUBIC),
    ],
    ids=["smaller", "framed", "paler", "grey", "vivid", "aslant"],
)
def test_pictures_that_show_the_same_agree(
    change: Callable[[Image.Image], Image.Image], photo: Image.Image, save: Save
) -> None:
    glances = [
        glance_at(str(save(image, f"{name}.jpg", quality=60)))
        for name, image in (("one", photo), ("other", change(photo)))
    ]
    assert difference(*glances) < LARGEST_DIFFERENCE


@pytest.mark.parametrize("place", [(0, 0), (427, 0), (0, 276), (427, 276)])
def test_a_mark_in_any_corner_is_a_difference(
    place: tuple[int, int], photo: Image.Image, save: Save
) -> None:
    marked = photo.copy()
    marked.paste("orange", (*place, place[0] + 24, place[1] + 24))
    glances = [glance_at(str(save(one, f"{one is photo}.jpg"))) for one in (photo, marked)]
    assert difference(*glances) > LARGEST_DIFFERENCE


@pytest.mark.parametrize("colour", ["black", "white"])
def test_what_is_in_a_frame_is_laid_over_the_other_to_parts_of_a_pixel(
    colour: str, save: Save
) -> None:
    """The window that is cut out is off by as much."""
    coffee: Any = skimage.data.coffee
    photo = Image.fromarray(coffee())
    marked = photo.copy()
    ImageDraw.Draw(marked).ellipse((400, 60, 450, 110), "yellow")
    plain, framed, other = (
        glance_at(str(save(image, f"{name}.jpg", quality=92)))
        for name, image in (
            ("plain", photo),
            ("framed", ImageOps.expand(photo, 101, colour)),
            ("marked", ImageOps.expand(marked, 101, colour)),
        )
    )
    assert difference(plain, framed, shifted=False) > LARGEST_DIFFERENCE
    assert difference(plain, framed) < LARGEST_DIFFERENCE
    assert difference(framed, plain) < LARGEST_DIFFERENCE
    assert difference(plain, other) > 2 * LARGEST_DIFFERENCE


def test_what_is_around_the_picture_of_a_post_is_a_difference(
    photo: Image.Image, save: Save
) -> None:
    def post(name: str, *comments: str) -> Path:
        page = Image.new("RGB", (500, 800), "white")
        page.paste(photo.resize((440, 293)), (30, 120))
        draw = ImageDraw.Draw(page)
        draw.ellipse((30, 30, 90, 90), "grey")
        for line, text in enumerate((name, *comments)):
            draw.text((30, 450 + 30 * line), text, "black", font_size=20)
        return save(page, f"{name}.png")

    one = post("one", "so sweet, this cat", "what is its name?", "mine looks just like it")
    other = post("other", "no", "a cat in Berlin was found yesterday, is it this one?", "yes!")
    glances = [glance_at(str(path)) for path in (one, other)]
    assert all(glance[-1].is_inside for glance in glances)
    assert difference(*glances) > LARGEST_DIFFERENCE


def test_pictures_agree_as_they_are_shown(tmp_path: Path, photo: Image.Image) -> None:
    photo.save(tmp_path / "upright.png")
    tag = Image.Exif()
    tag[ExifTags.Base.Orientation] = 6
    photo.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=tag)
    clear = Image.new("RGBA", (photo.width, photo.height * 2), (90, 0, 0, 0))
    clear.paste(photo)
    clear.save(tmp_path / "clear.png")
    white = Image.new("RGB", clear.size, "white")
    white.paste(photo)
    white.save(tmp_path / "white.png")
    for pair in (("upright", "turned"), ("clear", "white")):
        glances = (glance_at(str(tmp_path / f"{name}.png")) for name in pair)
        assert difference(*glances) < LARGEST_DIFFERENCE


def test_what_can_not_be_seen_agrees_with_nothing(tmp_path: Path, save: Save) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"broken")
    blank = glance_at(str(save(Image.new("RGB", (90, 90)), "blank.png")))
    assert blank == glance_at(str(tmp_path / "broken.jpg")) == []
    assert difference(blank, blank) > LARGEST_DIFFERENCE


def test_a_mirrored_copy_is_left_for_people(photo: Image.Image, save: Save) -> None:
    files = [save(photo, "photo.jpg"), save(ImageOps.mirror(photo), "mirrored.jpg", quality=60)]
    found = dedupe(files, workers=1, all_orientations=True)
    plan = plan_cleanup(found, CleanupAction.TRASH, near=True)
    assert [why for _, why in plan.left] == [LeftAlone.UNSURE]
