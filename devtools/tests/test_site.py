"""The documentation builds strictly, asks nothing of a network, and covers what is public."""

import re
import shutil
import tomllib
from pathlib import Path

import click
import pytest
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

import imagematch_core
from devtools.site import ROOT, SiteError, build
from devtools.site.repository import on_files
from imagematch_core.cli import main

LOADED = re.compile(r"<(?:script|img|iframe|source)\b[^>]*?\bsrc=\"([^\"]+)\"|<link\b([^>]+)>")


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        for source, link in LOADED.findall(page.read_text("utf-8")):
            assert not re.match(r"(?:https?:)?//", source), (page, source)
            assert not re.search(r"href=\"(?:https?:)?//", link), (page, link)
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//", sheet.read_text("utf-8")), sheet


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    pages = "".join(page.read_text("utf-8") for page in (site / "api").glob("*.html"))
    for name in imagematch_core.__all__:
        assert f'id="imagematch_core.{name}"' in pages


def test_every_command_is_in_the_reference(site: Path) -> None:
    page = (site / "cli.html").read_text("utf-8")
    for name in main.list_commands(click.Context(main)):
        assert f'id="imagematch-{name}"' in page


def test_the_header_names_the_version(site: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert f'<span class="version">{version}</span>' in (site / "cli.html").read_text("utf-8")


def test_no_line_ends_within_a_word_of_code(site: Path) -> None:
    page = (site / "options.html").read_text("utf-8")
    assert '<code class="word">sqlite:///photos.db</code>' in page


def test_pages_can_be_searched_as_files(site: Path) -> None:
    assert (site / "search" / "search_index.js").is_file()
    assert "assets/iframe-worker.js" in (site / "index.html").read_text("utf-8")


def test_what_a_page_links_to_in_the_repository_is_there(site: Path) -> None:
    page = (site / "protocol.html").read_text("utf-8")
    assert 'href="repository/imagematch_core/protocol/driver.py.html"' in page
    shown = (site / "repository" / "imagematch_core" / "protocol" / "driver.py.html").read_text(
        "utf-8"
    )
    assert "One index in one database." in re.sub(r"<[^>]+>", "", shown)
    assert (site / "repository" / "benchmarks" / "results" / "recall-curves.png").is_file()


def test_a_link_to_outside_the_repository_brings_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    docs = tmp_path / "repository" / "docs"
    docs.mkdir(parents=True)
    (docs / "index.md").write_text("[a](../../secret.txt) [b](/etc/hostname) [c](../missing.md)")
    config = MkDocsConfig(str(tmp_path / "repository" / "mkdocs.yml"))
    config.docs_dir, config.site_dir = str(docs), str(tmp_path / "site")
    files = Files([File("index.md", str(docs), config.site_dir, False)])
    found = on_files(files, config=config)
    assert [file.src_uri for file in found] == ["docs/index.md"]


@pytest.mark.parametrize(
    "broken", ["[a](missing.md)", "[a](start.md#nowhere)", "[a](../missing.py)"]
)
def test_a_broken_link_fails_the_build(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "devtools" / "site", tmp_path / "devtools" / "site")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "start.md").write_text("# Start\n")
    (tmp_path / "docs" / "index.md").write_text(f"# Index\n\n[good](start.md#start) {broken}\n")
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: small\n"
        "hooks: [devtools/site/repository.py]\n"
        "use_directory_urls: false\n"
        "validation: {links: {not_found: warn, anchors: warn}}\n"
    )
    monkeypatch.setattr("devtools.site.ROOT", tmp_path)
    with pytest.raises(SiteError, match=re.escape(broken[4:-1])):
        build(tmp_path / "site")
