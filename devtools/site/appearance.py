"""An mkdocs hook: the version in the header, and code that is not broken between lines."""

import re
import tomllib
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

_AFTER_VERSION = '<form class="md-header__option"'
"""What the header has after its title."""
_WORD = re.compile(r"<code>(?=[^<>\s]{1,34}</code>)|(?<=<td>)<code>(?=[^<>\s]+</code>)")
"""Code that is one word, short enough for a phone, or in a table that scrolls."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Read which version the pages are about."""
    project = Path(config.config_file_path).with_name("pyproject.toml")
    config.extra["described"] = tomllib.loads(project.read_text("utf-8"))["project"]["version"]
    return config


def on_page_content(html: str, **_: object) -> str:
    """Mark code that is one word, so that no line ends within it."""
    return _WORD.sub('<code class="word">', html)


def on_post_page(output: str, *, config: MkDocsConfig, **_: object) -> str:
    """Show the version in the header."""
    shown = f'<span class="version">{config.extra["described"]}</span>'
    return output.replace(_AFTER_VERSION, shown + _AFTER_VERSION, 1)
