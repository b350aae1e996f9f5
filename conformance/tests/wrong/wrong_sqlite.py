"""Drivers that are wrong on purpose, on top of the sound one for SQLite."""

import os
import threading
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from imagematch_core.drivers.sqlite import SQLiteDriver
from imagematch_core.protocol import Capability, Record

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
