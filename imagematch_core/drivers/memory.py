"""The driver for `memory://`: an index in this process, gone when the process ends."""

import platform
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from ..errors import ErrorKind, InvalidTarget, StorageError
from ..protocol.driver import Capability, Driver, Lifetime
from ..protocol.redact import redact_url
from ..protocol.values import Candidate, Query, Record, Stored
from .postings import Postings, best

_URL = re.compile(r"memory://([A-Za-z0-9._-]*)")

_SPARE = 1_000
"""Dead records that are kept beyond as many as there are live ones."""


class MemoryDriver(Driver):
    """An index in the memory of this process.

    `memory://NAME` is the same store for everyone in the process, until its indexes are dropped.
    `memory://` without a name is a new store each time.
    """

    api: ClassVar[tuple[int, int]] = (1, 0)
    capabilities: ClassVar[frozenset[Capability]] = frozenset()

    _named: ClassVar[dict[str, "_Store"]] = {}

    def __init__(self, store: "_Store", index: str, timeout: float) -> None:
        super().__init__(timeout)
        self._store = store
        self._index = index
        self._lifetime = Lifetime("memory://", "its records stayed in the parent process")

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        match = _URL.fullmatch(target)
        if match is None:
            raise InvalidTarget(
                f"{redact_url(target)!r}: write 'memory://', or 'memory://NAME' with letters, "
                "digits, '.', '_' or '-'"
            )
        if options:
            raise InvalidTarget(f"memory:// has no options, and so no {min(options)!r}")
        store = cls._named.setdefault(match[1], _Store()) if match[1] else _Store()
        return cls(store, index, timeout)

    @classmethod
    def classify(cls, exc: BaseException) -> ErrorKind | None:  # noqa: ARG003 - no client, no errors
        return None

    def info(self) -> str | None:
        with self._locked() as indexes:
            return indexes[self._index].info if self._index in indexes else None

    def create(self, info: str) -> str:
        with self._locked() as indexes:
            return indexes.setdefault(self._index, _Records(info)).info

    def put(self, records: Sequence[Record]) -> None:
        with self._records() as stored:
            for record in records:
                stored.put(record)

    def delete(self, ids: Sequence[str]) -> int:
        with self._records() as stored:
            return sum(map(stored.delete, ids))

    def get(self, ids: Sequence[str]) -> list[Stored]:
        with self._records() as stored:
            return stored.get(ids)

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        answers = []
        for query in queries:
            with self._records() as stored:
                answers.append(stored.candidates(query))
        return answers

    def scan(self, after: str | None, limit: int, tags: Sequence[str] = ()) -> list[Stored]:
        with self._records() as stored:
            return stored.scan(after, limit, tags)

    def count(self) -> int:
        with self._records() as stored:
            return len(stored)

    def refresh(self) -> None:
        with self._locked():
            pass

    def drop(self) -> None:
        with self._locked() as indexes:
            indexes.pop(self._index, None)

    def close(self) -> None:
        self._lifetime.end()

    def server_version(self) -> str:
        with self._locked():
            return f"Python {platform.python_version()}"

    @contextmanager
    def _locked(self) -> Iterator[dict[str, "_Records"]]:
        self._lifetime.check()
        # At least a moment, so that an index that nobody holds is never late.
        if not self._store.lock.acquire(timeout=max(self.remaining(), 0.001)):
            raise StorageError(ErrorKind.TIMEOUT, "memory:// was busy for all of the time given")
        try:
            yield self._store.indexes
        finally:
            self._store.lock.release()

    @contextmanager
    def _records(self) -> Iterator["_Records"]:
        with self._locked() as indexes:
            if self._index not in indexes:
                raise StorageError(
                    ErrorKind.MISSING_INDEX, f"memory:// has no index {self._index!r}"
                )
            yield indexes[self._index]


class _Store:
    """The indexes behind one URL, by name, and the lock that every call holds."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.indexes: dict[str, _Records] = {}


class _Row(NamedTuple):
    stored: Stored
    words: bytes
    tags: tuple[str, ...]


class _Records:
    """The records of one index, each under a number.

    One whose words or tags change gets a new number; the old one is dead, as that of a deleted
    record is, until there are too many of them.
    """

    def __init__(self, info: str) -> None:
        self.info = info
        self._numbers: dict[str, int] = {}
        self._rows: list[_Row] = []
        self._alive = bytearray()
        self._words = Postings()
        self._tags = Postings()
        self._tag_numbers: dict[str, int] = {}
        self._ordered: list[str] = []
        self._unordered: set[str] = set()

    def __len__(self) -> int:
        return len(self._numbers)

    def put(self, record: Record) -> None:
        words = np.array(record.words, dtype=np.int32)
        stored = Stored(record.id, record.signature, record.body)
        row = _Row(stored, words.tobytes(), tuple(record.tags))
        old = self._numbers.get(record.id)
        if old is not None and self._rows[old][1:] == row[1:]:
            self._rows[old] = row
            return
        if old is None:
            self._unordered.add(record.id)
        else:
            self._alive[old] = 0
        number = len(self._rows)
        self._numbers[record.id] = number
        self._rows.append(row)
        self._alive.append(1)
        self._words.add(words, number)
        tags = [self._tag_numbers.setdefault(tag, len(self._tag_numbers)) for tag in record.tags]
        self._tags.add(tags, number)
        self._compact()

    def delete(self, record_id: str) -> bool:
        number = self._numbers.pop(record_id, None)
        if number is None:
            return False
        self._alive[number] = 0
        self._compact()
        return True

    def get(self, ids: Sequence[str]) -> list[Stored]:
        numbers = (self._numbers.get(record_id) for record_id in ids)
        return [self._rows[number].stored for number in numbers if number is not None]

    def candidates(self, query: Query) -> list[Candidate]:
        size = len(self._rows)
        counts = self._words.counts(query.words, size)
        counts *= np.frombuffer(self._alive, dtype=np.uint8)
        if query.tags:
            tags = [self._tag_numbers[tag] for tag in query.tags if tag in self._tag_numbers]
            counts *= self._tags.counts(tags, size) == len(query.tags)
        return [
            Candidate(stored.id, int(counts[number]), stored.signature)
            for number in best(counts, lambda number: self._rows[number].stored.id, query.limit)
            for stored in [self._rows[number].stored]
        ]

    def scan(self, after: str | None, limit: int, tags: Sequence[str]) -> list[Stored]:
        self._order()
        page: list[Stored] = []
        start = 0 if after is None else bisect_right(self._ordered, after)
        for place in range(start, len(self._ordered)):
            number = self._numbers.get(self._ordered[place])
            if number is not None and set(tags).issubset(self._rows[number].tags):
                page.append(self._rows[number].stored)
                if len(page) == limit:
                    break
        return page

    def _order(self) -> None:
        if not self._unordered:
            return
        old = [i for i in self._ordered if i in self._numbers and i not in self._unordered]
        # Two sorted runs: sorting merges them.
        self._ordered = sorted(old + sorted(self._unordered.intersection(self._numbers)))
        self._unordered = set()

    def _compact(self) -> None:
        if len(self._rows) <= 2 * len(self._numbers) + _SPARE:
            return
        alive = np.array(self._alive, dtype=bool)
        renumbered = np.where(alive, np.cumsum(alive) - 1, -1).astype(np.int32)
        self._words.renumber(renumbered)
        self._tags.renumber(renumbered)
        self._rows = [row for row, kept in zip(self._rows, self._alive, strict=True) if kept]
        self._alive = bytearray(b"\1") * len(self._rows)
        self._numbers = {row.stored.id: number for number, row in enumerate(self._rows)}
        self._ordered = [i for i in self._ordered if i in self._numbers]
