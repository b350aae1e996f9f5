"""What was decided in a report is what happens, and nothing else."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from imagematch_core.cleanup import (
    CleanupAction,
    LeftAlone,
    apply_cleanup,
    load_decisions,
    plan_decisions,
    undo_cleanup,
)
from imagematch_core.errors import DecisionsError
from imagematch_core.records.identity import revision
from imagematch_core.signatures import get_algorithm
from imagematch_core.sources.source import state_of_file
from tests.drawings import drawing, saved

from .conftest import contents, tree


def decided(path: Path) -> dict[str, str]:
    state = state_of_file(path.stat())
    return {"path": str(path), "revision": revision(get_algorithm(None).signature_format, state)}


def written(folder: Path, keep: Path, *copies: Path, **others: Any) -> Path:
    file = folder / "decisions.json"
    groups = [{"keep": decided(keep), "copies": [decided(copy) for copy in copies]}]
    raw = {"imagematch": "decisions", "version": 1, "root": str(keep.parent), "not_copies": []}
    file.write_text(json.dumps(raw | {"groups": groups} | others))
    return file


def test_just_the_files_that_were_ticked_go(photos: Path, tmp_path: Path, home: Path) -> None:
    small = photos / "sub" / "small.jpg"
    decisions = load_decisions(written(tmp_path, photos / "a.png", small))
    planned = plan_decisions(decisions, CleanupAction.MOVE, to=tmp_path / "gone")
    before = tree(photos)
    applied = apply_cleanup(planned, tmp_path / "log")
    assert [done.to for done in applied.done] == [str(tmp_path / "gone" / "sub" / "small.jpg")]
    assert tree(photos) == {path: file for path, file in before.items() if path != str(small)}
    undo_cleanup(tmp_path / "log")
    assert tree(photos) == before


def test_a_file_that_has_changed_since_stays(photos: Path, tmp_path: Path) -> None:
    file = written(tmp_path, photos / "a.png", photos / "b.png", photos / "sub" / "c.png")
    saved(photos, "b.png", drawing(5))
    planned = plan_decisions(load_decisions(file), CleanupAction.TRASH)
    assert [step.path for step in planned.steps] == [str(photos / "sub" / "c.png")]
    assert [err.path for err in planned.failed] == [str(photos / "b.png")]


@pytest.mark.parametrize("change", ["gone", "changed"])
def test_without_the_one_to_keep_nothing_goes(photos: Path, tmp_path: Path, change: str) -> None:
    file = written(tmp_path, photos / "a.png", photos / "b.png")
    if change == "gone":
        (photos / "a.png").unlink()
    else:
        saved(photos, "a.png", drawing(5))
    planned = plan_decisions(load_decisions(file), CleanupAction.TRASH)
    assert planned.steps == ()
    assert [err.path for err in planned.failed] == [str(photos / "a.png")]


def test_hard_links_are_made_of_the_same_bytes_only(photos: Path, tmp_path: Path) -> None:
    small = photos / "sub" / "small.jpg"
    decisions = load_decisions(written(tmp_path, photos / "a.png", photos / "b.png", small))
    planned = plan_decisions(decisions, CleanupAction.HARDLINK)
    assert [(step.path, step.exact) for step in planned.steps] == [(str(photos / "b.png"), True)]
    assert planned.left == ((str(small), LeftAlone.INEXACT),)


def test_another_name_of_the_one_to_keep_stays(photos: Path, tmp_path: Path) -> None:
    (photos / "link.png").hardlink_to(photos / "a.png")
    (photos / "symbolic.png").symlink_to(photos / "a.png")
    names = (photos / "link.png", photos / "symbolic.png")
    planned = plan_decisions(
        load_decisions(written(tmp_path, photos / "a.png", *names)), CleanupAction.TRASH
    )
    assert planned.steps == ()
    assert [why for _, why in planned.left] == [LeftAlone.SAME, LeftAlone.LINK]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "it is not JSON, or was cut off"),
        ("<!doctype html>", "it is not JSON, or was cut off"),
        ("[" * 100_000, "it is not JSON, or was cut off"),
        ("[]", "it is another file"),
        ('{"imagematch": "log"}', "it is another file"),
        (
            '{"imagematch": "decisions", "version": 2}',
            "it is not of version 1, which this imagematch reads",
        ),
        ('{"imagematch": "decisions", "version": 1}', "'root' is missing in it"),
        ({"root": None}, "its 'root' is not text"),
        ({"groups": {}}, "its 'groups' is not a list"),
        ({"groups": [3]}, "'keep' is missing in it"),
        ({"groups": [{"keep": {"path": "a"}, "copies": []}]}, "'revision' is missing in it"),
        ({"not_copies": [3]}, "its 'not_copies' holds something else than lists of files"),
    ],
)
def test_another_file_is_refused_in_plain_words(
    content: str | dict[str, Any], why: str, tmp_path: Path
) -> None:
    file = tmp_path / "x.json"
    if not isinstance(content, str):
        whole = {"imagematch": "decisions", "version": 1, "root": "", "groups": []}
        content = json.dumps({**whole, "not_copies": [], **content})
    file.write_text(content)
    with pytest.raises(DecisionsError) as raised:
        load_decisions(file)
    said, what_to_do = str(raised.value).split(". ")
    assert said.startswith(f"{file} can't be used as decisions: {why}")
    assert what_to_do == "Save the decisions again in the report, and name that file"


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DecisionsError, match="can't be read: No such file"):
        load_decisions(tmp_path / "x.json")


def test_a_file_that_contradicts_itself_is_refused(photos: Path, tmp_path: Path) -> None:
    a, b = decided(photos / "a.png"), decided(photos / "b.png")
    both = [{"keep": a, "copies": [b]}, {"keep": b, "copies": [a]}]
    with pytest.raises(DecisionsError, match="both keeps and removes"):
        load_decisions(written(tmp_path, photos / "a.png", groups=both))
    twice = [{"keep": a, "copies": [b, b]}]
    with pytest.raises(DecisionsError, match=r"removes .* twice"):
        load_decisions(written(tmp_path, photos / "a.png", groups=twice))


def test_what_is_kept_does_not_go_by_another_path(photos: Path, tmp_path: Path) -> None:
    kept, other = photos / "a.png", photos / "other.png"
    (tmp_path / "link").symlink_to(photos)
    for way in (f"{photos}/./a.png", f"{photos}/sub/../a.png", f"{tmp_path}/link/a.png"):
        groups = [
            {"keep": decided(kept), "copies": [decided(photos / "b.png")]},
            {"keep": decided(other), "copies": [decided(kept) | {"path": way}]},
        ]
        file = written(tmp_path, kept, groups=groups)
        planned = plan_decisions(load_decisions(file), CleanupAction.TRASH)
        assert [step.path for step in planned.steps] == [str(photos / "b.png")]
        assert planned.left == ((way, LeftAlone.SAME),)


def test_nothing_is_lost_where_two_files_swap_places(photos: Path, tmp_path: Path) -> None:
    file = written(tmp_path, photos / "a.png", photos / "sub" / "small.jpg")
    before = contents(photos)
    shutil.move(photos / "sub" / "small.jpg", photos / "x")
    shutil.move(photos / "other.png", photos / "sub" / "small.jpg")
    planned = plan_decisions(load_decisions(file), CleanupAction.TRASH)
    assert planned.steps == ()
    assert contents(photos) == before
