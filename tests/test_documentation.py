"""What the pages show can be done, in the order in which they show it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from tests.documents import ROOT, Block, Reader, blocks
from tests.drawings import CARAVAGGIO, REMIX, WIKIIMAGES, WIKIPEDIA
from tests.servers import Page, http_server

pytestmark = pytest.mark.slow
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "*/README.md", "drivers/*/README.md", "examples/*/*.md")
    for page in ROOT.glob(pattern)
    if blocks(page)
)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """With pictures of the names that the pages use."""
    for name in ("mona.jpg", "original.jpg", "a.jpg"):
        (tmp_path / name).write_bytes(WIKIPEDIA.read_bytes())
    for name in ("query.jpg", "copy-of-mona.jpg", "b.jpg", "suspect.jpg"):
        (tmp_path / name).write_bytes(WIKIIMAGES.read_bytes())
    (tmp_path / "remix.jpg").write_bytes(REMIX.read_bytes())
    (tmp_path / "supper.jpg").write_bytes(CARAVAGGIO.read_bytes())
    for folder in ("Pictures", "photos", "PHOTOS"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mona.jpg").write_bytes(WIKIPEDIA.read_bytes())
        (tmp_path / folder / "supper.jpg").write_bytes(CARAVAGGIO.read_bytes())
    (tmp_path / "Pictures" / "scan.jpg").write_bytes(WIKIIMAGES.read_bytes())
    with Image.open(WIKIPEDIA) as image:
        ImageOps.mirror(image).save(tmp_path / "Pictures" / "mirror.jpg")
        image.resize((300, 400)).save(tmp_path / "photos" / "scan.jpg")
    monkeypatch.chdir(tmp_path)
    with http_server({"/remix.jpg": Page(REMIX.read_bytes())}) as site:
        yield Reader(tmp_path, site.url(""), {"__name__": "page"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_shows_can_be_done(page: Path, reader: Reader) -> None:
    for block in blocks(page):
        reader.tries(block)


def test_a_page_that_shows_what_is_not_so_is_noticed(reader: Reader) -> None:
    def fails(language: str, code: str) -> None:
        with pytest.raises((AssertionError, NameError, KeyError)):
            reader.tries(Block(Path("page.md"), 1, language, code, None))

    fails("python", "not_defined_anywhere")
    fails("sh", "imagematch search query.jpg --url sqlite:///not-there.db")
    fails("sh", "pip install 'imagematch-core[not-there]'")
    fails("sh", "pip install imagematch-not-there")
    fails("sh", "make not-there")
    fails("console", "$ imagematch add mona.jpg\n2 added\n")
    fails("", "imagematch count")
