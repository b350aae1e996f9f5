import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from imagematch_core.cleanup import CleanupAction, CleanupPlan, plan_cleanup
from imagematch_core.deduping import dedupe
from imagematch_core.sources.folders import walk
from tests.drawings import drawing, saved


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache, a state folder with its lock, and a trash of the test's own."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home))
    return home


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three files that are the same to the byte, a small near copy, and another picture."""
    folder = tmp_path / "photos"
    saved(folder, "a.png", drawing(1, (200, 150)))
    saved(folder, "other.png", drawing(2, (200, 150)))
    saved(folder / "sub", "small.jpg", drawing(1, (200, 150)).resize((100, 75)))
    shutil.copy(folder / "a.png", folder / "b.png")
    shutil.copy(folder / "a.png", folder / "sub" / "c.png")
    return folder


def planned(
    folder: Path, action: CleanupAction, to: Path | None = None, near: bool = False
) -> CleanupPlan:
    report = dedupe(walk([folder], lambda error: None), workers=1)
    return plan_cleanup(report, action, to=to, roots=[folder], near=near)


def tree(*folders: Path) -> Mapping[str, tuple[bytes, int, int]]:
    """Each file: what it holds, its time and its permissions."""
    return {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }


def contents(*folders: Path) -> set[bytes]:
    return {content for content, *_ in tree(*folders).values()}
