"""What people see on a terminal, and what scripts get instead."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from imagematch_core.sources.naming import shortened
from tests.cli.screen import Terminal
from tests.drawings import drawing, saved

COMMAND = Path(sys.executable).with_name("imagematch")
LONG = "a folder whose name is long/and another one \U0001f600 日本語の長い名前"
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
INTERRUPTED = """
import signal
import sys


def hook(event, arguments):
    if event == "builtins.input":
        signal.raise_signal(signal.SIGINT)


sys.addaudithook(hook)
from imagematch_core.cli import main
main()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures in a folder of a long name, and an index of them."""
    folder = tmp_path_factory.mktemp("terminal")
    for seed in range(3):
        saved(folder / LONG, f"{seed}.png", drawing(seed, (200, 150)))
    saved(folder / LONG, "small \x1b[2J\n.jpg", drawing(1, (100, 75)))
    terminal = Terminal(60)
    assert terminal.run([COMMAND, "add", LONG, "missing"], folder) == 1
    assert "4 added, 0 unchanged, 1 failed." in "\n".join(terminal.lines)
    assert "0/4" in terminal.text  # the bar that has gone since
    return folder


def piped(folder: Path, *arguments: str | Path, **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        env={"HOME": str(folder), "XDG_CACHE_HOME": str(folder), "LANG": "C.UTF-8", **env},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("width", [60, 140])
def test_search_fits_the_width(folder: Path, width: int) -> None:
    terminal = Terminal(width)
    assert terminal.run([COMMAND, "search", Path(LONG, "1.png")], folder) == 0
    header, *hits = terminal.lines
    assert header.split() == ["distance", "path", "orientation"]
    assert hits[0].split()[0] == "0.0000"
    assert len(hits) == 2
    for hit in hits:
        assert re.match(r" +0\.\d{4}  /.*(\.png|\.jpg) +upright$", hit)


def test_dedupe_fits_the_width(folder: Path) -> None:
    terminal = Terminal(60)
    assert terminal.run([COMMAND, "dedupe", LONG], folder) == 0
    group, keeper, copy, _, summary, *_ = terminal.lines
    assert re.match(r"1\. 2 pictures at most 0\.0\d\d apart, kept: [\w ,]+$", group)
    assert re.match(r"   keep         /.*….*1\.png 200×150 [\d.]+ kB$", keeper)
    assert re.match(r"   near 0\.\d{3}   /.*….*\.jpg 100×75 [\d.]+ kB$", copy)
    assert summary == "1 group: 0 exact and 1 near copies. (4 files, 4 signed)"
    narrow = Terminal(36)
    assert narrow.run([COMMAND, "dedupe", LONG], folder) == 0
    # Between words, where a terminal alone would end lines anywhere.
    at = narrow.lines.index("1 group: 0 exact and 1 near copies.")
    assert narrow.lines[at + 1] == "(4 files, 0 signed, 4 known from"


@pytest.mark.parametrize(
    ("typed", "options", "is_done"),
    [(b"n\n", [], False), (b"y\n", [], True), (b"n\n", ["--yes"], True)],
    ids=["no", "yes", "not asked"],
)
def test_on_a_terminal_nothing_is_done_unasked(
    typed: bytes, options: list[str], is_done: bool, tmp_path: Path
) -> None:
    for name in ("a.png", "b.png"):
        saved(tmp_path / "photos", name, drawing(1, (200, 150)))
    terminal = Terminal(100)
    command: list[str | Path] = [COMMAND, "dedupe", "photos", "--move-to", "gone", "--apply"]
    assert terminal.run([*command, *options], tmp_path, typed=typed) == 0
    assert (tmp_path / "gone" / "b.png").exists() is is_done
    text = "\n".join(terminal.lines)
    assert ("Do it? [y/N]" in text) is (not options)
    # Whoever has said no is not told to add what was given.
    assert ("Nothing was changed." in text) is not is_done
    assert "add --apply" not in text


@pytest.mark.parametrize(
    ("command", "typed"),
    [([sys.executable, "-c", INTERRUPTED], b""), ([COMMAND], b"\x04")],
    ids=["Ctrl-C", "Ctrl-D"],
)
def test_a_question_that_is_broken_off_is_an_interruption(
    command: list[str | Path], typed: bytes, tmp_path: Path
) -> None:
    for name in ("a.png", "b.png"):
        saved(tmp_path / "photos", name, drawing(1, (200, 150)))
    terminal = Terminal(100)
    acting = ["dedupe", "photos", "--move-to", "gone", "--apply"]
    assert terminal.run([*command, *acting], tmp_path, typed=typed) == 130
    assert terminal.lines[-1] == "error: interrupted; nothing was changed"
    assert not (tmp_path / "gone").exists()


def test_paths_are_whole_and_nothing_else_is_written_when_piped(folder: Path) -> None:
    done = piped(folder, "search", Path(LONG, "1.png"), COLUMNS="60", FORCE_COLOR="1")
    paths = [line.split("\t")[1] for line in done.stdout.decode().splitlines()]
    assert paths == [str(folder / LONG / "1.png"), f"{folder / LONG}/small \\x1b[2J\\n.jpg"]
    assert (done.stderr, done.returncode) == (b"", 0)


@pytest.mark.parametrize(
    ("env", "is_coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["plain", "NO_COLOR", "dumb"],
)
def test_colours_on_a_terminal(folder: Path, env: dict[str, str], is_coloured: bool) -> None:
    terminal = Terminal(80)
    assert terminal.run([COMMAND, "add", "missing"], folder, env) == 1
    assert bool(COLOUR.search(terminal.written)) is is_coloured
    assert "failed: missing: there is no such file or folder" in terminal.lines[0]


def test_colours_elsewhere_only_where_they_are_forced(folder: Path) -> None:
    assert not COLOUR.search(piped(folder, "add", "missing").stderr)
    assert COLOUR.search(piped(folder, "add", "missing", FORCE_COLOR="1").stderr)


@pytest.mark.parametrize(
    "arguments", [["list", "--json"], ["dedupe", LONG], ["--help"]], ids=" ".join
)
def test_a_reader_that_goes_ends_a_command_quietly(folder: Path, arguments: list[str]) -> None:
    nobody = subprocess.Popen(["true"], stdin=subprocess.PIPE)
    assert nobody.stdin is not None
    nobody.wait()
    done = subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        env={"HOME": str(folder), "XDG_CACHE_HOME": str(folder)},
        stdout=nobody.stdin,
        stderr=subprocess.PIPE,
        check=False,
    )
    nobody.stdin.close()
    told = done.stderr.decode()
    assert done.returncode == 141
    assert "Traceback" not in told
    assert "BrokenPipe" not in told


@pytest.mark.parametrize("width", [*range(30), 200])
@pytest.mark.parametrize("text", ["", "abc", "/plain/path/to/a/file.jpg", "日本語の長い名前.png"])
def test_shortening(text: str, width: int) -> None:
    short = shortened(text, width, cell_len)
    if cell_len(text) <= width:
        assert short == text
        return
    start, end = short.split("…")
    assert text.startswith(start)
    assert text.endswith(end)
    assert max(width, 1) - 2 <= cell_len(short) <= max(width, 1)
