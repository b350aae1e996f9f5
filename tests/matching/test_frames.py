"""Files of several pages or frames are near only if all of their frames are."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imagematch_core import CleanupAction, Signature, apply_cleanup, dedupe, plan_cleanup
from imagematch_core.matching import frames
from imagematch_core.signatures import get_algorithm
from imagematch_core.sources.limits import Limits
from tests.drawings import drawing

PAGES = [drawing(number, (320, 240)) for number in range(5)]


def save(folder: Path, name: str, pages: Sequence[Image.Image], **options: Any) -> Path:
    path = folder / name
    pages[0].save(path, save_all=True, append_images=pages[1:], **options)
    return path


def groups(*files: Path, **options: Any) -> list[list[str]]:
    found = dedupe(files, workers=1, **options).groups
    return [sorted(Path(member.entry.path).name for member in group.members) for group in found]


@pytest.mark.parametrize("form", ["tif", "gif", "webp"])
def test_the_first_of_several_frames_is_not_enough(tmp_path: Path, form: str) -> None:
    one = save(tmp_path, f"one.{form}", [PAGES[0], PAGES[1], PAGES[2]])
    other = save(tmp_path, f"other.{form}", [PAGES[0], PAGES[1], PAGES[3]])
    assert groups(one, other) == []
    assert groups(one, other, linkages=True) == []


@pytest.mark.parametrize("form", ["tif", "gif", "webp"])
def test_files_are_near_if_all_of_their_frames_are(tmp_path: Path, form: str) -> None:
    one = save(tmp_path, f"one.{form}", PAGES)
    small = save(tmp_path, f"small.{form}", [page.resize((240, 180)) for page in PAGES])
    (group,) = dedupe([one, small], workers=1).groups
    assert 0 < group.largest_distance < 0.2
    assert Path(group.keeper.path) == one


def test_the_distance_is_that_of_the_frames_that_differ_most(tmp_path: Path) -> None:
    changed = [*PAGES[:4], PAGES[4].crop((16, 12, 320, 240))]
    files = [save(tmp_path, "one.tif", PAGES), save(tmp_path, "other.tif", changed)]
    found = dedupe(files, workers=1, cutoff=0.45).groups
    assert found[0].largest_distance > 0.04
    assert groups(*files, cutoff=0.04) == []


def test_files_that_differ_in_a_frame_are_told_apart_at_a_glance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films = [
        save(
            tmp_path,
            f"{place}.tif",
            [*PAGES[:place], drawing(9 + place, (320, 240)), *PAGES[place:]],
        )
        for place in range(1, 6)
    ]

    def compare(one: Signature, other: Signature) -> float:
        raise AssertionError("each frame with each other one takes a hundred times as long")

    monkeypatch.setattr(frames, "distance", compare)
    assert groups(*films) == []


def test_what_is_left_out_at_a_glance_is_never_near(tmp_path: Path) -> None:
    cropped = [page.crop((32, 24, 288, 216)) for page in PAGES]
    one = save(tmp_path, "one.tif", PAGES)
    other = save(tmp_path, "other.tif", cropped)
    assert groups(one, other, cutoff=0.4) == [["one.tif", "other.tif"]]
    comparer = frames.FrameComparer(get_algorithm(None), Limits())
    seen = [comparer.may_be_near(str(a), [str(b)]) for a, b in ((one, other), (other, one))]
    assert [True] in seen


def test_a_still_is_no_copy_of_an_animation(tmp_path: Path) -> None:
    moving = save(tmp_path, "moving.gif", PAGES[:3])
    assert groups(moving, save(tmp_path, "still.png", PAGES[:1])) == []
    assert groups(moving, save(tmp_path, "shorter.gif", PAGES[:2])) == []


def test_blank_pages_are_alike_and_like_no_other(tmp_path: Path) -> None:
    blank = Image.new("RGB", PAGES[0].size, "white")
    one = save(tmp_path, "one.tif", [PAGES[0], blank])
    copy = save(tmp_path, "copy.tif", [PAGES[0], blank], compression="tiff_lzw")
    assert groups(one, copy) == [["copy.tif", "one.tif"]]
    assert groups(one, save(tmp_path, "other.tif", [PAGES[0], PAGES[1]])) == []


def test_a_file_with_a_damaged_page_has_only_exact_copies(tmp_path: Path) -> None:
    whole = save(tmp_path, "whole.tif", PAGES[:3], compression="tiff_lzw")
    damaged = tmp_path / "damaged.tif"
    data = bytearray(whole.read_bytes())
    at = data.rindex(b"\x80", 0, len(data) - 2_000)
    data[at - 3_000 : at] = bytes(3_000)
    damaged.write_bytes(data)
    same = Path(shutil.copy(damaged, tmp_path / "same.tif"))
    assert groups(whole, damaged, same) == [["damaged.tif", "same.tif"]]


def test_files_of_very_many_frames_have_only_exact_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "MOST_FRAMES", 3)
    one = save(tmp_path, "one.tif", PAGES)
    near = save(tmp_path, "near.tif", [page.resize((240, 180)) for page in PAGES])
    same = Path(shutil.copy(one, tmp_path / "same.tif"))
    assert groups(one, near, same) == [["one.tif", "same.tif"]]


def test_a_near_copy_goes_if_it_agrees_everywhere_in_all_frames(tmp_path: Path) -> None:
    one = save(tmp_path, "one.tif", PAGES)
    copy = save(tmp_path, "copy.tif", [page.resize((240, 180)) for page in PAGES])
    stamped = [page.resize((240, 180)) for page in PAGES]
    stamped[4].paste("black", (10, 10, 60, 40))
    other = save(tmp_path, "stamped.tif", stamped)
    found = dedupe([one, copy, other], workers=1, cutoff=0.4)
    plan = plan_cleanup(found, CleanupAction.MOVE, to=tmp_path / "gone", near=True)
    assert [Path(step.path).name for step in plan.steps] == ["copy.tif"]
    result = apply_cleanup(plan, tmp_path / "log")
    assert [Path(done.step.path).name for done in result.done] == ["copy.tif"]


def test_a_step_is_checked_in_all_frames(tmp_path: Path) -> None:
    one, other = (save(tmp_path, name, PAGES) for name in ("one.tif", "other.tif"))
    save(tmp_path, "other.tif", [page.resize((240, 180)) for page in PAGES])
    comparing = dedupe([one, other], workers=1).comparing
    assert comparing.distance(str(one), str(other)) < 0.2
    save(tmp_path, "other.tif", [*PAGES[:4], PAGES[0]])
    assert comparing.distance(str(one), str(other)) == 1.0
