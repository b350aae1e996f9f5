"""Which records share words with queries: found by the server, counted and ordered here.

Counting here is several times as fast as in an aggregation, and needs no more than one document
in memory beyond the best ones.
"""

import heapq
from collections.abc import Iterator, Sequence
from itertools import groupby

from imagematch_core.protocol import Candidate, ErrorKind, Query, StorageError
from more_itertools import constrained_batches
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from .target import Document

_TOGETHER = 1_024
"""Words that are looked up in one go. The server is slow with lists of many thousands."""

_PAGE = 5_000
"""Documents in one answer of the server: some 12 MB when decoded, with 64 words each."""


def candidates(
    records: "Collection[Document]", queries: Sequence[Query], session: ClientSession | None
) -> list[list[Candidate]]:
    """Return the candidates of each query, in order.

    Raises:
        StorageError: TRANSIENT, if a record was seen twice; that takes a server without snapshots.
    """
    return [
        answer for together in _batches(queries) for answer in _answers(records, together, session)
    ]


def tagged(tags: Sequence[str]) -> Document:
    """Return the filter for documents that carry all the tags."""
    return {"tags": {"$all": list(tags)}} if tags else {}


def _batches(queries: Sequence[Query]) -> Iterator[Sequence[Query]]:
    """Neighbours with few words and the same tags, whose candidates are often the same."""
    for _, alike in groupby(queries, key=lambda query: query.tags):
        yield from constrained_batches(
            alike, _TOGETHER, get_len=lambda query: len(query.words), strict=False
        )


def _answers(
    records: "Collection[Document]", queries: Sequence[Query], session: ClientSession | None
) -> list[list[Candidate]]:
    asking: dict[int, list[int]] = {}
    for number, query in enumerate(queries):
        for word in query.words:
            asking.setdefault(word, []).append(number)
    best = [_Best(query.limit) for query in queries]
    if asking:
        words = frozenset(asking)
        with records.find(
            {"words": {"$in": list(words)}, **tagged(queries[0].tags)},
            {"signature": 1, "words": 1},
            batch_size=_PAGE,
            session=session,
        ) as documents:
            for document in documents:
                counts: dict[int, int] = {}
                for word in words.intersection(document["words"]):
                    for number in asking[word]:
                        counts[number] = counts.get(number, 0) + 1
                for number, shared in counts.items():
                    best[number].add(shared, document)
    return [one.candidates() for one in best]


class _Best:
    """The first `limit` of any number of candidates."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rows: list[tuple[int, str, bytes]] = []

    def add(self, shared: int, document: Document) -> None:
        self._rows.append((-shared, document["_id"], document["signature"]))
        if len(self._rows) > 2 * self._limit + 1_000:
            self._cut()

    def candidates(self) -> list[Candidate]:
        self._cut()
        if len({record_id for _, record_id, _ in self._rows}) < len(self._rows):
            raise StorageError(
                ErrorKind.TRANSIENT, "a record was deleted and added again during the search"
            )
        return [Candidate(record_id, -less, signature) for less, record_id, signature in self._rows]

    def _cut(self) -> None:
        self._rows = heapq.nsmallest(self._limit, self._rows)
