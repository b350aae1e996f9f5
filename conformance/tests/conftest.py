"""What tests of the suite share: wrong drivers that are installed, and a server for a toy."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import wrong_drivers
from command_line import IMAGEMATCH

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session", autouse=True)
def installed() -> Iterator[None]:
    """Make the wrong drivers installed distributions, here and in processes that are started."""
    wrong_drivers.install()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(wrong_drivers.FOLDER))
        yield


@pytest.fixture(scope="session")
def toy() -> Iterator[str]:
    """Host and port of a server that only tests know."""
    with wrong_drivers.toy_server() as server:
        yield server


@pytest.fixture
def imagematch(tmp_path: Path) -> Command:
    """Runs the command line in an empty folder, with further environment variables."""

    def call(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*IMAGEMATCH, *arguments],
            check=False,
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )

    return call
