"""Drivers that are wrong on purpose, each in one way, on top of the sound one in memory."""

import json
import os
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any, ClassVar, Self

import pytest
from imagematch_core.drivers.memory import MemoryDriver
from imagematch_core.protocol import (
    Candidate,
    Capability,
    Closed,
    ErrorKind,
    InvalidTarget,
    Query,
    Record,
    StorageError,
    Stored,
)

from imagematch_conformance.stages.memory import MemoryStage


class Wrong(MemoryDriver):
    """Sound. What is derived from it is wrong, and says which requirement must notice."""

    caught_by: ClassVar[str]

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        return super().connect("memory://wrong", index, timeout=timeout, **options)


class OtherNames(Wrong):
    """Parameters by names of its own: calls by position succeed."""

    caught_by = "CONNECT-001"

    def get(self, keys: Sequence[str]) -> list[Stored]:  # type: ignore[override]
        return super().get(keys)


class TieOrder(Wrong):
    """Of equal candidates, those with the larger ids first."""

    caught_by = "FIND-004"

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        whole = [Query(query.words, query.tags, 10_000) for query in queries]
        return [
            sorted(answer, key=lambda one: (one.shared, one.id), reverse=True)[: query.limit]
            for query, answer in zip(queries, super().candidates(whole), strict=True)
        ]


class Utf16Order(Wrong):
    """Ids ordered as Java and JavaScript do."""

    caught_by = "ID-002"

    def scan(self, after: str | None, limit: int, tags: Sequence[str] = ()) -> list[Stored]:
        found = []
        while page := super().scan(found[-1].id if found else None, 1_000, tags):
            found += page
        found.sort(key=lambda one: one.id.encode("utf-16-be"))
        begin = (after or "").encode("utf-16-be")
        return [one for one in found if one.id.encode("utf-16-be") > begin][:limit]


class LimitOffByOne(Wrong):
    """One candidate less than asked for."""

    caught_by = "FIND-004"

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        answers = super().candidates(queries)
        return [
            answer[: query.limit - 1] if query.limit > 1 else answer
            for query, answer in zip(queries, answers, strict=True)
        ]


class FilterAfterLimit(Wrong):
    """The first `limit` records, and of these the ones with the tags."""

    caught_by = "FIND-009"

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        answers = super().candidates([Query(one.words, (), one.limit) for one in queries])
        tagged = super().candidates([Query(one.words, one.tags, 10_000) for one in queries])
        return [
            [one for one in answer if one in allowed]
            for answer, allowed in zip(answers, tagged, strict=True)
        ]


class WordCountedTwice(Wrong):
    """The first word of a query counts twice."""

    caught_by = "FIND-003"

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        firsts = super().candidates([Query(one.words[:1], (), 10_000) for one in queries])
        return [
            sorted(
                (Candidate(one.id, one.shared + (one.id in ids), one.signature) for one in answer),
                key=lambda one: (-one.shared, one.id),
            )
            for first, answer in zip(firsts, super().candidates(queries), strict=True)
            for ids in [{one.id for one in first}]
        ]


class CandidatesStopAtThousand(Wrong):
    """The database's default for the size of a page."""

    caught_by = "FIND-005"

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        return [answer[:1_000] for answer in super().candidates(queries)]


class AnswersOutOfOrder(Wrong):
    """Empty answers are left to the end."""

    caught_by = "FIND-006"

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        return sorted(super().candidates(queries), key=lambda answer: not answer)


class LostDelete(Wrong):
    """The last id of a batch stays."""

    caught_by = "DELETE-001"

    def delete(self, ids: Sequence[str]) -> int:
        there = len(super().get(ids))
        super().delete(ids[:1])
        return there


class StaleRead(Wrong):
    """Answers are kept until this very instance is refreshed."""

    caught_by = "REFRESH-001"

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        kept = self.__dict__.setdefault("kept", {})
        key = tuple(queries)
        if key not in kept:
            kept[key] = super().candidates(queries)
        return list(kept[key])

    def refresh(self) -> None:
        self.__dict__.pop("kept", None)
        super().refresh()


class SwallowedWriteError(Wrong):
    """What can't be stored is left out without a word."""

    caught_by = "PUT-006"

    def put(self, records: Sequence[Record]) -> None:
        for record in records:
            try:
                record.id.encode()
                record.body.encode()
                super().put([record])
            except (ValueError, OverflowError):
                pass


class FirstDuplicateKept(Wrong):
    """What is there already is not replaced."""

    caught_by = "PUT-003"

    def put(self, records: Sequence[Record]) -> None:
        known = {one.id for one in super().get([record.id for record in records])}
        super().put([record for record in records if record.id not in known])


class BodyThroughFloats(Wrong):
    """The body goes through the database's own JSON."""

    caught_by = "BODY-001"

    def put(self, records: Sequence[Record]) -> None:
        super().put(
            [
                Record(one.id, one.words, one.tags, one.signature, json.dumps(json.loads(one.body)))
                for one in records
            ]
        )


class TruncatedIds(Wrong):
    """A column of 255 characters."""

    caught_by = "ID-001"

    def put(self, records: Sequence[Record]) -> None:
        super().put(
            [Record(one.id[:255], one.words, one.tags, one.signature, one.body) for one in records]
        )

    def get(self, ids: Sequence[str]) -> list[Stored]:
        return super().get([one[:255] for one in ids])


class TrailingSpacesTrimmed(Wrong):
    """A column that ignores spaces at the end."""

    caught_by = "ID-001"

    def put(self, records: Sequence[Record]) -> None:
        for one in records:
            super().put(
                [Record(one.id.rstrip(" ") or "_", one.words, one.tags, one.signature, one.body)]
            )


class ReplacedByOldTags(Wrong):
    """Tags of a record that is replaced stay."""

    caught_by = "PUT-003"

    tags: ClassVar[dict[tuple[str, str], set[str]]] = {}

    def put(self, records: Sequence[Record]) -> None:
        known = {one.id for one in super().get([record.id for record in records])}
        kept = []
        for one in records:
            tags = self.tags.setdefault((str(vars(self).get("_name")), one.id), set())
            if one.id not in known:
                tags.clear()
            tags.update(one.tags)
            kept.append(Record(one.id, one.words, tuple(sorted(tags)), one.signature, one.body))
        super().put(kept)


class NamesMeet(Wrong):
    """Two names, one index: '-' can't stand in a table's name."""

    caught_by = "CONNECT-004"

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        return super().connect(target, index.replace("-", "_"), timeout=timeout, **options)


class DropByPrefix(Wrong):
    """Drops every table that begins with the index's name."""

    caught_by = "DROP-002"

    names: ClassVar[set[str]] = set()

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        cls.names.add(index)
        driver = super().connect(target, index, timeout=timeout, **options)
        vars(driver)["own_name"] = index
        return driver

    def drop(self) -> None:
        super().drop()
        for name in [one for one in self.names if one.startswith(vars(self)["own_name"])]:
            with Wrong.connect("memory://wrong", name) as other:
                other.drop()


class ConjuredUp(Wrong):
    """Writing makes the index where it is missing."""

    caught_by = "DROP-003"

    def put(self, records: Sequence[Record]) -> None:
        if self.info() is None:
            self.create("imagematch-conformance")
        super().put(records)


class AnswerCutWhenLate(Wrong):
    """With little time left it returns what it has."""

    caught_by = "TIME-002"

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        late = self.remaining() < 0.3
        with self.deadline(30.0):
            answers = super().candidates(queries)
        return [answer[: len(answer) // 2] for answer in answers] if late else answers


class NoTimeLimit(Wrong):
    """A lock is waited for whatever the time."""

    caught_by = "TIME-001"

    def count(self) -> int:
        if self.remaining() < 0.1:
            time.sleep(6.0)
        with self.deadline(30.0):
            return super().count()


class NotThreadSafe(Wrong):
    """The instance has one cursor."""

    caught_by = "SHARE-001"

    def get(self, ids: Sequence[str]) -> list[Stored]:
        vars(self)["cursor"] = super().get(ids)
        time.sleep(0.0005)
        found: list[Stored] = vars(self)["cursor"]
        return found


class DeadlineOfTheInstance(Wrong):
    """The deadline is kept in the instance, where another thread's call finds it."""

    caught_by = "SHARE-004"

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        vars(self)["at"] = time.monotonic() + seconds
        try:
            yield
        finally:
            vars(self).pop("at", None)

    def remaining(self) -> float:
        at = vars(self).get("at")
        return 30.0 if at is None else max(0.0, at - time.monotonic())

    def get(self, ids: Sequence[str]) -> list[Stored]:
        time.sleep(0.001)
        return super().get(ids)

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        if self.remaining() == 0:
            raise StorageError(ErrorKind.TIMEOUT, "too late")
        return super().candidates(queries)


class ClientError(Exception):
    """What a database's client raises."""


class ErrorsNotClassified(Wrong):
    """A client's errors that `classify` doesn't know."""

    caught_by = "DROP-004"

    def get(self, ids: Sequence[str]) -> list[Stored]:
        if self.info() is None:
            raise ClientError("relation does not exist")
        return super().get(ids)


class ErrorsOfOthersClaimed(Wrong):
    """`classify` takes every exception for its own."""

    caught_by = "ERROR-001"

    @classmethod
    def classify(cls, exc: BaseException) -> ErrorKind | None:
        return super().classify(exc) or ErrorKind.TRANSIENT


class FullIsTransient(Wrong):
    """A full disk is called transient, so that it is tried for ever."""

    caught_by = "ERROR-005"

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        driver = super().connect(target, index, timeout=timeout, **options)
        vars(driver)["full"] = "full" in target
        return driver

    @classmethod
    def classify(cls, exc: BaseException) -> ErrorKind | None:
        return ErrorKind.TRANSIENT if isinstance(exc, ClientError) else super().classify(exc)

    def put(self, records: Sequence[Record]) -> None:
        if vars(self)["full"]:
            raise ClientError("could not extend file: no space left on device")
        super().put(records)


class FullStage(MemoryStage):
    """Has a database on a full disk."""

    @contextmanager
    def refusing(self, kind: ErrorKind) -> Iterator[str]:
        if kind is ErrorKind.FULL:
            yield f"{self.url}-full"
            return
        with super().refusing(kind) as url:
            yield url


class LostWhileReplaced(Wrong):
    """Replacing deletes first and inserts then."""

    caught_by = "READ-001"

    def put(self, records: Sequence[Record]) -> None:
        super().delete([record.id for record in records])
        time.sleep(0.002)
        super().put(records)


class TornRecords(Wrong):
    """The words are written in a second step."""

    caught_by = "READ-002"

    def put(self, records: Sequence[Record]) -> None:
        with suppress(Exception):
            super().put(
                [
                    Record(one.id, (2, 3), one.tags, one.signature, one.body)
                    for one in records
                    if super(Wrong, self).get([one.id])
                ]
            )
            time.sleep(0.002)
        super().put(records)


class ArgumentsChanged(Wrong):
    """Takes the records out of the caller's list."""

    caught_by = "PUT-010"

    def put(self, records: Sequence[Record]) -> None:
        if isinstance(records, list):
            super().put(list(records))
            records.clear()
        else:
            super().put(records)


class CountStops(Wrong):
    """The bound that a search puts on its count."""

    caught_by = "COUNT-001"

    def count(self) -> int:
        return min(10_000, super().count())


class ScanStops(Wrong):
    """The bound that a search puts on its pages."""

    caught_by = "SCAN-002"

    def scan(self, after: str | None, limit: int, tags: Sequence[str] = ()) -> list[Stored]:
        return [] if after and after >= "c10000" else super().scan(after, limit, tags)


class ScanFiltersPages(Wrong):
    """A page without a matching record ends the scan."""

    caught_by = "SCAN-003"

    def scan(self, after: str | None, limit: int, tags: Sequence[str] = ()) -> list[Stored]:
        page = super().scan(after, limit)
        tagged = {one.id for one in super().scan(after, 1_000, tags)}
        return [one for one in page if one.id in tagged]


class GetInStoredOrder(Wrong):
    """The order of the database's index."""

    caught_by = "GET-002"

    def get(self, ids: Sequence[str]) -> list[Stored]:
        return sorted(super().get(ids), key=lambda one: one.id)


class LastCreatorWins(Wrong):
    """`create` overwrites the text."""

    caught_by = "CREATE-003"

    def create(self, info: str) -> str:
        super().create(info)
        return info


class InfoCreates(Wrong):
    """Looking makes what is looked for."""

    caught_by = "CREATE-001"

    def info(self) -> str | None:
        found = super().info()
        if found is None:
            super().create("")
            vars(self)["made"] = True
        return found


class OptionsIgnored(Wrong):
    """An option that is spelt wrongly does nothing."""

    caught_by = "CONNECT-002"

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        with suppress(InvalidTarget):
            return super().connect(target, index, timeout=timeout, **options)
        return super().connect(target, index, timeout=timeout)


class ClosedStaysOpen(Wrong):
    """One method does not look whether the instance is closed."""

    caught_by = "CLOSE-001"

    def count(self) -> int:
        try:
            return super().count()
        except Closed:
            return 0


class ThreadLeftRunning(Wrong):
    """Each instance starts a thread that nobody ends."""

    caught_by = "CLOSE-004"

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        return super().connect(target, index, timeout=timeout, **options)


class PersistentInName(Wrong):
    """Declares what it can't do."""

    caught_by = "PROCESS-001"
    capabilities = frozenset({Capability.PERSISTENT, Capability.MULTI_PROCESS})


class LoadingHidesRecords(Wrong):
    """What is put while loading is found only afterwards."""

    caught_by = "LOAD-001"

    @contextmanager
    def loading(self) -> Iterator[None]:
        vars(self)["loads"] = True
        yield
        vars(self)["loads"] = False

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        answers = super().candidates(queries)
        return [[] for _ in answers] if vars(self).get("loads") else answers


class OptimizingForgets(Wrong):
    """What is tidied up is lost."""

    caught_by = "OPTIMIZE-001"

    def optimize(self) -> None:
        self.delete([one.id for one in self.scan(None, 1)])


class LastWordLost(Wrong):
    """A query reads one word less than it has, where it has many."""

    caught_by = "FIND-007"

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        return super().candidates([Query(one.words[:999], one.tags, one.limit) for one in queries])


class WordsAreUnsigned(Wrong):
    """The sign of a word is lost."""

    caught_by = "PUT-007"

    def put(self, records: Sequence[Record]) -> None:
        super().put(
            [
                Record(
                    one.id,
                    tuple(sorted({max(word, -word - 1) for word in one.words})),
                    one.tags,
                    one.signature,
                    one.body,
                )
                for one in records
            ]
        )


class SignatureTrimmed(Wrong):
    """Zero bytes at the end of a signature are padding to it."""

    caught_by = "PUT-009"

    def put(self, records: Sequence[Record]) -> None:
        super().put(
            [
                Record(one.id, one.words, one.tags, one.signature.rstrip(b"\0") or b"\0", one.body)
                for one in records
            ]
        )


class DroppedTwiceFails(Wrong):
    """The second `drop` finds nothing and says so."""

    caught_by = "DROP-001"

    def drop(self) -> None:
        if self.info() is None and vars(self).get("dropped"):
            raise ClientError("no such table")
        super().drop()
        vars(self)["dropped"] = True

    def create(self, info: str) -> str:
        vars(self)["dropped"] = False
        return super().create(info)


class RareSequence(Wrong):
    """Deleting a record and putting it again within one refresh loses it for searches."""

    caught_by = "STATE-001"

    def delete(self, ids: Sequence[str]) -> int:
        vars(self).setdefault("gone", set()).update(ids)
        return super().delete(ids)

    def put(self, records: Sequence[Record]) -> None:
        super().put(records)
        gone = vars(self).setdefault("gone", set())
        vars(self).setdefault("hidden", set()).update(
            record.id for record in records if record.id in gone and len(record.words) > 2
        )

    def refresh(self) -> None:
        vars(self)["gone"] = set()
        super().refresh()

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        hidden = vars(self).get("hidden", set())
        return [
            [one for one in answer if one.id not in hidden]
            for answer in super().candidates(queries)
        ]


class AlmostRightHits(Wrong):
    """One bit of a signature changes on its way back."""

    caught_by = "HITS-003"

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        return [
            [
                Candidate(one.id, one.shared, one.signature[:-1] + bytes([62]))
                if len(one.signature) == 91
                else one
                for one in answer
            ]
            for answer in super().candidates(queries)
        ]


class TagsHashed(Wrong):
    """Tags are kept as their CRC-32, since an index on them was too long."""

    caught_by = "PUT-008"

    def put(self, records: Sequence[Record]) -> None:
        super().put(
            [
                Record(one.id, one.words, _hashed(one.tags), one.signature, one.body)
                for one in records
            ]
        )

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        return super().candidates(
            [Query(one.words, _hashed(one.tags), one.limit) for one in queries]
        )

    def scan(self, after: str | None, limit: int, tags: Sequence[str] = ()) -> list[Stored]:
        return super().scan(after, limit, _hashed(tags))


class TagsSplitAtSpaces(Wrong):
    """Splits the tags that a record had at spaces, so that those with one in them stay."""

    caught_by = "PUT-008"

    def put(self, records: Sequence[Record]) -> None:
        kept: dict[str, set[str]] = vars(self).setdefault("kept", {})
        for one in records:
            kept.setdefault(one.id, set()).update(tag for tag in one.tags if " " in tag)
        super().put(
            [
                Record(
                    *(one.id, one.words, tuple(sorted({*one.tags, *kept[one.id]}))),
                    *(one.signature, one.body),
                )
                for one in records
            ]
        )


def _hashed(tags: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({f"{zlib.crc32(tag.encode()):08x}" for tag in tags}))


class IdsHashed(Wrong):
    """A record's key is the hash that Java has for strings."""

    caught_by = "ID-001"

    keys: ClassVar[dict[tuple[str, int], str]] = {}

    def put(self, records: Sequence[Record]) -> None:
        for one in records:
            value = 0
            for byte in one.id.encode("utf-8", "surrogatepass"):
                value = (value * 31 + byte) % 2**32
            key = str(vars(self).get("_name")), value
            if self.keys.setdefault(key, one.id) != one.id:
                super().delete([self.keys[key]])
                self.keys[key] = one.id
            super().put([one])


class SharedIsDecimal(Wrong):
    """Numbers as the client gives them."""

    caught_by = "TYPES-001"

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        return [
            [Candidate(one.id, Decimal(one.shared), one.signature) for one in answer]  # type: ignore[arg-type]
            for answer in super().candidates(queries)
        ]


class SignatureIsBytearray(Wrong):
    """Bytes as the client gives them, but only where several records are read."""

    caught_by = "TYPES-001"

    def scan(self, after: str | None, limit: int, tags: Sequence[str] = ()) -> list[Stored]:
        page = super().scan(after, limit, tags)
        if len(page) < 2:
            return page
        return [Stored(one.id, bytearray(one.signature), one.body) for one in page]  # type: ignore[arg-type]


class NowAndThen(Wrong):
    """One call in five hundred misses the last record."""

    caught_by = "STATE-002"

    calls: ClassVar[Counter[str]] = Counter()

    def get(self, ids: Sequence[str]) -> list[Stored]:
        self.calls["get"] += 1
        found = super().get(ids)
        return found[:-1] if self.calls["get"] % 500 == 0 else found


class CountNowAndThen(Wrong):
    """One count in four hundred is that of a moment ago."""

    caught_by = "STATE-002"

    calls: ClassVar[Counter[str]] = Counter()

    def count(self) -> int:
        self.calls["count"] += 1
        return super().count() + (self.calls["count"] % 400 == 0)


class PutNowAndThen(Wrong):
    """One put in three hundred is acknowledged and lost."""

    caught_by = "STATE-003"

    calls: ClassVar[Counter[str]] = Counter()

    def put(self, records: Sequence[Record]) -> None:
        self.calls["put"] += 1
        if self.calls["put"] % 300:
            super().put(records)


class CountIsEstimated(Wrong):
    """The size of the index, over that of one record."""

    caught_by = "COUNT-001"

    def count(self) -> int:
        count = super().count()
        if count < 1_000:
            return count
        page = super().scan(None, 1_000)
        sizes = [len(one.body) for one in page]
        return int(sum(sizes) / (sum(sizes[:100]) / 100) * count / len(page))


class WritesWhatItCan(Wrong):
    """With little time left it writes a part."""

    caught_by = "TIME-007"

    def put(self, records: Sequence[Record]) -> None:
        late = self.remaining() < 0.1
        with self.deadline(30.0):
            super().put(records[: len(records) // 2] if late else records)


class Skips(Wrong):
    """Skips what it is asked to do."""

    caught_by = "FIND-004"

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        pytest.skip("the server is not there today")


class EndsTheProcess(Wrong):
    """Ends the process with status 0 in the middle of the run."""

    caught_by = "FIND-004"

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        os._exit(0)
