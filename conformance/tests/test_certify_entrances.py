"""The class that a driver's author subclasses."""

import subprocess
import sys
from pathlib import Path

SUBCLASS = """
import pytest
from imagematch_conformance import DriverConformance

@pytest.fixture(scope="module")
def url():
    {url}

class TestDriver(DriverConformance):
    {body}
"""


def _pytest(
    folder: Path, url: str, body: str = '"""All."""', *arguments: str
) -> "subprocess.CompletedProcess[str]":
    folder.joinpath("test_mine.py").write_text(SUBCLASS.format(url=url, body=body))
    return subprocess.run(
        [*(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"), *arguments],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
    )


def test_a_subclass_runs_the_requirements(tmp_path: Path) -> None:
    done = _pytest(tmp_path, "return 'memory://mine'", '"""All."""', "-k", "ties or replaced")
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout


def test_a_failure_says_what_it_is_about(tmp_path: Path) -> None:
    done = _pytest(tmp_path, "return 'wrong-tie-order://x'", '"""All."""', "-k", "test_ties")
    assert done.returncode == 1
    assert "FIND-004 (core): Of equal ones those with the smaller ids come first" in done.stdout
    assert "Where to look: Sort by shared descending" in done.stdout


def test_a_fixture_that_skips_fails(tmp_path: Path) -> None:
    done = _pytest(tmp_path, "pytest.skip('no server')", '"""All."""', "-k", "test_ties")
    assert done.returncode == 1
    assert "what is skipped is not proven" in done.stdout


def test_without_a_url_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        "from imagematch_conformance import DriverConformance\n\n\n"
        'class TestDriver(DriverConformance):\n    """All."""\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "test_ties"],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "need a fixture 'url'" in done.stdout
