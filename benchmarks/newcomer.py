"""A newcomer's path: from nothing to a report of the near copies in a folder, each command timed.

    python -m benchmarks.newcomer

The folder is that of `benchmarks.album`, the wheel is built of this checkout. The environment and
all caches are new: pip downloads what it needs, imagematch remembers nothing.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from devtools.browser import sandbox
from devtools.debian import program
from devtools.servers.errors import ServerError

from .album import album
from .pictures import cache
from .report import table, write

ROOT = Path(__file__).parent.parent
DEDUPE = "try/bin/imagematch dedupe Pictures --html report.html"
FLAT = 1
"""Exit status of `dedupe`: all is done, and some pictures are named that have no features."""


class StepFailed(Exception):
    """A command on the path ended with an error."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command that was typed, how long it took, and the last line that it printed."""

    typed: str
    seconds: float
    said: str


def main() -> None:
    pictures = album()
    count = len(os.listdir(pictures))
    with tempfile.TemporaryDirectory(dir=cache()) as scratch:
        desk = Path(scratch)
        shutil.copytree(pictures, desk / "Pictures", copy_function=os.link)
        wheel = _wheel(desk)
        steps = [
            _step(desk, "python3 -m venv try"),
            _step(desk, f"try/bin/pip install --quiet {wheel}"),
            _step(desk, DEDUPE, {0, FLAT}),
        ]
        size = (desk / "report.html").stat().st_size / 1e6
        opened = _open(desk)
        again = _step(desk, DEDUPE, {0, FLAT})
    rows = [(f"`{step.typed}`", f"{step.seconds:.1f}") for step in steps]
    rows += [opened, (f"`{again.typed}`, once more", f"{again.seconds:.1f}")]
    parts = [
        f"A fresh environment, the wheel, near copies among {count:,} real pictures, the report "
        "open in a browser: every command that was typed, and the seconds it took. All "
        "caches were empty; pip's seconds are mostly those of the network.",
        table(["typed", "seconds"], rows),
        f"`dedupe` said: “{steps[-1].said}” The report is one file of {size:.1f} MB.",
    ]
    write("newcomer", "A newcomer's path", parts)


def _wheel(desk: Path) -> str:
    """The name of the wheel, which lies in `desk`: what the newcomer gets from PyPI."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    subprocess.run([*command, desk, ROOT], check=True)
    (wheel,) = desk.glob("*.whl")
    return wheel.name


def _step(desk: Path, typed: str, statuses: Collection[int] = (0,)) -> Step:
    seconds, said = _run(desk, shlex.split(typed), statuses)
    return Step(typed, seconds, said.strip().rpartition("\n")[2])


def _open(desk: Path) -> tuple[str, str]:
    """The row of opening the report: until the browser has drawn it, its own start included."""
    try:
        browser = program("chromium")
    except ServerError:
        return "opening report.html: no Chromium is here to time it", ""
    command = [str(browser), "--headless", "--disable-gpu", "--no-first-run"]
    command += ["--window-size=1280,900", *sandbox()]
    command += ["--disable-background-networking", f"--user-data-dir={desk / 'browser'}"]
    command += [f"--screenshot={desk / 'report.png'}", (desk / "report.html").as_uri()]
    seconds, _ = _run(desk, command)
    return f"`{browser.name} report.html`, until it is drawn", f"{seconds:.1f}"


def _run(desk: Path, command: Sequence[str], statuses: Collection[int] = (0,)) -> tuple[float, str]:
    start = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=desk,
        env=os.environ | {"XDG_CACHE_HOME": str(desk / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode not in statuses:
        raise StepFailed(f"{shlex.join(command)} ended with {done.returncode}: {done.stderr}")
    return seconds, done.stdout


if __name__ == "__main__":
    try:
        main()
    except StepFailed as err:
        sys.exit(f"error: {err}")
