"""A run that ends in the middle leaves nothing lost and everything recorded."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from imagematch_core.cleanup import undo_cleanup

from .conftest import contents, tree

COMMAND = """
import os, signal, sys

def hook(event, arguments):
    global left
    if event == {event!r} and {mark!r} in str(arguments):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.{signal})

left = {count}
sys.addaudithook(hook)
from imagematch_core.cli import main
main(["dedupe", {folder!r}, "--workers", "1", *{options!r}, "--apply", "--yes", "--log", {log!r}])
"""


def interrupted(
    photos: Path, log: Path, options: list[str], signal: str, event: str, mark: str, count: int = 1
) -> int:
    code = COMMAND.format(
        event=event,
        mark=mark,
        signal=signal,
        count=count,
        folder=str(photos),
        options=options,
        log=str(log),
    )
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode


@pytest.mark.parametrize(
    ("options", "event", "mark"),
    [
        (["--move-to", "dups"], "os.rename", "c.png"),
        (["--hardlink"], "os.rename", "c.png"),
        (["--hardlink"], "os.remove", ".tmp"),
        (["--trash"], "os.rename", "c.png"),
    ],
)
def test_killed_in_the_middle(
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    event: str,
    mark: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "log.jsonl"
    before = tree(photos)
    assert interrupted(photos, log, options, "SIGKILL", event, mark) == -9
    assert contents(tmp_path) >= {content for content, *_ in before.values()}
    with log.open("a") as file:
        file.write('{"begin": 3, "act')  # a line that it did not finish
    assert undo_cleanup(log).failed == []
    assert tree(photos) == before
    assert tree(tmp_path / "dups") == {}
    assert undo_cleanup(log).restored == []


def test_ctrl_c_ends_after_the_file_at_hand(photos: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    before = tree(photos)
    assert interrupted(photos, log, ["--hardlink"], "SIGINT", "os.rename", "b.png") == 130
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [next(iter(line)) for line in lines] == ["imagematch", "begin", "done"]
    assert undo_cleanup(log).restored == [str(photos / "b.png")]
    assert tree(photos) == before
