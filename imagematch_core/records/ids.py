"""Under which id and path a picture is stored."""

import hashlib
import os
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from ..errors import ItemError
from ..protocol.values import MAX_ID_BYTES

ID_DIGITS = 32


def stored_path(path: str | os.PathLike[str]) -> str:
    """The path under which a local file is stored: absolute, links kept.

    One that is not UTF-8 becomes its percent-encoded `file:` URI, so that every path is text.
    """
    absolute = os.path.abspath(os.fspath(path))
    try:
        absolute.encode()
    except UnicodeEncodeError:
        return Path(absolute).as_uri()
    return absolute


def local_path(path: str) -> str:
    """The local file that `stored_path` stored under `path`."""
    if not path.startswith("file:"):
        return path
    return os.fsdecode(unquote_to_bytes(urlsplit(path).path))


def id_of_path(path: str) -> str:
    """The id of a picture stored under `path`: adding that path again replaces it."""
    return hashlib.sha256(path.encode()).hexdigest()[:ID_DIGITS]


def id_of_digest(digest: str) -> str:
    """The id of a picture without a path, from the hex SHA-256 of its content."""
    return digest[:ID_DIGITS]


def check_id(entry_id: object) -> str:
    """Return `entry_id` if a database can hold it.

    Raises:
        ItemError: it is not 1 to 512 bytes of UTF-8 without NUL.
    """
    if not isinstance(entry_id, str):
        raise ItemError(f"an id must be a string, not {type(entry_id).__name__}")
    size = len(_utf8(entry_id, "an id"))
    if not 1 <= size <= MAX_ID_BYTES or "\0" in entry_id:
        raise ItemError(
            f"an id must be 1 to {MAX_ID_BYTES} bytes of UTF-8 without NUL; "
            f"{entry_id[:40]!r} is {size} bytes"
        )
    return entry_id


def check_path(path: object) -> str:
    """Return `path` if it can be stored.

    Raises:
        ItemError: it is not valid Unicode text.
    """
    if not isinstance(path, str):
        raise ItemError(f"a path must be a string, not {type(path).__name__}")
    _utf8(path, "a path")
    return path


def _utf8(text: str, what: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as err:
        raise ItemError(f"{what} must be valid Unicode; {text[:40]!r} is not") from err
