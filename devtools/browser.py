"""A Chromium that is installed, driven by Playwright: for tests, screenshots and benchmarks."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from devtools.debian import program

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> Path:
    """Where Chromium is. On Debian root installs it first where there is none.

    Raises:
        ServerError: it is not there, with what to install.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else program("chromium", "chromium")


def sandbox() -> list[str]:
    """The arguments without which it would not run here: its sandbox refuses to, as root."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


@contextmanager
def browser() -> Iterator["Browser"]:
    """A new browser without a window, with nothing of its user's."""
    from playwright.sync_api import sync_playwright  # benchmarks do without it

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=sandbox())
        try:
            yield opened
        finally:
            opened.close()
