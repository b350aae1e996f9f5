"""`imagematch dedupe` and `imagematch undo`, run as people run them."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from imagematch_core.cli import main
from tests.drawings import drawing, encoded

from .conftest import tree

Run = Callable[..., "Printed"]


@dataclass(frozen=True, slots=True)
class Printed:
    stdout: str
    stderr: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str | Path, status: int = 0) -> Printed:
        if {"--trash", "--apply"} <= set(arguments):
            # send2trash looks for the trash once in a process, and each test has its own.
            done = subprocess.run(
                [Path(sys.executable).with_name("imagematch"), *arguments],
                capture_output=True,
                text=True,
                check=False,
            )
            printed, ended = Printed(done.stdout, done.stderr), str(done.returncode)
        else:
            with pytest.raises(SystemExit) as exited:
                main(list(map(str, arguments)), prog_name="imagematch")
            printed, ended = Printed(*capsys.readouterr()), str(exited.value.code or 0)
        assert ended == str(status), printed
        return printed

    return run


@pytest.mark.parametrize("action", ["--move-to", "--hardlink", "--trash"])
def test_told_then_done_then_undone(run: Run, photos: Path, tmp_path: Path, action: str) -> None:
    options = [action, tmp_path / "dups"] if action == "--move-to" else [action]
    before = tree(photos)
    told = run("dedupe", photos, *options)
    assert "To do it, add --apply" in told.stdout
    assert "1 near copy is left alone" in told.stdout
    assert tree(photos) == before

    done = run("dedupe", photos, *options, "--apply", "--yes")
    line = re.compile(r"^\w+ +(.*\.png)", re.MULTILINE)
    assert line.findall(done.stdout) == line.findall(told.stdout)
    assert tree(photos) != before or action == "--hardlink"
    assert done.stdout.endswith("To undo it:  imagematch undo\n")
    (log,) = re.findall("^log: (.*)$", done.stderr, re.MULTILINE)
    assert "2 files restored" in run("undo").stdout
    assert tree(photos) == before
    assert run("undo", log).stdout == "0 files restored\n"


def test_what_is_left_alone_is_told_once_for_each_reason(
    run: Run, photos: Path, tmp_path: Path
) -> None:
    for number in (1, 2):
        stamped = drawing(1, (200, 150))
        stamped.paste("black", (30 * number, 15, 30 * number + 25, 45))
        stamped.save(photos / f"stamped {number}.png")
    told = run("dedupe", photos, "--near", "--trash")
    assert (
        "left alone, 2 files: differs in some place from the one that is kept\n"
        f"leave     {photos / 'stamped 1.png'}\n"
        f"leave     {photos / 'stamped 2.png'}\n"
    ) in told.stdout
    assert "\n3 files, 1 of them a near copy, would go to the trash" in told.stdout
    assert f"To decide by eye:  imagematch dedupe {photos} --html report.html\n" in told.stdout
    log = tmp_path / "log.jsonl"
    done = run("dedupe", photos, "--near", "--trash", "--apply", "--yes", "--log", log)
    assert done.stdout.endswith(f"To undo it:  imagematch undo {log}\n")


def test_json(run: Run, photos: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    told = json.loads(run("dedupe", photos, "--trash", "--json").stdout)
    done = json.loads(
        run("dedupe", photos, "--trash", "--json", "--apply", "--yes", "--log", log).stdout
    )
    assert (told["applied"], told["log"]) == (False, None)
    assert (done["applied"], done["log"]) == (True, str(log))
    assert told["files"] == done["files"]
    assert [(one["path"], one["keeper"]) for one in told["files"]] == [
        (str(photos / name), str(photos / "a.png")) for name in ("b.png", "sub/c.png")
    ]
    assert told["bytes"] == 2 * (photos / "a.png").stat().st_size
    undone = json.loads(run("undo", log, "--json").stdout)
    assert sorted(undone["restored"]) == [str(photos / "b.png"), str(photos / "sub/c.png")]


def test_emptied_trash_is_told_and_status_is_1(
    run: Run, photos: Path, tmp_path: Path, home: Path
) -> None:
    log = tmp_path / "log.jsonl"
    run("dedupe", photos, "--trash", "--apply", "--yes", "--log", log)
    (home / "Trash/files/b.png").unlink()
    undone = run("undo", log, status=1)
    assert f"failed: {photos / 'b.png'}: it is not in the trash any more" in undone.stderr
    assert (photos / "sub/c.png").exists()


def test_a_picture_that_can_not_be_read_is_left_and_status_is_1(
    run: Run, photos: Path, tmp_path: Path
) -> None:
    for name in ("broken.png", "broken too.png"):
        (photos / name).write_bytes(encoded(drawing(1))[:500])
    done = run("dedupe", photos, "--move-to", tmp_path / "dups", "--apply", "--yes", status=1)
    assert done.stderr.count("failed: ") == 2
    assert (photos / "broken.png").exists()
    assert not (photos / "b.png").exists()


def test_what_was_moved_is_not_looked_at_again(run: Run, photos: Path) -> None:
    to = photos / "dups"
    run("dedupe", photos, "--move-to", to, "--apply", "--yes")
    before = tree(photos)
    assert "Nothing to do." in run("dedupe", photos, "--move-to", to, "--apply", "--yes").stdout
    assert tree(photos) == before


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--trash", "--hardlink"], "one of --move-to, --hardlink and --trash"),
        (["--hardlink", "--near"], "never for --near copies"),
        (["--apply"], "go with --move-to"),
        (["--trash", "--log", "x"], "--log goes with --apply"),
        (["--move-to", "gone", "--apply"], "add --yes"),
        (["--move-to", ""], "--move-to needs the name of a folder"),
        (["--move-to", "."], "copies can't be moved to where they are"),
        (["--trash", "--acting-cutoff", "0.1"], "--acting-cutoff goes with --near"),
        (["--keep-in", "nowhere"], "does not exist"),
    ],
)
def test_wrong_use(
    run: Run,
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    says: str,
) -> None:
    monkeypatch.chdir(photos.parent)
    assert says in run("dedupe", photos, *options, status=2).stderr


def test_an_index_is_not_acted_on(run: Run) -> None:
    assert "with DIR" in run("dedupe", "--trash", status=2).stderr


def test_undo_wants_a_log(run: Run, photos: Path) -> None:
    for name in ("nowhere", "sub"):
        assert "there is no such file" in run("undo", photos / name, status=2).stderr
    assert "is not a log" in run("undo", photos / "a.png", status=2).stderr


def test_undo_takes_the_last_log_and_lists_them(run: Run, photos: Path, tmp_path: Path) -> None:
    assert "nothing to undo" in run("undo", status=2).stderr
    assert run("undo", "--list").stderr == "no logs yet\n"
    before = tree(photos)
    log = tmp_path / "log.jsonl"
    run("dedupe", photos, "--move-to", tmp_path / "dups", "--apply", "--yes", "--log", log)
    begun, action, files, undoable, path = run("undo", "--list").stdout.strip().split("\t")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", begun)
    assert (action, files, undoable, path) == ("move", "2", "2", str(log))
    undone = run("undo")
    assert f"log: {log}" in undone.stderr
    assert "2 files restored" in undone.stdout
    assert tree(photos) == before
    (listed,) = json.loads(run("undo", "--list", "--json").stdout)["logs"]
    assert (listed["path"], listed["undoable"]) == (str(log), 0)
    assert "--list goes without LOG" in run("undo", log, "--list", status=2).stderr


def test_the_trash_is_not_searched_so_the_last_copy_stays(run: Run, photos: Path) -> None:
    trash = photos / ".Trash-1000" / "files"
    trash.mkdir(parents=True)
    (trash / "a.png").write_bytes(encoded(drawing(1)))
    (photos / "z.png").write_bytes(encoded(drawing(1)))
    printed = run("dedupe", photos, "--json")
    assert "passed over: 1 trash folder\n" in printed.stderr
    assert str(trash) not in printed.stdout


def test_files_are_selected_by_pattern_and_size(run: Run, photos: Path) -> None:
    assert json.loads(run("dedupe", photos, "--exclude", "*", "--json").stdout)["files"] == 0
    assert json.loads(run("dedupe", photos, "--min-size", "1GB", "--json").stdout)["files"] == 0
    assert "is not a size" in run("dedupe", photos, "--min-size", "big", status=2).stderr
