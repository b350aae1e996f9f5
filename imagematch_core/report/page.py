"""A page in pieces of HTML: the template with its style and scripts, and the thumbnails."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from importlib.resources import files

import jinja2
from markupsafe import Markup
from more_itertools import chunked

from ..errors import PictureError
from ..sources.naming import printable
from .content import Content
from .thumbnails import MEDIA_TYPE

SCRIPTS = ("grouping.js", "decisions.js", "list.js", "cards.js", "comparison.js", "page.js")
BLOCK_SIZE = 100
"""Thumbnails in one block. The script reads only the blocks that it needs."""


def pieces(
    content: Content, thumbnails: Iterable[bytes | PictureError | None], made: str
) -> Iterator[str]:
    """Yield the page of `content` in pieces, so that the thumbnails are never all in memory.

    There is a thumbnail for each source, in order; `made` is the time, as text to show.
    """
    style, script = _text("page.css"), "\n".join(map(_text, SCRIPTS))
    count = sum(map(len, content.failed.values()))
    blocks = ([_shown(one) for one in block] for block in chunked(thumbnails, BLOCK_SIZE))
    yield from _template().generate(
        title=printable(content.title),
        version=version("imagematch-core"),
        made=made,
        data={**content.data, "block": BLOCK_SIZE, "mediaType": MEDIA_TYPE},
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own files
        style_hash=_hash(style),
        script_hash=_hash(script),
        blocks=blocks,
        files_failed=f"{count:,} file{'' if count == 1 else 's'}",
        failed=[(printable(why), names) for why, names in content.failed.items()],
    )


def _shown(thumbnail: bytes | PictureError | None) -> str | dict[str, str]:
    if isinstance(thumbnail, bytes):
        return base64.b64encode(thumbnail).decode("ascii")
    return {"missing": printable(thumbnail.reason) if thumbnail else "it has no path"}


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__, "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    return environment.get_template("page.html")


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the hash by which a content security policy names what may run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
