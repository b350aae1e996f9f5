"""What the page for users of ImageHash and imagededup shows works, and finds what it says."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.documents import ROOT, blocks
from tests.drawings import CARAVAGGIO, WIKIIMAGES, WIKIPEDIA

BLOCKS = [block.code for block in blocks(ROOT / "docs" / "moving-from-imagehash.md")]


@pytest.fixture(autouse=True)
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    for name, path in (("mona", WIKIPEDIA), ("supper", CARAVAGGIO)):
        Path(f"photos/{name}.jpg").write_bytes(path.read_bytes())
    with Image.open(WIKIPEDIA) as image:
        image.resize((300, 400)).save("photos/scan.jpg")
    Path("query.jpg").write_bytes(WIKIIMAGES.read_bytes())


def done_by(library: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What each block for this library prints."""
    printed = []
    for block in BLOCKS:
        if block.startswith(f"# {library}\n"):
            names: dict[str, Any] = {}
            exec(compile(block, library, "exec"), names)
            printed.append(capsys.readouterr().out)
    return printed


def test_the_jobs_are_done(capsys: pytest.CaptureFixture[str]) -> None:
    comparing, grouping, searching, filtering = done_by("imagematch", capsys)
    assert float(comparing) > 0
    for found in (grouping, searching, filtering):
        assert "mona" in found
        assert "supper" not in found
    assert "scan" in grouping


def test_the_same_jobs_are_done_with_imagehash(capsys: pytest.CaptureFixture[str]) -> None:
    comparing, _, searching = done_by("ImageHash", capsys)
    assert int(comparing) > 0
    assert "mona" in searching


def test_the_other_librarys_code_is_at_least_python() -> None:
    for block in BLOCKS:
        compile(block, "a block", "exec")
        assert block.partition("\n")[0] in {"# imagematch", "# ImageHash", "# imagededup"}
