"""Acting on copies: what is planned is done, what can't be done safely is not, all is undone."""

import os
import resource
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from PIL import Image, ImageFilter

from imagematch_core.cleanup import (
    CleanupAction,
    CleanupStep,
    FileState,
    LeftAlone,
    apply_cleanup,
    applying,
    cleanup_logs,
    plan_cleanup,
    undo_cleanup,
)
from imagematch_core.cleanup.alone import alone
from imagematch_core.cleanup.moving import move_file
from imagematch_core.deduping import dedupe
from imagematch_core.errors import ActionLogError, ActionsBusy, ArgumentError
from imagematch_core.sources.folders import walk
from tests.disks import files_end_at
from tests.drawings import WIKIPEDIA, drawing, encoded, saved

from .conftest import contents, planned, tree


@pytest.fixture
def dups(tmp_path: Path) -> Path:
    return tmp_path / "dups"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system")
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def paths(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_plan_changes_nothing_and_counts_what_it_would_free(photos: Path, dups: Path) -> None:
    before = tree(photos)
    plan = planned(photos, CleanupAction.MOVE, dups)
    assert [(step.path, step.keeper, step.to, step.exact) for step in plan.steps] == [
        (str(photos / "b.png"), str(photos / "a.png"), str(dups / "b.png"), True),
        (str(photos / "sub/c.png"), str(photos / "a.png"), str(dups / "sub/c.png"), True),
    ]
    assert plan.total_bytes == 2 * (photos / "a.png").stat().st_size
    assert tree(photos) == before
    assert not dups.exists()


def test_near_copies_are_acted_on_only_where_asked_for(photos: Path, dups: Path) -> None:
    small = str(photos / "sub/small.jpg")
    assert (small, LeftAlone.INEXACT) in planned(photos, CleanupAction.MOVE, dups).left
    assert small in {
        step.path for step in planned(photos, CleanupAction.MOVE, dups, near=True).steps
    }
    with pytest.raises(ArgumentError, match="same to the byte"):
        planned(photos, CleanupAction.HARDLINK, near=True)


def test_move_and_undo(photos: Path, dups: Path, log: Path) -> None:
    before = tree(photos)
    applied = apply_cleanup(planned(photos, CleanupAction.MOVE, dups, near=True), log)
    assert not applied.failed
    assert paths(photos) == {"a.png", "other.png"}
    assert paths(dups) == {"b.png", "sub/c.png", "sub/small.jpg"}

    shutil.rmtree(photos / "sub")
    assert len(undo_cleanup(log).restored) == 3
    assert tree(photos) == before
    assert not dups.exists()
    again = undo_cleanup(log)
    assert (again.restored, again.in_place, again.failed) == ([], [], [])


def test_a_folder_that_was_there_or_is_used_stays(photos: Path, tmp_path: Path, log: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    apply_cleanup(planned(photos, CleanupAction.MOVE, here / "new"), log)
    (here / "new/sub/mine.txt").write_text("mine")
    undo_cleanup(log)
    assert paths(here) == {"new/sub/mine.txt"}
    second = log.with_name("second.jsonl")
    apply_cleanup(planned(photos, CleanupAction.MOVE, here), second)
    undo_cleanup(second)
    assert here.is_dir()


def test_moving_to_another_file_system(photos: Path, elsewhere: Path, log: Path) -> None:
    before = tree(photos)
    apply_cleanup(planned(photos, CleanupAction.MOVE, elsewhere), log)
    moved = tree(elsewhere)
    assert moved[str(elsewhere / "b.png")] == before[str(photos / "b.png")]
    undo_cleanup(log)
    assert tree(photos) == before
    assert tree(elsewhere) == {}


def test_names_that_are_taken_are_left_to_their_files(photos: Path, dups: Path, log: Path) -> None:
    before = tree(photos)
    dups.mkdir()
    (dups / "b.png").write_text("mine")
    (dups / "b (2).png").symlink_to("nowhere")
    applied = apply_cleanup(planned(photos, CleanupAction.MOVE, dups), log)
    assert applied.done[0].to == str(dups / "b (3).png")
    assert (dups / "b.png").read_text() == "mine"
    assert (dups / "b (2).png").is_symlink()
    undo_cleanup(log)
    assert tree(photos) == before
    assert {path.name for path in dups.iterdir()} == {"b.png", "b (2).png"}


def test_a_name_taken_at_the_last_moment_is_not_overwritten(photos: Path, dups: Path) -> None:
    dups.write_text("mine")
    with pytest.raises(FileExistsError):
        move_file(str(photos / "b.png"), str(dups))
    assert dups.read_text() == "mine"
    assert (photos / "b.png").exists()


def test_a_source_that_has_gone_leaves_nothing_under_the_new_name(photos: Path, dups: Path) -> None:
    with pytest.raises(FileNotFoundError):
        move_file(str(photos / "gone.png"), str(dups))
    assert not dups.exists()


def test_hard_links_and_undo(photos: Path, log: Path) -> None:
    os.chmod(photos / "b.png", 0o600)
    os.utime(photos / "sub/c.png", ns=(1, 1))
    before = tree(photos)
    applied = apply_cleanup(planned(photos, CleanupAction.HARDLINK), log)
    assert not applied.failed
    inode = (photos / "a.png").stat().st_ino
    assert [(photos / name).stat().st_ino for name in ("b.png", "sub/c.png")] == [inode, inode]
    assert (photos / "sub/small.jpg").stat().st_ino != inode
    assert planned(photos, CleanupAction.HARDLINK).steps == ()

    undo_cleanup(log)
    assert tree(photos) == before
    assert (photos / "a.png").stat().st_nlink == 1


def test_hard_links_across_file_systems_fail_by_name(
    photos: Path, elsewhere: Path, log: Path
) -> None:
    copy = str(shutil.copy(photos / "a.png", elsewhere / "z.png"))
    report = dedupe([str(photos / "a.png"), copy], workers=1, keep_in=[photos])
    (failed,) = apply_cleanup(plan_cleanup(report, CleanupAction.HARDLINK), log).failed
    assert str(failed) == f"{copy}: it is on another file system than the file that is kept"
    assert os.listdir(elsewhere) == ["z.png"]


def test_names_of_one_content_free_nothing(photos: Path, dups: Path) -> None:
    os.link(photos / "a.png", photos / "a too.png")  # the one that is kept has two names
    os.unlink(photos / "b.png")
    os.link(photos / "sub/c.png", photos.parent / "c outside.png")
    result = planned(photos, CleanupAction.MOVE, dups)
    assert [step.path for step in result.steps] == [str(photos / "sub/c.png")]
    assert result.total_bytes == 0
    assert (str(photos / "a.png"), LeftAlone.SAME) in result.left


def test_links_are_left_alone_and_what_they_lead_to(
    photos: Path, dups: Path, log: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.png"
    shutil.copy(photos / "a.png", outside)
    link = photos / "link.png"
    link.symlink_to(outside)
    report = dedupe(map(str, [photos / "a.png", photos / "b.png", link]), workers=1)
    result = plan_cleanup(report, CleanupAction.MOVE, to=dups, roots=[photos])
    assert (str(link), LeftAlone.LINK) in result.left
    apply_cleanup(result, log)
    assert link.is_symlink()
    assert outside.exists()
    assert paths(dups) == {"b.png"}


def test_what_is_in_a_folder_to_keep_is_kept(photos: Path, dups: Path) -> None:
    files = [photos / name for name in ("a.png", "b.png", "sub/c.png", "sub/small.jpg")]
    report = dedupe(map(str, files), workers=1, keep_in=[photos / "sub"])
    result = plan_cleanup(report, CleanupAction.TRASH, near=True, keep_in=[photos / "sub"])
    assert {step.keeper for step in result.steps} == {str(photos / "sub/c.png")}
    assert {step.path for step in result.steps} == {str(photos / "a.png"), str(photos / "b.png")}


def rewrite(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def rewrite_unnoticed(path: Path) -> None:
    """As many bytes, the same time: only reading it tells."""
    before = path.stat()
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.write(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_by_link(path: Path) -> None:
    kept = path.rename(path.with_suffix(".kept"))
    path.symlink_to(kept)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("action", [CleanupAction.MOVE, CleanupAction.HARDLINK])
@pytest.mark.parametrize(
    "change", [Path.unlink, rewrite, rewrite_unnoticed, replace_by_folder], ids=lambda c: c.__name__
)
@pytest.mark.parametrize("name", ["a.png", "b.png"], ids=["keeper", "copy"])
def test_what_changed_since_it_was_read_is_left_alone(
    photos: Path,
    dups: Path,
    log: Path,
    action: CleanupAction,
    change: Callable[[Path], None],
    name: str,
) -> None:
    result = planned(photos, action, dups if action is CleanupAction.MOVE else None)
    change(photos / name)
    before = tree(photos)
    applied = apply_cleanup(result, log)
    # With a keeper that is no longer sure both copies stay; else the other one goes.
    failed = {photos / "b.png", photos / "sub/c.png"} if name == "a.png" else {photos / "b.png"}
    assert {error.path for error in applied.failed} == set(map(str, failed))
    after = tree(photos)
    assert all(after[str(path)] == before[str(path)] for path in failed if path.is_file())
    assert contents(photos, photos.parent) >= {content for content, *_ in before.values()}
    undo_cleanup(log)
    assert tree(photos) == before


def test_a_copy_replaced_by_a_link_to_the_keeper(photos: Path, dups: Path, log: Path) -> None:
    result = planned(photos, CleanupAction.MOVE, dups)
    replace_by_link(photos / "b.png")
    (failed,) = apply_cleanup(result, log).failed
    assert failed.reason == "it has changed since it was read"
    assert (photos / "b.png").is_symlink()


def test_what_changed_between_reading_and_planning_is_named(photos: Path, dups: Path) -> None:
    report = dedupe(map(str, [photos / "a.png", photos / "b.png", photos / "sub/c.png"]), workers=1)
    rewrite(photos / "b.png")
    result = plan_cleanup(report, CleanupAction.MOVE, to=dups)
    assert [error.path for error in result.failed] == [str(photos / "b.png")]
    assert [step.path for step in result.steps] == [str(photos / "sub/c.png")]


def test_a_folder_that_is_a_file(photos: Path, dups: Path, log: Path) -> None:
    before = tree(photos)
    dups.write_text("mine")
    applied = apply_cleanup(planned(photos, CleanupAction.MOVE, dups), log)
    assert [str(error) for error in applied.failed] == [
        f"{photos / 'b.png'}: Not a directory: {dups}",
        f"{photos / 'sub/c.png'}: Not a directory: {dups / 'sub'}",
    ]
    assert tree(photos) == before
    assert (undo_cleanup(log).failed, dups.read_text()) == ([], "mine")


def test_undo_names_what_it_can_not_restore(photos: Path, dups: Path, log: Path) -> None:
    apply_cleanup(planned(photos, CleanupAction.MOVE, dups, near=True), log)
    (photos / "b.png").write_text("new")
    rewrite(dups / "sub/c.png")
    (dups / "sub/small.jpg").unlink()
    undone = undo_cleanup(log)
    assert [str(error) for error in undone.failed] == [
        f"{photos / 'sub/small.jpg'}: it is no longer at {dups / 'sub/small.jpg'}",
        f"{photos / 'sub/c.png'}: it has changed since it was moved; "
        f"it stays at {dups / 'sub/c.png'}",
        f"{photos / 'b.png'}: something else is there now; see {dups / 'b.png'}",
    ]
    assert (photos / "b.png").read_text() == "new"
    assert (dups / "b.png").exists()

    (photos / "b.png").unlink()
    assert undo_cleanup(log).restored == [str(photos / "b.png")]


def test_undoing_hard_links_leaves_what_was_edited_since(photos: Path, log: Path) -> None:
    apply_cleanup(planned(photos, CleanupAction.HARDLINK), log)
    rewrite(photos / "a.png")  # and with it all its names
    undone = undo_cleanup(log)
    assert {error.reason for error in undone.failed} == {"it has changed since it was linked"}
    assert undone.restored == []


@pytest.mark.parametrize(
    "name", ["line\nbreak.png", "-rf 😀 '\".png", os.fsdecode(b"caf\xe9.png"), "z" * 251 + ".png"]
)
@pytest.mark.parametrize("action", [CleanupAction.MOVE, CleanupAction.HARDLINK])
def test_odd_names(photos: Path, dups: Path, log: Path, action: CleanupAction, name: str) -> None:
    (photos / "b.png").rename(photos / name)
    dups.mkdir()
    (dups / name).write_text("taken")
    before = tree(photos)
    applied = apply_cleanup(
        planned(photos, action, dups if action is CleanupAction.MOVE else None), log
    )
    assert (len(applied.done), applied.failed) == (2, [])
    undo_cleanup(log)
    assert tree(photos) == before


def test_a_full_disk_is_named_and_nothing_stays_there(
    photos: Path, elsewhere: Path, log: Path
) -> None:
    plan = planned(photos, CleanupAction.MOVE, elsewhere / "dups")
    before = tree(photos)
    with files_end_at(plan.steps[0].state.size - 1):
        failed = apply_cleanup(plan, log).failed
    for step, err in zip(plan.steps, failed, strict=True):
        assert err.reason == f"File too large: {step.to}"
    assert tree(photos) == before
    assert list(elsewhere.iterdir()) == []


def test_what_was_done_before_the_log_was_full_is_undone(
    photos: Path, dups: Path, log: Path
) -> None:
    before = tree(photos)
    plan = planned(photos, CleanupAction.MOVE, dups)
    whole = log.with_name("whole.jsonl")
    apply_cleanup(plan, whole)
    undo_cleanup(whole)
    lines = whole.read_bytes().splitlines(keepends=True)
    with (
        files_end_at(sum(map(len, lines[:4])) + 5),  # in the line that the second move is done
        pytest.raises(ActionLogError, match=r"any more.*imagematch undo undoes what was done"),
    ):
        apply_cleanup(planned(photos, CleanupAction.MOVE, dups), log)
    assert len(paths(dups)) == 2
    assert len(undo_cleanup(log).restored) == 2
    assert tree(photos) == before


def test_files_are_put_back_also_if_the_log_is_full(photos: Path, dups: Path, log: Path) -> None:
    before = tree(photos)
    apply_cleanup(planned(photos, CleanupAction.MOVE, dups), log)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)

    def make_room(_: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    with files_end_at(log.stat().st_size + 10):  # in the line that the first one is back
        undone = undo_cleanup(log, progress=make_room)
    assert (len(undone.restored), undone.failed) == (2, [])
    assert tree(photos) == before
    again = undo_cleanup(log)
    assert (len(again.in_place), again.failed) == (1, [])


def test_files_on_a_disk_that_is_not_connected_can_be_put_back_later(
    photos: Path, dups: Path, log: Path
) -> None:
    before = tree(photos)
    apply_cleanup(planned(photos, CleanupAction.MOVE, dups), log)
    dups.rename(dups.with_name("away"))
    undone = undo_cleanup(log)
    assert {err.reason for err in undone.failed} == {
        f"{folder} is not there; if its disk is not connected, connect it and run this again"
        for folder in (dups, dups / "sub")
    }
    dups.with_name("away").rename(dups)
    assert len(undo_cleanup(log).restored) == 2
    assert tree(photos) == before


def test_only_one_acts_at_a_time(photos: Path, dups: Path, log: Path) -> None:
    result = planned(photos, CleanupAction.MOVE, dups)
    with alone():
        with pytest.raises(ActionsBusy):
            apply_cleanup(result, log)
        assert not log.exists()
    apply_cleanup(result, log)
    with alone(), pytest.raises(ActionsBusy):
        undo_cleanup(log)


def test_a_log_is_never_overwritten_and_nothing_else_taken_for_one(
    photos: Path, dups: Path, log: Path
) -> None:
    result = planned(photos, CleanupAction.MOVE, dups)
    for content in ("", "mine\n", '{"imagematch": 1}\n', "[1]\n", "\xff"):
        log.write_text(content)
        with pytest.raises(ArgumentError, match="is there already"):
            apply_cleanup(result, log)
        with pytest.raises(ArgumentError, match="is not a log"):
            undo_cleanup(log)
        assert log.read_text() == content
    assert not dups.exists()


def test_a_sidecar_and_the_video_of_a_live_photo_go_along(
    photos: Path, dups: Path, log: Path
) -> None:
    for name in ("b.xmp", "b.MOV", "b.png.json", "bb.xmp", "b.txt"):
        (photos / name).write_text(name)
    before = tree(photos)
    plan = planned(photos, CleanupAction.MOVE, dups)
    assert [(step.path, step.beside) for step in plan.steps if step.beside] == [
        (str(photos / name), str(photos / "b.png")) for name in ("b.MOV", "b.png.json", "b.xmp")
    ]
    apply_cleanup(plan, log)
    assert paths(dups) == {"b.png", "b.MOV", "b.png.json", "b.xmp", "sub/c.png"}
    assert paths(photos) >= {"bb.xmp", "b.txt"}
    undo_cleanup(log)
    assert tree(photos) == before


def test_sidecars_are_known_as_google_calls_them(photos: Path, dups: Path) -> None:
    content = (photos / "b.png").read_bytes()
    for name in ("b(1).png", "long.png"):
        (photos / name).write_bytes(content)
    sidecars = {
        "b.png.supplemental-metadata.json": "b.png",
        "b.png.supplemental-metadata(1).json": "b(1).png",
        "b.png(1).json": "b(1).png",
        "long.png.suppl.json": "long.png",
    }
    for name in sidecars:
        (photos / name).write_text(name)
    plan = planned(photos, CleanupAction.MOVE, dups)
    found = {Path(one.path).name: Path(one.beside).name for one in plan.steps if one.beside}
    assert found == sidecars


def test_a_copy_with_a_sidecar_is_not_put_in_the_trash(photos: Path) -> None:
    (photos / "b.aae").write_text("edits")
    plan = planned(photos, CleanupAction.TRASH)
    assert (str(photos / "b.png"), LeftAlone.COMPANIONS) in plan.left
    assert [step.path for step in plan.steps] == [str(photos / "sub/c.png")]


def test_a_sidecar_of_two_pictures_stays(photos: Path, dups: Path) -> None:
    for name in ("b.xmp", "b.nef"):
        (photos / name).write_text(name)
    assert not any(step.beside for step in planned(photos, CleanupAction.MOVE, dups).steps)


def test_what_belongs_to_a_copy_that_stays_stays_too(photos: Path, dups: Path, log: Path) -> None:
    (photos / "b.xmp").write_text("edits")
    plan = planned(photos, CleanupAction.MOVE, dups)
    saved(photos, "b.png", drawing(5))
    applied = apply_cleanup(plan, log)
    assert [err.path for err in applied.failed] == [str(photos / "b.png")]
    assert paths(dups) == {"sub/c.png"}


def in_place(path: Path, image: Image.Image) -> None:
    """Another picture in the same file, of the same size and time."""
    before = path.stat()
    content = encoded(image, "BMP")
    assert len(content) == before.st_size
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("changed", ["copy.bmp", "large.png.bmp"])
def test_near_copies_are_compared_again_right_before(
    tmp_path: Path, dups: Path, log: Path, changed: str
) -> None:
    folder = tmp_path / "near"
    saved(folder, "large.png.bmp", drawing(1, (400, 300)))
    saved(folder, "copy.bmp", drawing(1, (200, 150)))
    plan = planned(folder, CleanupAction.MOVE, dups, near=True)
    assert [step.path for step in plan.steps] == [str(folder / "copy.bmp")]
    in_place(folder / changed, drawing(2, (400, 300) if "large" in changed else (200, 150)))
    before = tree(folder)
    (failed,) = apply_cleanup(plan, log).failed
    assert failed.reason == f"it is no longer near {folder / 'large.png.bmp'}"
    assert tree(folder) == before


def test_near_copies_go_only_where_that_is_sure(tmp_path: Path, dups: Path) -> None:
    folder = tmp_path / "near"
    saved(folder, "large.png", drawing(1, (400, 300)))
    blurred = drawing(1, (200, 150)).filter(ImageFilter.GaussianBlur(9))
    saved(folder, "blurred.jpg", blurred)
    found = dedupe(walk([folder]), cutoff=0.24, workers=1)
    (group,) = found.groups
    apart = group.members[1].distance
    assert found.comparing.acting_cutoff < apart < found.cutoff  # else this tests nothing
    plan = plan_cleanup(found, CleanupAction.MOVE, to=dups, near=True)
    assert plan.left == ((str(folder / "blurred.jpg"), LeftAlone.UNSURE),)
    # Nor where a larger distance is asked for: so much blur is a loss in some places.
    plan = plan_cleanup(found, CleanupAction.MOVE, to=dups, near=True, cutoff=found.cutoff)
    assert plan.left == ((str(folder / "blurred.jpg"), LeftAlone.DIFFERS),)
    with pytest.raises(ArgumentError, match="cutoff"):
        plan_cleanup(found, CleanupAction.MOVE, to=dups, near=True, cutoff=2)


def test_a_distance_can_be_asked_for(photos: Path, dups: Path) -> None:
    found = dedupe(walk([photos]), workers=1)
    small = str(photos / "sub/small.jpg")
    sure = plan_cleanup(found, CleanupAction.MOVE, to=dups, near=True)
    assert small in {step.path for step in sure.steps}
    surer = plan_cleanup(found, CleanupAction.MOVE, to=dups, near=True, cutoff=0.0001)
    assert (small, LeftAlone.UNSURE) in surer.left


@pytest.mark.parametrize("change", [Path.unlink, rewrite], ids=lambda change: change.__name__)
def test_a_copy_with_which_the_kept_file_goes_is_put_back(
    photos: Path,
    dups: Path,
    log: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], None],
) -> None:
    before = tree(photos)
    move = applying._ACTIONS[CleanupAction.MOVE]

    def move_both(step: CleanupStep, to: str) -> None:
        """As where the two are one file, seen by two ways that nothing tells from two files."""
        move(step, to)
        change(Path(step.keeper))

    monkeypatch.setitem(applying._ACTIONS, CleanupAction.MOVE, move_both)
    applied = apply_cleanup(planned(photos, CleanupAction.MOVE, dups), log)
    assert applied.done == []
    assert applied.failed[0].reason.endswith("went or changed with it; it was put back")
    assert tree(photos)[str(photos / "b.png")] == before[str(photos / "b.png")]
    assert paths(dups) == set()
    assert undo_cleanup(log).restored == []


def test_one_file_seen_through_two_file_systems_is_one_file(photos: Path) -> None:
    there = FileState.of((photos / "a.png").stat())
    assert there.is_same_file(replace(there, device=there.device + 1))
    assert not there.is_same_file(FileState.of((photos / "b.png").stat()))
    assert not there.is_same_file(replace(there, device=there.device + 1, ctime_ns=1))


def test_without_a_log_the_last_run_is_undone(photos: Path, dups: Path, log: Path) -> None:
    before = tree(photos)
    with pytest.raises(ArgumentError, match="nothing to undo"):
        undo_cleanup()
    first = apply_cleanup(planned(photos, CleanupAction.MOVE, dups)).log
    between = tree(photos)
    apply_cleanup(planned(photos, CleanupAction.MOVE, dups, near=True), log)
    assert [(one.path, one.files, one.undoable) for one in cleanup_logs()] == [
        (log, 1, 1),
        (first, 2, 2),
    ]
    assert undo_cleanup().log == log
    assert tree(photos) == between
    assert undo_cleanup().log == first
    assert tree(photos) == before
    assert [(one.action, one.undoable) for one in cleanup_logs()] == [(CleanupAction.MOVE, 0)] * 2
    with pytest.raises(ArgumentError, match="nothing to undo"):
        undo_cleanup()


def test_a_log_that_is_gone_or_damaged_is_not_listed(photos: Path, dups: Path, log: Path) -> None:
    kept = apply_cleanup(planned(photos, CleanupAction.MOVE, dups)).log
    apply_cleanup(planned(photos, CleanupAction.MOVE, dups), log)
    log.unlink()
    kept.with_name("x.jsonl").write_text("damaged")
    assert [one.path for one in cleanup_logs()] == [kept]


def test_exact_copies_of_what_does_not_go_for_the_kept_one_go_all_the_same(
    tmp_path: Path, dups: Path
) -> None:
    folder = tmp_path / "near"
    saved(folder, "large.png", drawing(1, (400, 300)))
    blurred = drawing(1, (200, 150)).filter(ImageFilter.GaussianBlur(8))
    saved(folder, "blurred.png", blurred)
    shutil.copy(folder / "blurred.png", folder / "blurred (1).png")
    plan = planned(folder, CleanupAction.MOVE, dups, near=True)
    assert [(step.keeper, step.path, step.exact) for step in plan.steps] == [
        (str(folder / "blurred.png"), str(folder / "blurred (1).png"), True)
    ]
    assert plan.left == ()  # it is kept


def test_copies_go_for_another_picture_that_stays_where_the_kept_one_differs(
    tmp_path: Path, dups: Path
) -> None:
    folder = tmp_path / "near"
    stamped = drawing(1, (600, 450))
    stamped.paste("black", (40, 40, 120, 110))
    saved(folder, "stamped.png", stamped)
    saved(folder, "picture.png", drawing(1, (400, 300)))
    saved(folder, "small.png", drawing(1, (200, 150)))
    plan = planned(folder, CleanupAction.MOVE, dups, near=True)
    assert [(step.keeper, step.path) for step in plan.steps] == [
        (str(folder / "picture.png"), str(folder / "small.png"))
    ]
    assert plan.left == ()


def test_of_a_series_not_every_second_picture_goes_for_the_next(tmp_path: Path, dups: Path) -> None:
    folder = tmp_path / "series"
    with Image.open(WIKIPEDIA) as opened:
        whole = opened.convert("RGB")
    for number in range(6):
        left = number * 6
        saved(folder, f"{number}.png", whole.crop((left, 0, left + 500, 700)))
    plan = planned(folder, CleanupAction.MOVE, dups, near=True)
    assert {step.keeper for step in plan.steps} <= {str(folder / "0.png")}
    assert len(plan.left) >= 4


def test_no_copy_goes_for_one_that_lacks_something_of_it(tmp_path: Path, dups: Path) -> None:
    folder = tmp_path / "near"
    stamped = drawing(1, (600, 450))
    stamped.paste("black", (40, 40, 120, 110))
    saved(folder, "stamped.png", stamped)
    saved(folder, "grey.png", drawing(1, (400, 300)).convert("L"))
    saved(folder, "coloured.png", drawing(1, (200, 150)))
    plan = planned(folder, CleanupAction.MOVE, dups, near=True)
    assert plan.steps == ()
    assert {Path(path).name for path, _ in plan.left} == {"grey.png", "coloured.png"}
