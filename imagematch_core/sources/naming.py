"""How errors name files and URLs: without secrets, and without what harms a terminal."""

import os
import re
from bisect import bisect_right
from collections.abc import Callable

from ..errors import ImageMatchError, PictureError
from ..protocol.redact import redact_login

# Control characters, separators of lines, marks and overrides of the writing direction, halves of
# surrogate pairs: the last are how Python shows the bytes of a file name that is not UTF-8.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_MEANT_AS_URL = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]+:/")
_LONGEST_REASON = 300

NamedFailure = tuple[str, ImageMatchError]
"""The name of a source, and why it failed."""


def printable(text: str) -> str:
    """Escape the characters that can't be encoded as UTF-8 or steer a terminal."""
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)


def named(path: str | os.PathLike[str]) -> str:
    """Return a path or URL as errors show it: printable, the secrets of a URL masked."""
    text = os.fsdecode(path)
    return printable(redact_login(text) if _MEANT_AS_URL.match(text) else text) or "''"


def reason(err: BaseException) -> str:
    """Return what an exception says, short and printable; its type where it says nothing."""
    text = str(err) or type(err).__name__
    return printable(text if len(text) <= _LONGEST_REASON else text[:_LONGEST_REASON] + "…")


def shortened(text: str, room: float, measure: Callable[[str], float]) -> str:
    """Return `text` with as much left out of its middle as it takes to fit.

    More of its end is kept: the end of a path tells more than its beginning.

    Args:
        room: for the text, in whatever `measure` counts.
        measure: gives the width of a text; a longer one is at least as wide.
    """
    if measure(text) <= room:
        return text
    lengths = range(1, len(text) + 1)
    kept = bisect_right(lengths, room, key=lambda kept: measure(_without_middle(text, kept)))
    return _without_middle(text, kept)


def _without_middle(text: str, kept: int) -> str:
    start = kept // 3
    return f"{text[:start]}…{text[len(text) - kept + start :]}"


def why_failed(failure: NamedFailure) -> str:
    """Return why a source failed, without its name."""
    _, error = failure
    return error.reason if isinstance(error, PictureError) else str(error)
