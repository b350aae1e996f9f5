"""`dedupe`: near copies among files, with nothing to set up."""

import os
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from more_itertools import map_reduce
from PIL import ImageOps

import imagematch_core as imagematch
from imagematch_core.cleanup import CleanupAction, LeftAlone, plan_cleanup
from imagematch_core.deduping import (
    DedupeResult,
    clear_not_copies,
    dedupe,
    list_not_copies,
    remember_not_copies,
)
from imagematch_core.deduping.cache import forget, open_cache, state_of_path
from imagematch_core.deduping.not_copies import DecidedFile
from imagematch_core.errors import ArgumentError, DecisionsError, StorageError
from imagematch_core.matching.disjoint import DisjointSets
from imagematch_core.model import UPRIGHT
from imagematch_core.records.bodies import load_body
from imagematch_core.signatures import get_algorithm
from imagematch_core.signatures.algorithm import Algorithm, Nearness
from imagematch_core.sources.folders import walk
from tests.disks import files_end_at
from tests.drawings import drawing, encoded, flat, saved


def run(folder: Path, cache: Path | None, **options: object) -> DedupeResult:
    files = list(walk([folder], lambda error: None))
    return dedupe(files, cache=cache, workers=1, **options)  # type: ignore[arg-type]


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


def test_a_cache_on_a_full_disk_says_at_once_how_to_go_without(
    folder: Path, tmp_path: Path
) -> None:
    # What SQLite keeps beside the file takes 32 kB, and it names what is wrong there another way.
    with files_end_at(16_384), pytest.raises(StorageError) as raised:
        run(folder, tmp_path / "s.db")
    assert str(raised.value) == (
        f"no space is left for the cache {tmp_path / 's.db'}: free some, or go without the cache "
        "by --no-cache, in Python by cache=None"
    )


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


def test_a_file_written_in_place_with_its_time_kept_is_signed_again(tmp_path: Path) -> None:
    folder, cache = tmp_path / "frames", tmp_path / "s.db"
    for name, seed in (("1.bmp", 1), ("2.bmp", 2)):
        os.utime(saved(folder, name, drawing(seed, (200, 150))), (1e9, 1e9))
    run(folder, cache)
    os.utime(saved(folder, "1.bmp", drawing(2, (200, 150))), (1e9, 1e9))
    assert names(run(folder, cache)) == [["1.bmp", "2.bmp"]]


def remembered(cache: Path) -> set[str]:
    with closing(open_cache(cache, get_algorithm(None), [UPRIGHT], 1)) as store:
        return {Path(load_body(one)["path"]).name for one in store.scan()}


def test_the_cache_forgets_files_that_are_gone(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "s.db"
    other = saved(tmp_path / "disk", "other.png", drawing(30))
    dedupe([other], cache=cache)
    run(folder, cache)
    (folder / "7.png").unlink()
    (tmp_path / "disk").rename(tmp_path / "unplugged")
    saved(folder, "new.png", drawing(20))
    run(folder, cache)
    assert "7.png" not in remembered(cache)
    assert {"other.png", "new.png", "0.png"} <= remembered(cache)


def test_the_cache_has_a_largest_size(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "s.db"
    result = run(folder, cache)
    ids = [member.entry.id for member in result.groups[0].members]
    with closing(open_cache(cache, get_algorithm(None), [UPRIGHT], 1)) as store:
        assert forget(store, ids, most_bytes=0) == store_size(folder) - len(ids)
    assert remembered(cache) == {"1.png", "1 again.png", "small 1.jpg"}


def store_size(folder: Path) -> int:
    return sum(path.suffix in {".png", ".jpg"} for path in folder.rglob("*"))


def test_nothing_is_compared_again_where_nothing_has_changed(folder: Path, tmp_path: Path) -> None:
    saved(folder, "flat.png", flat())
    shutil.copy(folder / "flat.png", folder / "flat again.png")
    cache = tmp_path / "s.db"
    compared: list[int] = []

    def again(**options: object) -> DedupeResult:
        compared.clear()
        return run(folder, cache, linkages=True, comparing_progress=compared.append, **options)

    first = again()
    assert compared
    second = again()
    assert not compared
    assert second.groups == first.groups
    assert second.groups.linkages == first.groups.linkages
    assert (second.digests, second.merits) == (first.digests, first.merits)
    assert (second.cutoff, second.comparing) == (first.cutoff, first.comparing)
    told = [[(type(e), str(e)) for _, e in one.signing.failed] for one in (first, second)]
    assert told[0] == told[1] != []
    for change in ({"cutoff": 0.1}, {"keep": ["newest"]}, {"reference": [folder / "sub"]}):
        assert again(**change).groups is not None
        assert compared
    os.utime(folder / "1.png", (1, 1))
    assert again().merits != first.merits
    assert compared


def test_a_damaged_result_is_found_anew(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "s.db"
    first = run(folder, cache)
    (kept,) = (tmp_path / "s.db.results").iterdir()
    kept.write_bytes(b"damaged")
    assert run(folder, cache).groups == first.groups


def test_only_the_last_results_are_kept(folder: Path, tmp_path: Path) -> None:
    for number in range(25):
        run(folder / "sub", tmp_path / "s.db", cutoff=0.1 + number / 1_000)
    assert len(list((tmp_path / "s.db.results").iterdir())) == 20


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("blank.png", encoded(flat())),
        ("damaged.jpg", encoded(drawing(1), "JPEG")[:300]),
        ("drawing.svg", b"<svg/>"),
        ("raw.nef", b"II*\0 raw"),
        ("sound.png", encoded(drawing(1, (300, 200)))),
    ],
)
def test_equal_bytes_are_exact_copies_of_whatever_calls_itself_a_picture(
    name: str, content: bytes, tmp_path: Path
) -> None:
    folder = tmp_path / "exact"
    for place in ("a", "b", "c"):
        path = folder / place / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content if place != "c" else content + b"\0")
    report = run(folder, None)
    (group,) = report.groups
    same = [m.entry for m in group.members if report.digests.get(m.entry.id)]
    assert [Path(entry.path).parent.name for entry in same][:2] == ["a", "b"]
    assert len({report.digests[entry.id] for entry in same[:2]}) == 1


def test_equal_bytes_of_other_files_are_no_copies(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.xmp", "d.xmp"):
        (tmp_path / name).write_text("the same")
    for name in ("empty.jpg", "empty too.jpg"):
        (tmp_path / name).write_bytes(b"")
    assert names(run(tmp_path, None)) == []


def not_copies(file: Path, *paths: Path) -> None:
    remember_not_copies(
        [[DecidedFile(str(one), f"goldberg-2 {state_of_path(str(one))}") for one in paths]], file
    )


def test_what_was_said_to_be_no_copy_is_none(folder: Path, tmp_path: Path) -> None:
    said = tmp_path / "said.jsonl"
    not_copies(said, folder / "1.png", folder / "sub/small 1.jpg")
    not_copies(said, folder / "1 again.png", folder / "sub/small 1.jpg")
    assert names(run(folder, None, not_copies=said)) == [["1.png", "1 again.png"]]
    not_copies(said, folder / "1.png", folder / "1 again.png")
    assert names(run(folder, None, not_copies=said)) == []
    assert len(list_not_copies(said)) == 3

    (folder / "1 again.png").touch()  # no longer the file that was looked at
    assert names(run(folder, None, not_copies=said))[0][:2] == ["1.png", "1 again.png"]
    assert clear_not_copies([str(folder / "sub/small 1.jpg")], said) == 2
    assert names(run(folder, None, not_copies=said)) == [["1.png", "1 again.png", "small 1.jpg"]]
    assert clear_not_copies(file=said) == 1
    assert not said.exists()
    assert list_not_copies(said) == []


def test_no_copy_of_the_keeper_is_not_acted_on_for_it(folder: Path, tmp_path: Path) -> None:
    said = tmp_path / "said.jsonl"
    not_copies(said, folder / "1.png", folder / "sub/small 1.jpg")
    found = run(folder, None, not_copies=said)
    (group,) = found.groups  # the two hang together through '1 again.png'
    assert len(group.members) == 3
    plan = plan_cleanup(found, CleanupAction.TRASH, near=True)
    assert [Path(step.path).name for step in plan.steps] == ["1 again.png"]
    assert plan.left == ((str(folder / "sub/small 1.jpg"), LeftAlone.NOT_A_COPY),)


def test_the_same_is_said_once(tmp_path: Path) -> None:
    said = tmp_path / "new folder" / "said.jsonl"
    files = [DecidedFile("/a", "x"), DecidedFile("/b", "x")]
    assert remember_not_copies([files], said) == 1
    assert remember_not_copies([files[::-1]], said) == 0
    assert list_not_copies(said)[0].files == tuple(files)


@pytest.mark.parametrize("text", ["x", "[]", "{}", '{"files": [1], "said": ""}', "\xff"])
def test_a_damaged_file_of_no_copies_is_refused_by_name_and_can_be_removed(
    tmp_path: Path, text: str
) -> None:
    said = tmp_path / "said.jsonl"
    said.write_text(text, encoding="latin-1")
    with pytest.raises(DecisionsError, match=r"said\.jsonl is damaged"):
        dedupe([], not_copies=said)
    clear_not_copies(file=said)
    assert not said.exists()


def test_a_reference_is_only_compared_against(folder: Path) -> None:
    reference = folder / "sub"
    shutil.copy(reference / "small 1.jpg", reference / "small 1 again.jpg")
    found = run(folder, None, reference=[reference])
    (group,) = found.groups
    assert Path(group.keeper.path).parent == reference
    for path in folder.glob("1*.png"):
        path.unlink()
    assert names(run(folder, None, reference=[reference])) == []
    assert len(names(run(folder, None))) == 1


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        (["largest"], "z large.png"),
        (["oldest"], "old.png"),
        (["newest"], "a much longer name.png"),
        (["shortest-path"], "x.png"),
        (["first-folder", "newest"], "a much longer name.png"),
        (["first-folder", "oldest"], "old.png"),
        ([], "z large.png"),
    ],
)
def test_rules_choose_the_keeper(tmp_path: Path, rules: list[str], kept: str) -> None:
    for age, name, size in (
        (4, "a/old.png", (200, 150)),
        (1, "a/a much longer name.png", (200, 150)),
        (2, "b/x.png", (200, 150)),
        (3, "b/z large.png", (400, 300)),
    ):
        path = saved(tmp_path / Path(name).parent, Path(name).name, drawing(1, size))
        os.utime(path, (1e9 - age, 1e9 - age))
    found = run(tmp_path, None, keep=rules)
    (group,) = found.groups
    assert Path(group.keeper.path).name == kept
    merits = found.merits[group.keeper.id]
    assert len(merits.reasons) == len(merits.rank)
    assert merits.reasons[1 : 1 + len(rules)] == tuple(rules)


def test_an_unknown_rule_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="largest, oldest, newest"):
        dedupe([], keep=["prettiest"])


def frames(folder: Path, count: int) -> list[Path]:
    """Frames of a slow way across a picture: each near its neighbours, the ends far apart."""
    scene = drawing(1, (260, 120))
    return [
        saved(folder, f"{number:03}.png", scene.crop((number, 0, number + 160, 120)))
        for number in range(count)
    ]


def test_nearly_equal_pictures_are_not_all_compared_with_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = frames(tmp_path, 100)
    using = get_algorithm(None)
    compare = type(using).compare
    compared = 0

    def counting(self: Algorithm, views: Any, signatures: Any) -> list[Nearness]:
        nonlocal compared
        compared += len(signatures)
        return compare(self, views, signatures)

    monkeypatch.setattr(type(using), "compare", counting)
    found = dedupe(files, workers=1)
    assert compared < 60 * len(files)
    monkeypatch.undo()

    sets = DisjointSets()
    with imagematch.open("memory://") as index:
        index.add_many(files, workers=1)
        for file in files:
            for hit in index.search(file, cutoff=found.cutoff):
                sets.join(str(file), hit.path)
    together = map_reduce(map(str, files), sets.root)
    everything = {frozenset(some) for some in together.values() if len(some) > 1}
    groups = {frozenset(m.entry.path for m in group.members) for group in found.groups}
    assert groups == everything
    assert max(map(len, groups)) > 50
