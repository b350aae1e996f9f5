"""Downloads are kept: made once, whole or not at all."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from devtools.servers.cache import VARIABLE, kept, run
from devtools.servers.errors import ServerError


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))


def test_two_that_ask_at_once_get_one_download(tmp_path: Path) -> None:
    built = []
    together = threading.Barrier(2)

    def build(target: Path) -> None:
        built.append(target)
        (target / "program").write_text("1")

    def ask() -> Path:
        together.wait()
        return kept("thing-1", build)

    with ThreadPoolExecutor() as pool:
        first, second = pool.submit(ask), pool.submit(ask)
    assert first.result() == second.result() == tmp_path / "thing-1"
    assert len(built) == 1
    assert (tmp_path / "thing-1/program").read_text() == "1"


def test_an_unfinished_download_is_not_kept(tmp_path: Path) -> None:
    def interrupted(target: Path) -> None:
        (target / "half").write_text("1")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept("thing-1", interrupted)
    assert not (tmp_path / "thing-1").exists()
    folder = kept("thing-1", lambda target: (target / "whole").touch())
    assert [path.name for path in folder.iterdir()] == ["whole"]


def test_what_a_killed_download_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "thing-1.partial").mkdir()
    (tmp_path / "thing-1.partial/half").touch()
    folder = kept("thing-1", lambda target: (target / "whole").touch())
    assert [path.name for path in folder.iterdir()] == ["whole"]


def test_a_failed_download_shows_what_was_said() -> None:
    with pytest.raises(ServerError, match=r"(?s)cannot get the thing.*no such host"):
        run(["/bin/sh", "-c", "echo no such host; exit 1"], "the thing")
