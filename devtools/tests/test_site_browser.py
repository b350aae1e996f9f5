"""Pages of the site in Chromium, as somebody with a phone sees them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize

from devtools.browser import PATIENCE, browser

pytestmark = pytest.mark.slow
PHONE: ViewportSize = {"width": 400, "height": 860}
PAGES = [
    "index.html",
    "start.html",
    "metadata.html",
    "json.html",
    "options.html",
    "cli.html",
    "api/errors.html",
    "databases.html",
]
RULES = [
    "button-name",
    "color-contrast",
    "document-title",
    "html-has-lang",
    "image-alt",
    "label",
    "link-name",
    "target-size",
]
"""What axe-core looks at; its rules by name."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture(params=["light", "dark"])
def tab(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport=PHONE, color_scheme=request.param)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_can_be_read_on_a_phone(site: Path, tab: Page, page: str) -> None:
    tab.goto((site / page).as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert faults(tab) == []


def test_what_can_not_be_read_is_noticed(tab: Page) -> None:
    tab.set_content(
        "<title>x</title><p style='color: #999; background: #aaa'>Text</p><img src='data:,'>"
        "<a href='#a'></a><div style='width: 900px'>wide</div>"
    )
    assert tab.evaluate("document.documentElement.scrollWidth") > PHONE["width"]
    found = "\n".join(faults(tab))
    for rule in ("color-contrast", "image-alt", "link-name", "html-has-lang"):
        assert rule in found


def faults(tab: Page) -> list[str]:
    """What axe-core finds, with where."""
    options: dict[str, Any] = {"runOnly": {"type": "rule", "values": RULES}}
    response = Axe().run(tab, options=options).response
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in response["violations"]
        for node in violation["nodes"]
    ]
