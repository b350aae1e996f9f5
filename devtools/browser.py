"""A Chromium that is installed, driven by Playwright: for tests, screenshots and benchmarks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from devtools.debian import program

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PATIENCE = 300_000
"""Milliseconds for what takes no time at all on a machine that does nothing else."""


def sandbox() -> list[str]:
    """Return the arguments without which it would not run here: its sandbox refuses to, as root."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


@contextmanager
def browser() -> Iterator["Browser"]:
    """Open a new browser without a window, with nothing of its user's.

    Raises:
        ServerError: there is no Chromium, with what to do.
    """
    from playwright.sync_api import sync_playwright  # benchmarks do without it

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=program("chromium"), args=sandbox(), timeout=PATIENCE
        )
        try:
            yield opened
        finally:
            opened.close()
