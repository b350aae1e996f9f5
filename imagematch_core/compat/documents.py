"""A document of image-match → the record of an index of goldberg-1."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ItemError
from ..protocol.legacy import LegacyDocument
from ..protocol.values import Record, Stored
from ..records.bodies import EPOCH, load_body, new_body, to_record
from ..records.identity import check_id, check_path, revision
from ..records.metadata import check_metadata
from ..signatures.goldberg1 import Goldberg1
from ..signatures.goldberg1.packing import PAIRS, pack
from ..signatures.goldberg1.words import TRITS, slotted, words
from ..sources.source import state_of_content
from .metadata import plain, wrapped

_WORD = "simple_word_"
_LONGEST_WORD = 39
_ENTRIES = (-2, -1, 0, 1, 2)


class Translator:
    """Turns documents into records, each checked against its own words."""

    def __init__(self) -> None:
        self._trits = TRITS

    def record(self, document: LegacyDocument, previous: Stored | None) -> Record:
        """Return the record of a document.

        Args:
            document: in either layout: its fields at the top, or below the document type.
            previous: what is stored under its id. Of a document without a timestamp that of the
                first import is kept.

        Raises:
            ItemError: why it can't be imported.
        """
        fields = _fields(document.fields)
        entries = _entries(fields.get("signature"))
        if not entries.any():
            raise ItemError("the picture is flat: nothing could find it")
        numbers = words(entries)
        stored = _words(fields)
        if numbers.tolist() != stored:
            self._check_other_words(entries, stored)
        try:
            signature = pack(entries)
        except ValueError as err:
            raise ItemError(f"its signature was not made with the default settings: {err}") from err
        digest = hashlib.sha256(f"{Goldberg1.name}\0".encode() + signature).hexdigest()
        path = fields.get("url", fields.get("path"))
        metadata = wrapped(plain(fields.get("metadata")))
        body = new_body(
            "" if path is None else check_path(path),
            None if metadata is None else check_metadata(metadata),
            revision(Goldberg1.signature_format, state_of_content(digest)),
            None,
        )
        written = _microseconds(fields.get("timestamp"))
        if written is None and previous is not None:
            written = load_body(previous)["added_at"]
        if written is not None:
            body["added_at"] = written
        record = to_record(check_id(document.id), signature, body)
        return replace(record, words=tuple(slotted(numbers).tolist()))

    def _check_other_words(self, entries: NDArray[np.int8], stored: list[int]) -> None:
        """Compare with words of another length, the one that was right last time first.

        People could choose number and length of the words. The signature does not depend on them.
        """
        for trits in (self._trits, *range(1, _LONGEST_WORD + 1)):
            if words(entries, len(stored), trits).tolist() == stored:
                self._trits = trits
                return
        raise ItemError("its signature and its words disagree: one of them is damaged")


def _fields(document: Mapping[str, Any]) -> Mapping[str, Any]:
    if "signature" in document:
        return document
    nested = [
        value for value in document.values() if isinstance(value, Mapping) and "signature" in value
    ]
    if len(nested) != 1:
        raise ItemError("it has no signature, so image-match did not make it")
    return nested[0]


def _entries(signature: Any) -> NDArray[np.int8]:
    try:
        numbers = np.asarray(signature, np.float64)
    except (OverflowError, TypeError, ValueError) as err:
        raise ItemError("its signature is not a list of numbers") from err
    if numbers.shape != (PAIRS.length,):
        raise ItemError(
            f"its signature is not {PAIRS.length} numbers but has the shape {numbers.shape}: it "
            "was made with other settings than the default ones"
        )
    if not np.isin(numbers, _ENTRIES).all():
        raise ItemError("its signature has other numbers than whole ones from -2 to 2")
    return numbers.astype(np.int8)


def _words(fields: Mapping[str, Any]) -> list[int]:
    """Return the words of a document: a field for each, or one for all as some forks have it."""
    together = fields.get("simple_words")
    if together is not None:
        found = together.split() if isinstance(together, str) else together
    else:
        count = sum(1 for name in fields if name.startswith(_WORD))
        found = [fields.get(f"{_WORD}{place}") for place in range(count)]
    try:
        stored = [int(word) for word in found]
    except (OverflowError, TypeError, ValueError) as err:
        raise ItemError("one of its words is missing or not a number") from err
    if not 1 <= len(stored) <= PAIRS.length:
        raise ItemError(f"it has {len(stored)} words to check its signature against")
    return stored


def _microseconds(timestamp: Any) -> int | None:
    """When a document was written, in microseconds since 1970, as entries have it.

    A date without a zone, which is how image-match wrote, is taken for UTC.
    """
    if timestamp is None:
        return None
    try:
        if isinstance(timestamp, datetime):
            written = timestamp
        elif isinstance(timestamp, str):
            written = datetime.fromisoformat(timestamp)
        else:
            written = EPOCH + timedelta(milliseconds=timestamp)
    except (OverflowError, TypeError, ValueError) as err:
        raise ItemError(f"its timestamp {timestamp!r} can't be read") from err
    if written.tzinfo is None:
        written = written.replace(tzinfo=UTC)
    return (written - EPOCH) // timedelta(microseconds=1)
