"""The file of a report: complete or not there, and nothing else's place."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import imagematch_core as imagematch
from imagematch_core.errors import ReportError
from imagematch_core.report.content import Content
from imagematch_core.report.file import ReportFile
from tests.drawings import drawing, saved

EMPTY = Content(
    "Near <copies>", {"kind": "search", "lookedAt": "", "algorithm": "", "truncated": False}, []
)


def test_a_report_replaces_an_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    ReportFile(path).write(EMPTY)
    ReportFile(path).write(EMPTY)
    assert "<h1>Near &lt;copies&gt;</h1>" in path.read_text()
    assert os.listdir(tmp_path) == ["r.html"]


@pytest.mark.parametrize("content", [b"", b"<!doctype html>\n<html>mine", b"\xff" * 500])
def test_what_is_no_report_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.html"
    report = ReportFile(path)  # the other file comes later
    path.write_bytes(content)
    with pytest.raises(ReportError, match=r"r\.html: there is something that is no report"):
        report.write(EMPTY)
    with pytest.raises(ReportError, match="delete it or choose another name"):
        ReportFile(path)
    assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["r.html"]


def test_folders_pipes_and_places_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="it is a folder"):
        ReportFile(tmp_path)
    with pytest.raises(ReportError, match="there is no folder"):
        ReportFile(tmp_path / "nowhere" / "r.html")
    with pytest.raises(ReportError, match="there can't be such a file"):
        ReportFile("a\0b")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ReportError, match="no report"):
        ReportFile(tmp_path / "pipe")


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "link.html").symlink_to("r.html")
    ReportFile(tmp_path / "link.html").write(EMPTY)
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "r.html").is_file()


def test_an_interrupt_leaves_nothing(photos: Path, tmp_path: Path) -> None:
    program = """
import os, signal, sys
from imagematch_core.report.content import Content
from imagematch_core.report.file import ReportFile
data = {"kind": "", "lookedAt": "", "algorithm": "", "truncated": False}
content = Content("t", data, sys.argv[2:] * 50)
ReportFile(sys.argv[1]).write(content, progress=lambda _: os.kill(os.getpid(), signal.SIGINT))
"""
    pictures = map(str, sorted(photos.rglob("*.png"))[:20])
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "r.html"), *pictures],
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGINT
    assert b"KeyboardInterrupt" in done.stderr
    assert os.listdir(tmp_path) == []


def test_pictures_without_a_thumbnail_say_why(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    sources = [str(tmp_path / "broken.png"), str(tmp_path / "gone.png"), ""]
    ReportFile(tmp_path / "r.html").write(Content(EMPTY.title, EMPTY.data, sources))
    page = (tmp_path / "r.html").read_text()
    assert "it is damaged, incomplete" in page
    assert "there is no such file" in page
    assert "it has no path" in page


def test_what_failed_is_listed_with_the_reasons(tmp_path: Path) -> None:
    saved(tmp_path, "a.png", drawing(1, (100, 75)))
    (tmp_path / "<i>.jpg").write_bytes(b"broken")
    (tmp_path / "empty.png").write_bytes(b"")
    found = imagematch.dedupe(imagematch.walk([tmp_path]), workers=1, linkages=True)
    imagematch.write_report(found, tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert "2 files can't be used" in page
    assert "there are no bytes in it" in page
    assert f"{tmp_path}/&lt;i&gt;.jpg" in page


def test_importing_the_package_loads_no_template_engine() -> None:
    program = "import sys, imagematch_core, imagematch_core.report; print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"False"
