"""The documentation site: the pages of `docs`, and what they link to in the repository."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


class SiteError(Exception):
    """mkdocs refused to build the site; the message is what it said."""


def build(folder: Path) -> Path:
    """Build the site into `folder`, strictly, and return its start page.

    The pages ask nothing of a network and can be opened as files.

    Raises:
        SiteError: a link, an anchor, an option or a docstring is wrong.
    """
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    built = subprocess.run(
        [*command, "--site-dir", folder.resolve()],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        raise SiteError(built.stdout + built.stderr)
    return folder / "index.html"
