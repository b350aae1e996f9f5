"""The databases, and imagematch installed from its wheels."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from demo import make_pictures

import imagematch_core as imagematch
from devtools.packages import ROOT, distributions, install
from devtools.servers import together

SERVERS = ("postgresql", "mongodb", "elasticsearch")
INDEXES = ("acceptance", "acceptance-copy")

Run = Callable[..., str]


@pytest.fixture(scope="session")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Storage URLs of all databases that outlive a process, without indexes of these tests."""
    with together(SERVERS) as servers:
        found = {server.name: server.url for server in servers}
        found["sqlite"] = f"sqlite:///{tmp_path_factory.mktemp('databases')}/a.db"
        _drop_all(found)
        yield found
        _drop_all(found)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder of pictures, and one of altered copies."""
    return make_pictures(tmp_path_factory.mktemp("pictures"))


@dataclass(frozen=True)
class Release:
    """A release that was made of a copy of this repository.

    Attributes:
        root: the copy, a clean checkout of main.
        make: runs the command that makes a release there.
        printed: by that command.
        files: source distributions and wheels.
    """

    root: Path
    make: Callable[..., CompletedProcess[str]]
    printed: str
    files: Path


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The release that the next version would be, from the files as they are now."""
    root = tmp_path_factory.mktemp("release") / "imagematch"

    def git(*arguments: str, at: Path = root) -> str:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        return subprocess.run(
            ["git", *who, *arguments], cwd=at, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def make(*arguments: str) -> CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "devtools.release", *arguments],
            check=False,
            cwd=root,
            env={**os.environ, "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"},
            capture_output=True,
            text=True,
        )

    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", at=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    changes = root / "CHANGELOG.md"
    changes.write_text(changes.read_text("utf-8").replace("unreleased", "2026-01-01"), "utf-8")
    git("init", "--quiet", "--initial-branch", "main")
    git("add", "--all")
    git("commit", "--quiet", "--message", "Everything")
    version = distributions(root)[0].version
    done = make(version)
    assert done.returncode == 0, done.stdout + done.stderr
    return Release(root, make, done.stdout, root / "dist" / version)


@pytest.fixture(scope="session")
def environment(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment, with nothing but the wheels and what they ask for."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    # As `pip install imagematch-core[es,mongodb,postgres]` would, were they on PyPI.
    install(folder, "--find-links", release.files, "imagematch-core[es,mongodb,postgres]")
    return folder


@pytest.fixture(scope="session")
def installed(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs the installed command line far from this repository; returns what it prints."""
    folder = tmp_path_factory.mktemp("elsewhere")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [str(environment / "bin/imagematch"), *arguments],
            check=False,
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def _drop_all(urls: dict[str, str]) -> None:
    for url in urls.values():
        for name in INDEXES:
            with (
                suppress(imagematch.IndexNotFound),
                imagematch.open(url, index=name, create=False) as index,
            ):
                index.drop()
