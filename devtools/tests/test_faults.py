"""The groups of faults that need no server, in short; each notices the bug planted in it."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("way", ["--short", "--planted"])
@pytest.mark.parametrize("group", ["clients", "files", "secrets", "urls"])
def test_nothing_is_lost_wrong_or_untyped_and_a_planted_bug_is_noticed(
    group: str, way: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "devtools.faults", way, group],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
