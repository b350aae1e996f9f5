"""`dedupe`: near copies among files, with nothing to set up."""

import os
import shutil
from pathlib import Path

import pytest
from PIL import ImageOps

from imagematch_core.deduping import DedupeResult, dedupe
from imagematch_core.errors import StorageError
from imagematch_core.sources.folders import walk
from tests.drawings import drawing, encoded, saved


def run(folder: Path, cache: Path | None, **options: object) -> DedupeResult:
    files = list(walk([folder], lambda error: None))
    return dedupe(files, cache=cache, **options)  # type: ignore[arg-type]


def names(report: DedupeResult) -> list[list[str]]:
    return [[Path(member.entry.path).name for member in g.members] for g in report.groups]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    for seed in range(8):
        saved(folder, f"{seed}.png", drawing(seed, (200, 150)))
    saved(folder / "sub", "small 1.jpg", drawing(1, (200, 150)).resize((100, 75)))
    shutil.copy(folder / "1.png", folder / "1 again.png")
    saved(folder, "5 mirrored.png", ImageOps.mirror(drawing(5, (200, 150))))
    (folder / "notes.txt").write_text("text")
    return folder


@pytest.mark.parametrize("cached", [False, True])
def test_near_and_exact_copies(folder: Path, tmp_path: Path, cached: bool) -> None:
    report = run(folder, tmp_path / "cache" / "s.db" if cached else None)
    assert names(report) == [["1.png", "1 again.png", "small 1.jpg"]]
    (group,) = report.groups
    keeper, exact, near = (member.entry for member in group.members)
    assert report.digests[keeper.id] == report.digests[exact.id]
    assert near.id not in report.digests
    assert (report.signing.added, report.signing.skipped) == (11, 1)


def test_mirrored_copies_where_asked_for(folder: Path, tmp_path: Path) -> None:
    report = run(folder, tmp_path / "s.db", all_orientations=True)
    assert sorted(map(sorted, names(report))) == [
        ["1 again.png", "1.png", "small 1.jpg"],
        ["5 mirrored.png", "5.png"],
    ]
    (mirrored,) = (group for group in report.groups if len(group.members) == 2)
    assert str(mirrored.members[1].orientation) == "mirrored"


def test_the_second_run_signs_nothing(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "s.db"
    first, second = run(folder, cache), run(folder, cache)
    assert (second.signing.added, second.signing.unchanged) == (0, 11)
    assert second.groups == first.groups
    assert second.digests == first.digests


def test_only_the_files_as_they_are_now_count(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "s.db"
    run(folder, cache)
    (folder / "1.png").write_bytes(encoded(drawing(1))[:500])
    (folder / "1 again.png").unlink()
    report = run(folder, cache)
    assert names(report) == []
    assert [Path(str(item.source)).name for item, _ in report.signing.failed] == ["1.png"]


def test_pictures_elsewhere_in_the_cache_are_not_looked_at(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "s.db"
    run(folder, cache)
    saved(tmp_path / "elsewhere", "1.png", drawing(1, (200, 150)))
    assert names(run(tmp_path / "elsewhere", cache)) == []


def test_a_cache_in_an_odd_place(folder: Path, tmp_path: Path) -> None:
    odd = Path(
        os.fsdecode(
            os.path.join(os.fsencode(tmp_path), b"caf\xe9 %41?x#y " + "🎨".encode(), b"s.db")
        )
    )
    run(folder, odd)
    assert odd.exists()
    assert run(folder, odd).signing.unchanged == 11


def test_a_cache_that_is_damaged_says_that_it_can_go(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "s.db"
    cache.write_bytes(b"no database" * 500)
    with pytest.raises(StorageError, match=r"delete it, or go without .*cache=None"):
        run(folder, cache)


def test_a_cache_whose_folder_can_not_be_made(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"file/deeper can't be made: .*--no-cache"):
        run(folder, tmp_path / "file" / "deeper" / "s.db")


def test_files_that_changed_places_are_signed_again(tmp_path: Path) -> None:
    """All have one size and one time, as archives unpack them and as `mv` leaves them."""
    folder, cache = tmp_path / "scans", tmp_path / "s.db"
    for seed in (1, 2):
        saved(folder, f"{seed}.bmp", drawing(seed, (200, 150)))
    saved(folder, "large.png", drawing(1, (400, 300)))
    for file in folder.iterdir():
        os.utime(file, (1e9, 1e9))
    assert names(run(folder, cache)) == [["large.png", "1.bmp"]]
    (folder / "1.bmp").rename(folder / "held")
    (folder / "2.bmp").rename(folder / "1.bmp")
    (folder / "held").rename(folder / "2.bmp")
    assert names(run(folder, cache)) == [["large.png", "2.bmp"]]


def test_overlapping_files_are_taken_once(folder: Path) -> None:
    files = [str(folder / "2.png"), f"{folder}/./2.png", str(folder / "2.png")]
    report = dedupe(files)
    assert list(report.groups) == []
    assert report.signing.added == 1


def test_largest_distance_is_that_of_the_farthest_member(tmp_path: Path) -> None:
    picture = drawing(1, (400, 300))
    for quality in (90, 20, 5):
        (tmp_path / f"{quality}.jpg").write_bytes(encoded(picture, "JPEG", quality=quality))
    (group,) = run(tmp_path, None).groups
    assert group.largest_distance == max(member.distance for member in group.members) > 0
