"""A Chromium that is installed, driven by Playwright: for tests, screenshots and benchmarks."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from devtools.debian import program

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> Path:
    """Where Chromium is. On Debian root installs it first where there is none.

    Raises:
        ServerError: it is not there, with what to install.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else program("chromium", "chromium")


@contextmanager
def browser() -> Iterator[Browser]:
    """A new browser without a window, with nothing of its user's."""
    # Its sandbox refuses to run as root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        try:
            yield opened
        finally:
            opened.close()
