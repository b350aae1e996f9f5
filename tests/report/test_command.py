"""`--html` of the commands."""

import os
import subprocess
import sys
from pathlib import Path

from tests.drawings import drawing, saved


def run(folder: Path, *arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("imagematch"), *arguments],
        cwd=folder,
        env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done.stderr


def test_pages_of_folders_indexes_and_searches(tmp_path: Path) -> None:
    for size in (200, 100):
        saved(tmp_path / "photos", f"{size}.png", drawing(1, (size, size)))
    assert "report.html" in run(tmp_path, "dedupe", "photos", "--html", "report.html")
    run(tmp_path, "add", "photos")
    run(tmp_path, "dedupe", "--html", "index.html")
    run(tmp_path, "search", "photos/100.png", "--html", "hits.html")
    for name in ("report.html", "index.html", "hits.html"):
        page = (tmp_path / name).read_text()
        assert "200.png" in page
        assert page.endswith("</html>")


def test_a_place_that_is_taken_is_noticed_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "mine.html").write_text("mine")
    said = run(tmp_path, "dedupe", "nowhere", "--html", "mine.html", status=1)
    assert said.startswith("error: mine.html: there is something that is no report")
    assert "nowhere" not in said
    assert (tmp_path / "mine.html").read_text() == "mine"
