"""What an index stores of a picture besides its signature: id, path, revision, body."""

import hashlib
import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from .errors import IndexFormatError, ItemError
from .metadata import TAGS_VERSION, dump_json, tags
from .model import (
    MAX_BODY_BYTES,
    MAX_ID_BYTES,
    Entry,
    IndexInfo,
    Metadata,
    PictureInfo,
    Record,
    RemoteFile,
    Stored,
)

INDEX_FORMAT = 1
BODY_VERSION = 1
ID_DIGITS = 32
EPOCH = datetime.fromtimestamp(0, UTC)


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


def file_revision(signature_format: str, stat: os.stat_result) -> str:
    """By what a change of a local file is noticed: its size and time of modification."""
    return f"{signature_format} {_size_and_time(stat)}"


def is_unchanged(revision: str, stat: os.stat_result) -> bool:
    """Whether a local file is as it was when `file_revision` gave it `revision`."""
    return revision.partition(" ")[2] == _size_and_time(stat)


def _size_and_time(stat: os.stat_result) -> str:
    return f"size={stat.st_size} mtime_ns={stat.st_mtime_ns}"


def remote_revision(signature_format: str, file: RemoteFile) -> str | None:
    """By what a change of a file in a store is noticed; None where only its content tells."""
    if file.version is None:
        return None
    return f"{signature_format} size={file.size} {file.version}"


def content_revision(signature_format: str, digest: str) -> str:
    """By what a change of any other source is noticed: the SHA-256 of its content."""
    return f"{signature_format} sha256={digest}"


def dump_info(algorithm: str) -> str:
    """The text that an index of `algorithm` keeps about itself."""
    return dump_json({"format": INDEX_FORMAT, "algorithm": algorithm, "tags": TAGS_VERSION})


def load_info(text: str) -> IndexInfo:
    """Read what `dump_info` wrote.

    Raises:
        IndexFormatError: another version of imagematch wrote it.
    """
    try:
        raw = json.loads(text)
        info = IndexInfo(int(raw["format"]), str(raw["algorithm"]), int(raw["tags"]))
    except (ValueError, TypeError, KeyError) as err:
        raise IndexFormatError(f"the index describes itself in an unknown way: {text!r}") from err
    if (info.format, info.tags) != (INDEX_FORMAT, TAGS_VERSION):
        raise IndexFormatError(
            f"the index has format {info.format} with tags {info.tags}, this version reads format "
            f"{INDEX_FORMAT} with tags {TAGS_VERSION}: upgrade imagematch-core"
        )
    return info


def new_body(
    path: str,
    metadata: Metadata | None,
    revision: str,
    picture: PictureInfo | None,
    previous: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The body of a picture that was just signed.

    Args:
        metadata: as `check_metadata` returned it.
        previous: the body that it replaces: metadata is kept where `metadata` is None, and so
            are keys that this version doesn't know.
    """
    previous = previous or {}
    kept = previous.get("metadata") if metadata is None else metadata
    return {
        **previous,
        "v": BODY_VERSION,
        "path": path,
        "metadata": kept,
        "revision": revision,
        "added_at": time.time_ns() // 1_000,
        "picture": picture
        and {
            "format": picture.format,
            "width": picture.width,
            "height": picture.height,
            "bytes": picture.bytes,
        },
    }


def record_of(
    entry_id: str, words: tuple[int, ...], signature: bytes, body: Mapping[str, Any]
) -> Record:
    """Assemble what a driver writes.

    Raises:
        ItemError: path and metadata are longer than a body may be, or have too many tags.
    """
    text = dump_json(body)
    if len(text) > MAX_BODY_BYTES:
        raise ItemError(
            f"path and metadata of {entry_id!r} take {len(text)} bytes as JSON; "
            f"{MAX_BODY_BYTES} are the most"
        )
    return Record(entry_id, words, tags(body["metadata"]), signature, text)


def load_body(stored: Stored) -> dict[str, Any]:
    """The body of a stored record.

    Raises:
        IndexFormatError: another version of imagematch wrote it.
    """
    try:
        body: dict[str, Any] = json.loads(stored.body)
        version = body["v"]
    except (ValueError, TypeError, KeyError) as err:
        raise IndexFormatError(f"record {stored.id!r} has no readable body") from err
    if version != BODY_VERSION:
        raise IndexFormatError(
            f"record {stored.id!r} has version {version!r}, this version reads {BODY_VERSION}: "
            "upgrade imagematch-core"
        )
    return body


def load_entry(stored: Stored) -> Entry:
    """A stored record as users see it."""
    body = load_body(stored)
    picture = body.get("picture")
    return Entry(
        id=stored.id,
        path=body["path"],
        metadata=body["metadata"],
        signature=stored.signature,
        added_at=EPOCH + timedelta(microseconds=body["added_at"]),
        picture=picture
        and PictureInfo(picture["format"], picture["width"], picture["height"], picture["bytes"]),
        revision=body["revision"],
    )
