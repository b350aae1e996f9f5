"""Random sequences of calls."""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from imagematch_core.protocol import MAX_QUERIES, Driver, Query

from .. import oracle
from ..bench import MAIN, Bench, everything, ids_found, put, stored
from ..describing import check_same, difference
from ..machine import IndexMachine
from ..records import INFO, numbered, record
from ..requirement import requirement
from ..session import PROFILE
from .fixtures import Fixtures

READS, WRITES, CREATIONS = 600, 400, 12
"""How often each method is called, to meet a fault that shows once in some hundred calls."""


class Sequences(Fixtures):
    """Sequences of calls that no single test thought of."""

    @requirement(
        "STATE-002",
        fix="Look for what is counted, kept or renewed after some calls: pools, caches, cursors, "
        "prepared statements, plans that a database changes.",
    )
    @pytest.mark.parametrize("name", ["get", "candidates", "scan", "count", "info"])
    def test_a_call_is_right_each_time(self, index: Driver, name: str) -> None:
        """Hundreds of equal calls have equal answers."""
        records = [
            record(one.id, [1, number % 5], ["t"] if number % 2 else [])
            for number, one in enumerate(numbered(30))
        ]
        put(index, records)
        queries = [Query((1, 3), (), 20), Query((2,), ("t",))]
        ids = [one.id for one in records[::-3]]
        expected: dict[str, tuple[Callable[[], Any], Any]] = {
            "get": (lambda: index.get(ids), stored(records[::-3])),
            "candidates": (
                lambda: index.candidates(queries),
                [oracle.candidates(records, one) for one in queries],
            ),
            "scan": (lambda: index.scan("n000009", 9, ["t"]), stored(records[11:29:2])),
            "count": (index.count, 30),
            "info": (index.info, INFO),
        }
        call, right = expected[name]
        for turn in range(READS):
            found = call()
            if found != right:
                raise AssertionError(
                    f"call {turn + 1} of '{name}': "
                    + (difference(found, right) if isinstance(right, list) else repr(found))
                )
        check_same(everything(index), stored(records))

    @requirement(
        "STATE-003",
        fix="Look for what is written later, together, or only now and then: each acknowledged "
        "write counts.",
    )
    def test_a_write_is_done_each_time(self, bench: Bench, index: Driver) -> None:
        """Of hundreds of writes, one after the other, each is done: small and large, new ones,
        replacements and deletions; creations and removals too."""
        records = [
            record(f"w{number:04}", [number, 70_000], [f"t{number % 7}"], body=f"{number}")
            for number in range(WRITES)
        ]
        for number, one in enumerate(records):
            index.put([one] if number % 3 else [record("always", body=f'"{number}"'), one])
            check_same(index.get([one.id]), stored([one]), f"after put {number + 1}")
        index.refresh()
        assert index.delete(["always"]) == 1
        index.refresh()
        check_same(everything(index), stored(records), "after all puts")
        check_same(ids_found(index, [70_000]), [one.id for one in records], "by a common word")
        for start in range(0, WRITES, MAX_QUERIES):
            part = records[start : start + MAX_QUERIES]
            answers = index.candidates([Query(one.words[:1], one.tags) for one in part])
            for one, answer in zip(part, answers, strict=True):
                check_same([each.id for each in answer], [one.id], f"the word of {one.id!r}")
        assert index.count() == WRITES
        for number, one in enumerate(records):
            assert index.delete([one.id]) == 1, f"deletion {number + 1}, of {one.id!r}"
            check_same(index.get([one.id]), [], f"after deletion {number + 1}")
        index.refresh()
        assert (index.count(), everything(index), ids_found(index, [70_000])) == (0, [], [])
        for number in range(CREATIONS):
            index.drop()
            assert index.info() is None, f"after removal {number + 1}"
            assert index.create(INFO) == INFO
            put(index, [record("a")])
            other = bench.connect()
            check_same(everything(other), stored([record("a")]))
            other.close()

    @requirement(
        "STATE-001",
        fix="Follow the printed steps. The tests of your own, or --long, find shorter ones.",
    )
    def test_random_sequences_of_calls(self, bench: Bench) -> None:
        """Two instances that write, delete, read and search in any order answer like a
        dictionary."""
        profile = settings.get_profile(os.environ.get(PROFILE, "imagematch-development"))
        machine: Any = partial(IndexMachine, bench)
        bench.empty()
        bench.close()
        # One that stays open, since some databases take long to open a file that nobody uses.
        with bench.driver_type.connect(bench.url, MAIN):
            run_state_machine_as_test(machine, settings=profile)
