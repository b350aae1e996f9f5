"""A record as a document of Elasticsearch, and back."""

import base64
import json
from binascii import a2b_base64
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from itertools import groupby, zip_longest
from typing import Any

from imagematch_core.protocol import (
    MAX_BATCH_BYTES,
    MAX_BATCH_RECORDS,
    Candidate,
    Query,
    Record,
    Stored,
)

SMALL_BODY = MAX_BATCH_BYTES // MAX_BATCH_RECORDS
"""Bytes of a body that is read along with a thousand others. Longer ones stand in a field of their
own, and are read a few at a time: a thousand of them would be too much for a server's memory."""

AT_ONCE = 8
"""Large bodies that are read at a time, of 1 MiB at most."""

_GROUP_BITS = 26
"""Words that differ only in so many of their lower bits are a group. Of a group a query has many
words, and a record few: goldberg-2's words for one slot are all in one."""

_CHEAP = {"track_total_hits": False, "stored_fields": "_none_"}
"""Fetch sort values and doc values of a hit, and nothing that is stored: it costs half."""

READ = ["signature", "body"]
READ_LARGE = [*READ, "large_body"]


def document(record: Record) -> tuple[str, str]:
    """Return the document of a record, see index.json, as JSON; and the digest in it.

    By its digest a record is recognised that is stored already.
    """
    fields: dict[str, Any] = {
        "id": record.id,
        "words": parts(record.words),
        "tags": record.tags,
        "signature": base64.b64encode(record.signature).decode(),
    }
    if len(record.body) <= SMALL_BODY and len(record.body.encode()) <= SMALL_BODY:
        fields["body"] = record.body
    else:
        fields["large_body"] = record.body
        fields["large"] = True
    source = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    made = blake2b(source.encode(), digest_size=16).digest()
    digest = base64.b64encode(made).decode().rstrip("=")
    return f'{source[:-1]},"digest":"{digest}"}}', digest


def parts(words: Sequence[int]) -> list[dict[str, list[str]]]:
    """Divide the words of a record into parts, no two words of a group in one."""
    return [
        {"word": [str(word) for word in part if word is not None]}
        for part in zip_longest(*_groups(words))
    ]


def is_large(source: Mapping[str, Any]) -> bool:
    """Return whether a document that was read without `large_body` has one."""
    return "body" not in source


def ids(hits: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the first hits, as many as have bodies that can be read at once."""
    large = [place for place, hit in enumerate(hits) if "fields" in hit]
    page = hits[: large[AT_ONCE]] if len(large) > AT_ONCE else hits
    return [hit["sort"][0] for hit in page]


def stored(record_id: str, source: Mapping[str, Any]) -> Stored:
    """Return a document that was read with its body."""
    body = source["large_body"] if is_large(source) else source["body"]
    return Stored(record_id, a2b_base64(source["signature"]), body)


def search(query: Query, ties: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Asks for candidates in their order, `ties` being that of those which share as many words.

    Of a group of words a part of a record has one at most, so it is met once or not at all: a
    clause for each group counts all words, in a fraction of the time that a clause for each word
    takes. Each counts 1.0, and sums of so few are exact in float32.
    """
    met = [
        {"constant_score": {"filter": {"terms": {"words.word": [*map(str, group)]}}}}
        for group in _groups(query.words)
    ]
    words = {"bool": {"should": met, "minimum_should_match": 1}}
    counted = {"nested": {"path": "words", "score_mode": "sum", "query": words}}
    return _CHEAP | {
        "size": query.limit,
        "query": {"bool": {"must": counted, "filter": tag_filter(query.tags)}},
        "sort": [{"_score": "desc"}, *ties],
        "docvalue_fields": ["signature"],
    }


def scan(after: str | None, limit: int, tags: Sequence[str]) -> dict[str, Any]:
    """Asks for a page of ids, and which of them have large bodies."""
    asked = _CHEAP | {
        "size": limit,
        "query": {"bool": {"filter": tag_filter(tags)}},
        "sort": [{"id": "asc"}],
        "docvalue_fields": ["large"],
    }
    return asked if after is None else asked | {"search_after": [after]}


def tag_filter(tags: Sequence[str]) -> list[dict[str, Any]]:
    """Matches what has all tags."""
    return [{"term": {"tags": tag}} for tag in tags]


def candidates(
    hits: Sequence[Mapping[str, Any]], id_of: Callable[[str, str], str]
) -> list[Candidate]:
    """Return the hits of `search`; `id_of` makes their ids of index and id in it."""
    return [
        Candidate(
            id_of(hit["_index"], own_id), int(score), a2b_base64(hit["fields"]["signature"][0])
        )
        for hit in hits
        for score, *_, own_id in [hit["sort"]]
    ]


def _groups(words: Sequence[int]) -> list[list[int]]:
    """Divide ascending words into groups."""
    return [[*group] for _, group in groupby(words, key=lambda word: word >> _GROUP_BITS)]
