"""Explanations as PNG files."""

import os
from pathlib import Path

import pytest
from PIL import Image

from imagematch_core.errors import ArgumentError, ExplanationError
from imagematch_core.explaining import Explanation, explain
from imagematch_core.explaining.colours import AGREEING, DIFFERING
from imagematch_core.explaining.file import ExplanationFile
from tests.drawings import drawing, saved


@pytest.fixture(scope="module")
def near() -> Explanation:
    return explain(drawing(1, (240, 180)), drawing(1, (200, 150)))


@pytest.fixture(scope="module")
def far() -> Explanation:
    return explain(drawing(1), drawing(2))


def colours(path: Path) -> set[str]:
    with Image.open(path) as image:
        image.load()
        assert (image.format, image.mode, image.width) == ("PNG", "RGB", 1_600)
        counted = image.getcolors(image.width * image.height)
        assert counted is not None
        return {f"#{bytes(colour).hex()}" for _, colour in counted if isinstance(colour, tuple)}


def test_agreement_and_difference_have_colours_of_their_own(
    tmp_path: Path, near: Explanation, far: Explanation
) -> None:
    path = tmp_path / "why.png"
    ExplanationFile(path).write(near)
    assert AGREEING in colours(path)
    ExplanationFile(path).write(far)  # in the place of the earlier one
    assert DIFFERING in colours(path)
    assert os.listdir(tmp_path) == ["why.png"]


@pytest.mark.parametrize("size", [(4_000, 5), (5, 4_000), (12, 9)], ids=str)
@pytest.mark.parametrize("algorithm", ["goldberg-1", "goldberg-2"])
def test_pictures_of_any_shape(tmp_path: Path, size: tuple[int, int], algorithm: str) -> None:
    explained = explain(drawing(1, size), drawing(2), algorithm, all_orientations=True)
    ExplanationFile(tmp_path / "why.png").write(explained)
    with Image.open(tmp_path / "why.png") as image:
        assert 600 < image.height < 1_200


@pytest.mark.parametrize(
    "name",
    ["x" * 240, "日本語 \U0001f600", "a\n\x1b[31m\u202eb", os.fsdecode(b"caf\xe9"), "<b>%s{0}\\N"],
    ids=["long", "unicode", "control", "not UTF-8", "markup"],
)
def test_names_of_any_kind(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    picture = saved(tmp_path, "x.png", drawing(1)).rename(folder / f"{name[:50]}.png")
    ExplanationFile(folder / "why.PNG").write(explain(picture, picture))
    assert colours(folder / "why.PNG")


@pytest.mark.parametrize("name", ["why.jpg", "why", "png", "why.png.txt"])
def test_another_kind_of_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArgumentError, match=r"ends in \.png"):
        ExplanationFile(tmp_path / name)


def test_nothing_else_is_overwritten(tmp_path: Path, near: Explanation) -> None:
    photo = saved(tmp_path, "photo.png", drawing(3))
    before = photo.read_bytes()
    (tmp_path / "text.png").write_text("my notes")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "link.png").symlink_to(photo)
    os.mkfifo(tmp_path / "pipe.png")
    for name in ("photo.png", "text.png", "folder.png", "link.png", "pipe.png"):
        with pytest.raises(ExplanationError, match=name):
            ExplanationFile(tmp_path / name)
    late = ExplanationFile(tmp_path / "late.png")
    photo.rename(tmp_path / "late.png")
    with pytest.raises(ExplanationError, match=r"late\.png"):
        late.write(near)
    assert (tmp_path / "late.png").read_bytes() == before
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["none/why.png", "a\0.png", "text/why.png", f"{'x' * 300}.png"])
def test_where_nothing_can_be_written(tmp_path: Path, name: str, near: Explanation) -> None:
    (tmp_path / "text").write_text("text")
    with pytest.raises(ExplanationError):
        ExplanationFile(tmp_path / name).write(near)
