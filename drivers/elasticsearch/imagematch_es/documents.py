"""A record as a document of Elasticsearch, and back."""

import base64
import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from heapq import nsmallest
from typing import Any

import numpy as np
from imagematch_core.protocol import (
    MAX_BATCH_BYTES,
    MAX_BATCH_RECORDS,
    MAX_CANDIDATES,
    Candidate,
    ErrorKind,
    Query,
    Record,
    StorageError,
    Stored,
)
from numpy.typing import NDArray

SMALL_BODY = MAX_BATCH_BYTES // MAX_BATCH_RECORDS
"""Bytes of a body that is read along with a thousand others. Longer ones stand in a field of their
own, and are read a few at a time: a thousand of them would be too much for a server's memory."""

AT_ONCE = 8
"""Large bodies that are read at a time, of 1 MiB at most."""

FEW = 1_000
"""Where no more records share a word with a query, they are all read, and counted here: the server
takes longer to count a query's words, each a clause of its own, than to give so many records."""

_WORD = np.dtype("<i4")

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
        "words": [str(word) for word in record.words],
        "tags": record.tags,
        "compared": base64.b64encode(_compared(record)).decode(),
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
    return Stored(record_id, base64.b64decode(source["signature"]), body)


def number(query: Query) -> dict[str, Any]:
    """Asks how many records share a word with a query, if there are no more than `FEW`."""
    return {"size": 0, "track_total_hits": FEW + 1, "query": _sharing(query)}


def sharing(query: Query) -> dict[str, Any]:
    """Asks for the records that share a word with a query, in no order."""
    return _CHEAP | {
        "size": MAX_CANDIDATES,
        "query": _sharing(query),
        "sort": ["_doc"],
        "docvalue_fields": ["id", "compared"],
    }


def _sharing(query: Query) -> dict[str, Any]:
    words = {"terms": {"words": [str(word) for word in query.words]}}
    return {"bool": {"filter": [words, *tag_filter(query.tags)]}}


def counted(query: Query, hits: Sequence[Mapping[str, Any]]) -> list[Candidate]:
    """Return the candidates among the hits of `sharing`, which are all there are.

    Raises:
        StorageError: TRANSIENT, if there are many more than a moment ago.
    """
    if not hits:
        return []
    if len(hits) >= MAX_CANDIDATES:
        raise StorageError(ErrorKind.TRANSIENT, "thousands of records were added meanwhile")
    found = [_parted(hit["fields"]["compared"][0]) for hit in hits]
    sizes = [len(words) for words, _ in found]
    is_asked = np.isin(np.concatenate([words for words, _ in found]), query.words)
    shared = np.add.reduceat(is_asked, np.cumsum([0, *sizes[:-1]]), dtype=np.int64).tolist()
    candidates = [
        Candidate(hit["fields"]["id"][0], count, signature)
        for hit, count, (_, signature) in zip(hits, shared, found, strict=True)
    ]
    return nsmallest(query.limit, candidates, key=lambda one: (-one.shared, one.id))


def search(query: Query) -> dict[str, Any]:
    """Asks for candidates in their order, counted by the server.

    Each word that is met counts 1.0 (boolean similarity), and sums of so few are exact in float32.
    """
    return _CHEAP | {
        "size": query.limit,
        "query": {
            "bool": {
                "should": [{"term": {"words": str(word)}} for word in query.words],
                "minimum_should_match": 1,
                "filter": tag_filter(query.tags),
            }
        },
        "sort": [{"_score": "desc"}, {"id": "asc"}],
        "docvalue_fields": ["compared"],
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


def candidate(hit: Mapping[str, Any]) -> Candidate:
    """Return a hit of `search`."""
    score, record_id = hit["sort"]
    (compared,) = hit["fields"]["compared"]
    return Candidate(record_id, round(score), _parted(compared)[1])


def _compared(record: Record) -> bytes:
    """Return words and signature of a record, which are read of candidates."""
    packed = np.array(record.words, _WORD).tobytes()
    return bytes([len(record.words)]) + packed + record.signature


def _parted(compared: str) -> tuple[NDArray[np.int32], bytes]:
    data = base64.b64decode(compared)
    words = np.frombuffer(data, _WORD, data[0], 1)
    return words, data[1 + words.nbytes :]
