"""What is passed over in folders: trash of all systems, thumbnails, hidden names, patterns."""

import os
from collections import Counter
from pathlib import Path

import pytest

from imagematch_core.sources.folders import walk
from imagematch_core.sources.selection import PassedOver, Selection


def made(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"12345")
    return folder


def found(root: Path, selection: Selection = Selection()) -> tuple[list[str], Counter[PassedOver]]:
    errors: list[Exception] = []
    passed_over: list[PassedOver] = []
    files = [
        os.path.relpath(file, root)
        for file in walk([root], errors.append, selection, passed_over.append)
    ]
    assert errors == []
    return files, Counter(passed_over)


TRASHES = [
    "$RECYCLE.BIN/S-1-5-21/a.jpg",
    "$Recycle.Bin/a.jpg",
    "RECYCLER/a.jpg",
    "#recycle/a.jpg",
    "@Recycle/a.jpg",
    ".recycle/me/a.jpg",
    ".Trash/a.jpg",
    ".Trashes/501/a.jpg",
    ".Trash-1000/files/a.jpg",
    "disk/.Trash-0/files/a.jpg",
    "photos/.dtrash/files/a.jpg",
]


@pytest.mark.parametrize("name", TRASHES)
@pytest.mark.parametrize("hidden", [False, True])
def test_trash_is_never_searched(name: str, hidden: bool, tmp_path: Path) -> None:
    made(tmp_path, name, "kept.jpg")
    assert found(tmp_path, Selection(hidden=hidden)) == (["kept.jpg"], {PassedOver.TRASH: 1})


def test_the_trash_in_a_home_is_known_by_what_lies_in_it(tmp_path: Path) -> None:
    made(tmp_path, "share/Trash/files/a.jpg", "share/Trash/info/a.jpg.trashinfo")
    made(tmp_path, "Band/Trash/concert.jpg")
    assert found(tmp_path) == (["Band/Trash/concert.jpg"], {PassedOver.TRASH: 1})


@pytest.mark.parametrize("root", [".Trash", ".Trash/files", ".Trash/files/a.jpg", "link"])
def test_a_root_in_the_trash_is_not_searched_either(root: str, tmp_path: Path) -> None:
    made(tmp_path, ".Trash/files/a.jpg")
    (tmp_path / "link").symlink_to(tmp_path / ".Trash" / "files")
    assert found(tmp_path / root) == ([], {PassedOver.TRASH: 1})


@pytest.mark.parametrize("name", ["@eaDir/a.jpg", ".thumbnails/a.png", "b/.@__thumb/a.jpg"])
def test_thumbnails_that_programs_keep_are_not_searched(name: str, tmp_path: Path) -> None:
    made(tmp_path, name, "kept.jpg")
    everything = Selection(hidden=True)
    assert found(tmp_path, everything) == (["kept.jpg"], {PassedOver.PREVIEWS: 1})


@pytest.mark.parametrize("name", ["#snapshot/a.jpg", "b/.zfs/snapshot/1/a.jpg", ".snapshots/a.jpg"])
def test_snapshots_are_not_searched(name: str, tmp_path: Path) -> None:
    made(tmp_path, name, "kept.jpg")
    everything = Selection(hidden=True)
    assert found(tmp_path, everything) == (["kept.jpg"], {PassedOver.SNAPSHOTS: 1})


def test_a_library_that_a_program_manages_is_searched_only_by_its_name(tmp_path: Path) -> None:
    made(tmp_path, "My Photos.photoslibrary/originals/a.jpg", "kept.jpg")
    assert found(tmp_path) == (["kept.jpg"], {PassedOver.LIBRARY: 1})
    assert found(tmp_path / "My Photos.photoslibrary") == (["originals/a.jpg"], {})


def test_thumbnails_in_the_cache_of_a_home_are_not_searched(tmp_path: Path) -> None:
    made(tmp_path, ".cache/thumbnails/large/a.png", "thumbnails/kept.png")
    everything = Selection(hidden=True)
    assert found(tmp_path, everything) == (["thumbnails/kept.png"], {PassedOver.PREVIEWS: 1})


def test_hidden_files_and_folders_are_passed_over_and_counted(tmp_path: Path) -> None:
    made(tmp_path, ".hidden/a.jpg", ".hidden/b.jpg", "._a.jpg", "a.jpg")
    assert found(tmp_path) == (["a.jpg"], {PassedOver.HIDDEN: 2})


def test_hidden_ones_can_be_asked_for(tmp_path: Path) -> None:
    made(tmp_path, ".hidden/a.jpg", "._a.jpg", "a.jpg")
    files, passed_over = found(tmp_path, Selection(hidden=True))
    assert files == ["._a.jpg", ".hidden/a.jpg", "a.jpg"]
    assert not passed_over


def test_a_hidden_root_is_searched(tmp_path: Path) -> None:
    made(tmp_path, ".photos/a.jpg")
    assert found(tmp_path / ".photos")[0] == ["a.jpg"]


def test_patterns_exclude_as_in_a_gitignore(tmp_path: Path) -> None:
    made(tmp_path, "a.jpg", "a.png", "cache/b.jpg", "deep/cache/c.jpg", "deep/d.jpg", "top/e.jpg")
    patterns = ["cache/", "*.png", "/top"]
    assert found(tmp_path, Selection(exclude=patterns))[0] == ["a.jpg", "deep/d.jpg"]


def test_what_is_excluded_can_be_taken_back(tmp_path: Path) -> None:
    made(tmp_path, "a.png", "b.png")
    assert found(tmp_path, Selection(exclude=["*.png", "!b.png"]))[0] == ["b.png"]


def test_only_what_is_included_is_taken(tmp_path: Path) -> None:
    made(tmp_path, "a.jpg", "b.png", "deep/c.jpg", "deep/d.txt")
    assert found(tmp_path, Selection(include=["*.jpg"]))[0] == ["a.jpg", "deep/c.jpg"]
    both = Selection(include=["*.jpg"], exclude=["deep/"])
    assert found(tmp_path, both)[0] == ["a.jpg"]


def test_patterns_match_names_that_are_not_utf_8(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")).touch()
    made(tmp_path, "🎨.jpg")
    assert len(found(tmp_path, Selection(include=["*.jpg"]))[0]) == 2
    assert len(found(tmp_path, Selection(exclude=["caf*"]))[0]) == 1


def test_without_recursion_folders_in_folders_are_left(tmp_path: Path) -> None:
    made(tmp_path, "a.jpg", "deep/b.jpg")
    assert found(tmp_path, Selection(recursive=False))[0] == ["a.jpg"]


def test_small_files_are_left_where_a_size_is_given(tmp_path: Path) -> None:
    made(tmp_path, "a.jpg")
    assert found(tmp_path, Selection(min_size=5))[0] == ["a.jpg"]
    assert found(tmp_path, Selection(min_size=6))[0] == []
