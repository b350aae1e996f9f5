"""What a source is stored under, and by what a change of it is noticed."""

import os
from pathlib import Path

import pytest

from imagematch_core.sources import source_of
from imagematch_core.sources.source import LocalFile, local_path


def test_local_paths_are_absolute_and_keep_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert LocalFile("link/a.jpg").path == str(tmp_path / "link" / "a.jpg")
    assert LocalFile("x/../a.jpg").path == str(tmp_path / "a.jpg")


def test_a_path_that_is_not_utf8_is_stored_as_its_uri() -> None:
    odd = os.fsdecode(b"/photos/caf\xe9 1.jpg")
    assert LocalFile(odd).path == "file:///photos/caf%E9%201.jpg"
    assert LocalFile("/photos/café 1.jpg").path == "/photos/café 1.jpg"
    assert local_path("file:///photos/caf%E9%201.jpg") == odd


def test_after_a_link_the_parent_is_that_of_what_it_leads_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "other" / "deep").mkdir(parents=True)
    (tmp_path / "a" / "link").symlink_to(tmp_path / "other" / "deep")
    (tmp_path / "a" / "loop").symlink_to("loop")
    monkeypatch.chdir(tmp_path / "a")
    assert LocalFile("link/../x.png").path == str(tmp_path / "other" / "x.png")
    assert LocalFile("link/./b//../../x.png").path == str(tmp_path / "other" / "x.png")
    assert LocalFile("link/b/../x.png").path == str(tmp_path / "a" / "link" / "x.png")
    assert LocalFile("b/../link/x.png").path == str(tmp_path / "a" / "link" / "x.png")
    assert LocalFile("../../x.png").path == str(tmp_path.parent / "x.png")
    assert LocalFile("/../x.png").path == "/x.png"
    assert LocalFile("loop/../x.png").path == str(tmp_path / "a" / "x.png")
    for name in ("link/../x.png", "b/../x.png", "../a/b/../x.png"):
        Path(name).touch()
        assert os.path.samefile(name, LocalFile(name).path)


def test_the_uri_under_which_a_path_is_stored_is_that_path(tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9 %41.jpg")
    stored = LocalFile(odd).path
    assert source_of(stored) == LocalFile(odd)
    for other in (f"file://{tmp_path}/a.jpg", stored + "/../a.jpg", stored.replace("%E9", "%e9")):
        assert not isinstance(source_of(other), LocalFile)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("https://example.com/a.jpg", "https://example.com/a.jpg"),
        ("HTTP://example.com/a.jpg", "HTTP://example.com/a.jpg"),
        ("s3://bucket/a.jpg", "s3://bucket/a.jpg"),
        ("/a.jpg", "/a.jpg"),
        (Path("/a.jpg"), "/a.jpg"),
        (b"a.jpg", ""),
    ],
)
def test_the_path_of_each_kind(given: str, path: str) -> None:
    assert source_of(given).path == path


def test_entries_of_a_folder_are_paths(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    with os.scandir(tmp_path) as entries:
        (entry,) = entries
        assert source_of(entry).path == str(tmp_path / "a.png")


def test_a_change_of_a_file_changes_its_state(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    assert source_of(file).state() is None
    file.write_bytes(b"1")
    before = source_of(file).state()
    assert source_of(file).state() == before
    file.write_bytes(b"12")
    assert source_of(file).state() != before


def test_files_of_one_size_and_time_that_change_places_change_their_states(tmp_path: Path) -> None:
    one, other = tmp_path / "1.bmp", tmp_path / "2.bmp"
    for file in (one, other):
        file.write_bytes(file.name.encode())
        os.utime(file, ns=(5, 5))
    before = [source_of(file).state() for file in (one, other)]
    one.rename(tmp_path / "3.bmp")
    other.rename(one)
    (tmp_path / "3.bmp").rename(other)
    after = [source_of(file).state() for file in (one, other)]
    assert not set(before) & set(after)
