"""Any sequence of calls leaves what a plain dict of records would hold."""

import itertools
import shutil
import tempfile
from contextlib import AbstractContextManager

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from imagematch_core.drivers.registry import find_driver
from imagematch_core.protocol.values import Query, Record

from .records import by_id, expected_candidates, expected_scan, stored

ids = st.sampled_from(["a", "A", "a ", "ab", "é", "\uffff", "\U0001f600", "b", "c", "d"])
words = st.sets(st.integers(0, 12) | st.sampled_from([-(2**31), 2**31 - 1]), max_size=6)
tags = st.sets(st.sampled_from(["t", "u", '["k",1]']), max_size=2)
records = st.builds(
    Record,
    ids,
    words.map(lambda found: tuple(sorted(found))),
    tags.map(lambda found: tuple(sorted(found))),
    st.binary(min_size=1, max_size=4),
    st.sampled_from(["{}", '"x"', "1e16"]),
)
queries = st.builds(
    Query,
    words.map(lambda found: tuple(sorted(found))),
    tags.map(lambda found: tuple(sorted(found))),
    st.integers(1, 6),
)

_names = itertools.count()


class DriverMachine(RuleBasedStateMachine):
    url: str

    @initialize()
    def connect(self) -> None:
        self.model: dict[str, Record] = {}
        self.drivers = [find_driver(self.url).connect(self.url, "images") for _ in range(2)]
        self.drivers[0].create("{}")
        self.load: AbstractContextManager[None] | None = None

    @rule(
        batch=st.lists(records, min_size=1, unique_by=lambda record: record.id),
        who=st.integers(0, 1),
    )
    def put(self, batch: list[Record], who: int) -> None:
        self.drivers[who].put(by_id(batch))
        self.model |= {record.id: record for record in batch}

    @rule(gone=st.sets(ids, min_size=1), who=st.integers(0, 1))
    def delete(self, gone: set[str], who: int) -> None:
        assert self.drivers[who].delete(sorted(gone)) == len(gone & self.model.keys())
        self.model = {key: value for key, value in self.model.items() if key not in gone}

    @precondition(lambda self: self.load is None)
    @rule()
    def start_loading(self) -> None:
        self.load = self.drivers[0].loading()
        self.load.__enter__()

    @precondition(lambda self: self.load is not None)
    @rule()
    def end_loading(self) -> None:
        assert self.load is not None
        self.load.__exit__(None, None, None)
        self.load = None

    @rule()
    def crash(self) -> None:
        self.drivers[0].close()
        self.drivers[0] = find_driver(self.url).connect(self.url, "images")
        self.load = None

    @rule(asked=st.lists(queries, min_size=1, max_size=4), who=st.integers(0, 1))
    def search(self, asked: list[Query], who: int) -> None:
        expected = [expected_candidates(self.model.values(), query) for query in asked]
        assert self.drivers[who].candidates(asked) == expected

    @rule(some=st.lists(ids, unique=True))
    def get(self, some: list[str]) -> None:
        expected = [stored(self.model[key]) for key in some if key in self.model]
        assert self.drivers[0].get(some) == expected

    @rule(limit=st.integers(1, 4), wanted=tags)
    def scan(self, limit: int, wanted: set[str]) -> None:
        met, after = [], None
        while page := self.drivers[0].scan(after, limit, sorted(wanted)):
            met += page
            after = page[-1].id
        assert met == expected_scan(self.model.values(), sorted(wanted))

    @invariant()
    def count(self) -> None:
        assert all(driver.count() == len(self.model) for driver in self.drivers)

    def teardown(self) -> None:
        if hasattr(self, "drivers"):
            self.drivers[0].drop()
            for driver in self.drivers:
                driver.close()


class MemoryMachine(DriverMachine):
    def __init__(self) -> None:
        super().__init__()
        self.url = f"memory://machine-{next(_names)}"


class SQLiteMachine(DriverMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.url = f"sqlite:///{self.folder}/index.db"

    def teardown(self) -> None:
        super().teardown()
        shutil.rmtree(self.folder)


_settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestMemory = MemoryMachine.TestCase
TestMemory.settings = _settings
TestSQLite = SQLiteMachine.TestCase
TestSQLite.settings = _settings
