"""Records for tests, and the answers that the protocol wants for them, computed by hand."""

from collections.abc import Iterable, Sequence

from imagematch_core.protocol.values import Candidate, Query, Record, Stored


def record(
    record_id: str,
    words: Iterable[int] = (),
    tags: Iterable[str] = (),
    signature: bytes = b"\0signature\xff",
    body: str = '{"v":1}',
) -> Record:
    return Record(record_id, tuple(sorted(set(words))), tuple(sorted(set(tags))), signature, body)


def stored(record: Record) -> Stored:
    return Stored(record.id, record.signature, record.body)


def by_id(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda record: record.id.encode())


def expected_candidates(records: Iterable[Record], query: Query) -> list[Candidate]:
    found = [
        Candidate(record.id, shared, record.signature)
        for record in records
        if (shared := len(set(record.words) & set(query.words)))
        and set(query.tags) <= set(record.tags)
    ]
    return sorted(found, key=lambda hit: (-hit.shared, hit.id.encode()))[: query.limit]


def expected_scan(records: Iterable[Record], tags: Sequence[str] = ()) -> list[Stored]:
    return [stored(record) for record in by_id(records) if set(tags) <= set(record.tags)]
