"""Drivers that are wrong on purpose, on top of the sound one for SQLite."""

import os
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing, suppress
from typing import Any, ClassVar, Self

from imagematch_core.drivers.sqlite import SQLiteDriver
from imagematch_core.drivers.sqlite_file import path_of
from imagematch_core.protocol import Candidate, Capability, Query, Record, Stored

from imagematch_conformance.stages.sqlite import SQLiteStage


class WrongFile(SQLiteDriver):
    """Sound, but for its scheme."""

    caught_by: ClassVar[str]

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        return super().connect(_sqlite(target), index, timeout=timeout, **options)


class WrongFileStage(SQLiteStage):
    """The stage of the sound driver."""

    def __init__(self, url: str) -> None:
        super().__init__(_sqlite(url))


def _sqlite(url: str) -> str:
    return "sqlite:" + url.partition(":")[2]


class AcknowledgedEarly(WrongFile):
    """Writes are acknowledged and written by a thread a moment later."""

    caught_by = "PERSIST-002"

    def put(self, records: Sequence[Record]) -> None:
        late = threading.Timer(0.3, super().put, [records])
        late.daemon = True
        late.start()


class CapabilitiesHidden(WrongFile):
    """Can be used by several processes, and does not say so."""

    caught_by = "PROCESS-001"
    capabilities = frozenset({Capability.PERSISTENT})


class ForgetsAtExit(WrongFile):
    """A second process finds an empty index."""

    caught_by = "PERSIST-001"

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        return super().connect(f"{target}-{os.getpid()}", index, timeout=timeout, **options)


class CountRemembered(WrongFile):
    """The process remembers how many records there are, by what it has written itself."""

    caught_by = "PROCESS-004"

    counts: ClassVar[dict[str, int]] = {}

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        driver = super().connect(target, index, timeout=timeout, **options)
        vars(driver)["key"] = f"{target} {index}"
        return driver

    def create(self, info: str) -> str:
        self.counts.pop(vars(self)["key"], None)
        return super().create(info)

    def put(self, records: Sequence[Record]) -> None:
        super().put(records)
        self.counts.pop(vars(self)["key"], None)

    def delete(self, ids: Sequence[str]) -> int:
        self.counts.pop(vars(self)["key"], None)
        return super().delete(ids)

    def drop(self) -> None:
        self.counts.pop(vars(self)["key"], None)
        super().drop()

    def count(self) -> int:
        key = vars(self)["key"]
        if key not in self.counts:
            self.counts[key] = super().count()
        return self.counts[key]


class LockOfTheProcess(WrongFile):
    """Replaces records in two transactions; a lock keeps its own process from looking between."""

    caught_by = "READ-004"

    lock: ClassVar[threading.RLock] = threading.RLock()

    def put(self, records: Sequence[Record]) -> None:
        with self.lock:
            super().delete([one.id for one in records])
            super().put(records)

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        with self.lock:
            return super().candidates(queries)

    def get(self, ids: Sequence[str]) -> list[Stored]:
        with self.lock:
            return super().get(ids)

    def scan(self, after: str | None, limit: int, tags: Sequence[str] = ()) -> list[Stored]:
        with self.lock:
            return super().scan(after, limit, tags)

    def count(self) -> int:
        with self.lock:
            return super().count()


class MendsOnPut(WrongFile):
    """Adds a column that an older table lacks, without asking whose table it is."""

    caught_by = "CREATE-006"

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        driver = super().connect(target, index, timeout=timeout, **options)
        vars(driver)["mine"] = path_of(_sqlite(target)), index
        return driver

    def put(self, records: Sequence[Record]) -> None:
        path, index = vars(self)["mine"]
        with closing(sqlite3.connect(path)) as connection, suppress(sqlite3.Error):
            connection.execute(f'ALTER TABLE "imagematch_rec_{index}" ADD COLUMN body TEXT')
        super().put(records)


class DropsInParts(WrongFile):
    """Deletes the records one by one before it drops the tables."""

    caught_by = "PERSIST-006"

    def drop(self) -> None:
        if self.info() is not None:
            while page := super().scan(None, 10):
                for one in page:
                    super().delete([one.id])
        super().drop()
