"""How errors name what was given, without secrets and without characters that harm a terminal."""

import os
import re

import numpy as np
from PIL import Image

from ..protocol.redact import redact_login
from .remote_file import RemoteFile

_URL = re.compile(r"[a-z][a-z0-9+.:-]+://", re.IGNORECASE)
_WEB_URL = re.compile(r"https?://", re.IGNORECASE)
# Control characters, separators of lines, marks and overrides of the writing direction, halves of
# surrogate pairs: the last are how Python shows the bytes of a file name that is not UTF-8.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_LONGEST_REASON = 300


def is_url(source: object) -> bool:
    """Whether `source` is a string that begins as `https://`, `s3://` and the like."""
    return isinstance(source, str) and _URL.match(source) is not None


def is_web_url(source: object) -> bool:
    """Whether `source` is a string that begins with `http://` or `https://`."""
    return isinstance(source, str) and _WEB_URL.match(source) is not None


def printable(text: str) -> str:
    """`text` with the characters escaped that can't be encoded as UTF-8 or steer a terminal."""
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)


def reason(err: BaseException) -> str:
    """What an exception says, short and printable; its type where it says nothing."""
    text = str(err) or type(err).__name__
    return printable(text if len(text) <= _LONGEST_REASON else text[:_LONGEST_REASON] + "…")


def describe(source: object) -> str:
    """The name of a source in errors.

    A path or URL as given, secrets of a URL masked, characters that can't be printed escaped; of
    anything else what it is, such as `<bytes, 123 bytes>`.
    """
    match source:
        case RemoteFile():
            return describe(source.url)
        case str():
            return printable(redact_login(source) if "://" in source else source) or "''"
        case bytes() | bytearray() | memoryview():
            size = source.nbytes if isinstance(source, memoryview) else len(source)
            return f"<{type(source).__name__}, {size} bytes>"
        case Image.Image():
            return f"<Pillow image {source.width}x{source.height} {source.mode}>"
        case np.ndarray():
            return f"<array {source.shape} {source.dtype}>"
        case os.PathLike():
            return printable(os.fsdecode(source)) or "''"
    name = getattr(source, "name", None)
    if hasattr(source, "read") and isinstance(name, str):
        return printable(f"<file {name}>")
    return f"<{type(source).__name__}>"
