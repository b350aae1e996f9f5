"""Under which id and path a picture is stored, and by which revision a change is noticed."""

import hashlib
import os

from ..errors import ItemError
from ..protocol.values import MAX_ID_BYTES
from ..sources import source_of

ID_DIGITS = 32


def id_of(source: str | os.PathLike[str]) -> str:
    """Return the id that `Index.add` gives a picture by its path or URL.

    A picture that was added with `id=` or `path=`, or as something else than a path or URL, has
    another id: the one that `add` returned.
    """
    return id_of_path(source_of(source).path)


def id_of_path(path: str) -> str:
    """Return the id of a picture stored under `path`: adding that path again replaces it."""
    return hashlib.sha256(path.encode()).hexdigest()[:ID_DIGITS]


def id_of_digest(digest: str) -> str:
    """Return the id of a picture without a path, from the hex SHA-256 of its content."""
    return digest[:ID_DIGITS]


def check_id(entry_id: object) -> str:
    """Return `entry_id`, 1 to 512 bytes of UTF-8 without NUL, or raise `ItemError`."""
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
    """Return `path`, or raise `ItemError` if it is not valid Unicode text."""
    if not isinstance(path, str):
        raise ItemError(f"a path must be a string, not {type(path).__name__}")
    _utf8(path, "a path")
    return path


def revision(signature_format: str, state: str) -> str:
    """Return the revision of a picture: what is signed in one format and one state is the same."""
    return f"{signature_format} {state}"


def state_of(revision: str) -> str:
    """Return the state of which `revision` was made."""
    return revision.partition(" ")[2]


def _utf8(text: str, what: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as err:
        raise ItemError(f"{what} must be valid Unicode; {text[:40]!r} is not") from err
