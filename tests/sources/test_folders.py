"""Walking folders: every regular file once, whatever else lies there."""

import os
import subprocess
from pathlib import Path

import pytest

from imagematch_core.errors import PictureError, PictureNotFound, UnreadablePicture
from imagematch_core.sources.folders import has_picture_suffix, walk


def found(*roots: Path | str) -> tuple[list[str], list[PictureError]]:
    errors: list[PictureError] = []
    return list(walk(roots, errors.append)), errors


def test_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ["b.jpg", "a/2.png", "a/1.png", "c/d/e.gif"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    files, errors = found(tmp_path)
    assert [os.path.relpath(file, tmp_path) for file in files] == [
        "a/1.png",
        "a/2.png",
        "b.jpg",
        "c/d/e.gif",
    ]
    assert errors == []


def test_links_in_folders_are_not_followed_but_named_ones_are(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.jpg").touch()
    (folder / "loop").symlink_to(folder)
    (folder / "copy.jpg").symlink_to(folder / "a.jpg")
    (tmp_path / "named").symlink_to(folder)
    assert found(folder)[0] == [str(folder / "a.jpg")]
    assert found(tmp_path / "named")[0] == [str(tmp_path / "named" / "a.jpg")]


def test_devices_and_pipes_are_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert found(tmp_path) == ([], [])


def test_folders_in_folders_in_folders(tmp_path: Path) -> None:
    here = os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(1_050):
            os.mkdir("d")
            os.chdir("d")
        Path("deep.jpg").touch()
    finally:
        os.chdir(here)
    assert [Path(file).name for file in found(tmp_path)[0]] == ["deep.jpg"]
    # Python's own way to remove a tree, which pytest takes, does not reach so deep.
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    name = os.path.join(os.fsencode(tmp_path), b"caf\xe9.jpg")
    with open(name, "wb"):
        pass
    assert found(tmp_path)[0] == [os.fsdecode(name)]


def test_a_root_that_is_not_there_is_an_error_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    files, (error,) = found(tmp_path / "missing", tmp_path)
    assert files == [str(tmp_path / "a.jpg")]
    assert isinstance(error, PictureNotFound)
    assert error.source == str(tmp_path / "missing")


def test_a_folder_that_cannot_be_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "open.jpg").touch()
    scandir = os.scandir

    # Root may read everything, so the refusal has to be made.
    def refuse(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    files, (error,) = found(tmp_path)
    assert files == [str(tmp_path / "open.jpg")]
    assert isinstance(error, UnreadablePicture)
    assert "Permission denied" in str(error)


def test_suffixes() -> None:
    assert has_picture_suffix("a/b.JPG")
    assert has_picture_suffix(Path("x.heic"))
    assert not has_picture_suffix("notes.txt")
    assert not has_picture_suffix("jpg")
