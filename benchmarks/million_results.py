"""What `million` measured, and where it is kept: a size at a time, of each database."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from .report import RESULTS

DEFAULT = "default"
SEARCHES: dict[str, dict[str, Any]] = {
    "level 0": {"thorough": 0},
    DEFAULT: {},
    "level 2": {"thorough": 2},
    "all orientations": {"all_orientations": True},
}
CANDIDATES = (10, 100, 1_000, 10_000)
CLIENTS = (8, 16)
_KEPT = RESULTS / "million.json"


@dataclass(slots=True)
class Size:
    """What was measured among so many records of one database; times in milliseconds.

    Attributes:
        seconds: to store those since the size before; 0 where they were there already.
        added: how many these are.
        bytes: on disk, of all.
        searches: of each kind of search, every query.
        processor: the same, as seconds of this process's processor are counted, which other work
            on the machine hardly changes; of an embedded database that is all it takes.
        candidates: of the default search, what the database takes of it.
        cold: of the default search, every query once, after a restart with nothing in memory.
        clients: of the default search, by how many of them at once (of `CLIENTS`).
        rates: searches a second of these together.
        sought: digest of the copies that were searched for.
        hits: digest of the hits of each kind of search.
        recall: by kind of search, and number of candidates.
    """

    seconds: float = 0.0
    added: int = 0
    bytes: float = 0.0
    searches: dict[str, list[float]] = field(default_factory=dict)
    processor: dict[str, list[float]] = field(default_factory=dict)
    candidates: list[float] = field(default_factory=list)
    cold: list[float] = field(default_factory=list)
    clients: dict[str, list[float]] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    sought: str = ""
    hits: dict[str, str] = field(default_factory=dict)
    recall: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Measured:
    """What was measured of one database.

    Attributes:
        version: of the server.
        queries: how many were asked.
        sizes: by number of records.
    """

    version: str
    queries: int
    sizes: dict[int, Size] = field(default_factory=dict)

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> Self:
        sizes = {int(size): Size(**one) for size, one in kept["sizes"].items()}
        return cls(kept["version"], kept["queries"], sizes)


def load() -> dict[str, Measured]:
    """Return what was measured before, by database."""
    if not _KEPT.exists():
        return {}
    return {name: Measured.load(one) for name, one in json.loads(_KEPT.read_text()).items()}


def keep(measured: Mapping[str, Measured]) -> None:
    """Write it down, rounded."""
    rounded = json.loads(
        json.dumps({name: asdict(one) for name, one in measured.items()}),
        parse_float=lambda text: round(float(text), 3),
    )
    _KEPT.write_text(json.dumps(rounded) + "\n")
