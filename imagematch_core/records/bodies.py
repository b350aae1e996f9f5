"""The JSON texts that the core stores: bodies of records, and what an index says of itself."""

import base64
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..errors import IndexFormatError, ItemError
from ..model import Entry, IndexInfo, Metadata, PictureInfo, Signature
from ..protocol.values import MAX_BODY_BYTES, Record, Stored
from ..signatures.algorithm import Algorithm
from .identity import id_of_path
from .metadata import TAGS_VERSION, dump_json, tags

INDEX_FORMAT = 1
BODY_VERSION = 1
EPOCH = datetime.fromtimestamp(0, UTC)


def dump_info(algorithm: str) -> str:
    """Return the text that an index of `algorithm` keeps about itself."""
    return dump_json({"format": INDEX_FORMAT, "algorithm": algorithm, "tags": TAGS_VERSION})


def load_info(text: str) -> IndexInfo:
    """Read what `dump_info` wrote, or raise `IndexFormatError`: another version wrote it."""
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
    detail: bytes = b"",
) -> dict[str, Any]:
    """Return the body of a picture that was just signed.

    Args:
        metadata: as `check_metadata` returned it.
        previous: the body that it replaces: metadata is kept where `metadata` is None, and so
            are keys that this version doesn't know.
        detail: of the signature.
    """
    previous = {key: value for key, value in (previous or {}).items() if key != "detail"}
    kept = previous.get("metadata") if metadata is None else metadata
    return {
        **previous,
        "v": BODY_VERSION,
        "path": path,
        "metadata": kept,
        "revision": revision,
        "added_at": now(),
        "picture": picture and asdict(picture),
        **({"detail": base64.b64encode(detail).decode("ascii")} if detail else {}),
    }


def to_record(entry_id: str, signature: bytes, body: Mapping[str, Any]) -> Record:
    """Assemble what a driver writes, without words.

    Raises:
        ItemError: path and metadata are longer than a body may be, or have too many tags.
    """
    text = dump_json(body)
    if len(text) > MAX_BODY_BYTES:
        raise ItemError(
            f"path and metadata of {entry_id!r} take {len(text)} bytes as JSON; "
            f"{MAX_BODY_BYTES} are the most"
        )
    return Record(entry_id, (), _tags(entry_id, body), signature, text)


def with_changes(stored: Stored, changes: Mapping[str, Any]) -> Record:
    """Return a stored record with some keys of its body changed, as `to_record` does."""
    body = {**load_body(stored), "added_at": now(), **changes}
    return to_record(stored.id, stored.signature, body)


def with_words(algorithm: Algorithm, records: Sequence[Record]) -> list[Record]:
    """Return the records with the words by which `algorithm` finds them."""
    words = algorithm.stored_words([record.signature for record in records])
    return [replace(record, words=some) for record, some in zip(records, words, strict=True)]


def copy_of(stored: Stored) -> Record:
    """Return a stored record to the letter, without words."""
    found = _tags(stored.id, load_body(stored))
    return Record(stored.id, (), found, stored.signature, stored.body)


def is_newer(one: Stored, other: Stored) -> bool:
    """Return whether one record was written later than another."""
    return bool(load_body(one)["added_at"] > load_body(other)["added_at"])


def now() -> int:
    """Return the time in microseconds since 1970."""
    return time.time_ns() // 1_000


def load_body(stored: Stored) -> dict[str, Any]:
    """Return the body of a record, or raise `IndexFormatError`: another version wrote it."""
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


def load_entry(stored: Stored, algorithm: str) -> Entry:
    """Return a stored record as users see it, of the algorithm of that name."""
    body = load_body(stored)
    picture = body.get("picture")
    return Entry(
        id=stored.id,
        path=body["path"],
        metadata=body["metadata"],
        signature=load_signature(stored, algorithm),
        added_at=EPOCH + timedelta(microseconds=body["added_at"]),
        picture=picture and PictureInfo(*(picture[part.name] for part in fields(PictureInfo))),
        revision=body["revision"],
    )


def load_signature(stored: Stored, algorithm: str) -> Signature:
    """Return the whole signature of a stored record, of the algorithm of that name."""
    detail = base64.b64decode(load_body(stored).get("detail", ""))
    return Signature(algorithm, stored.signature, detail)


def lean_body(stored: Stored) -> str:
    """Return the body of a record without all that a search doesn't need."""
    body = load_body(stored)
    return dump_json({key: body[key] for key in ("v", "detail") if key in body})


def _tags(entry_id: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    path: str = body["path"]
    # Where the id follows from the path, that finds it.
    return tags(body["metadata"], path if path and entry_id != id_of_path(path) else "")
