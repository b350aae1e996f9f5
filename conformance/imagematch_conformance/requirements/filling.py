"""`loading` and `drop`."""

import threading
from collections.abc import Sequence
from functools import partial

import pytest
from imagematch_core.protocol import Driver, ErrorKind, Query, Record

from .. import oracle
from ..bench import (
    MAIN,
    Bench,
    everything,
    ids_found,
    put,
    quietly,
    stored,
    together,
)
from ..processes import PATIENCE
from ..records import INFO, numbered, record
from ..requirement import requirement
from .fixtures import Fixtures


class Filling(Fixtures):
    """Filling an empty index in one go, and removing it."""

    @requirement(
        "LOAD-001", fix="Inside 'loading', 'candidates' must not rely on what is built at its end."
    )
    def test_candidates_are_exact_while_loading(self, bench: Bench, index: Driver) -> None:
        """Inside `loading` every call answers as it does outside, also in other instances; after
        it nothing has changed."""
        other = bench.connect()
        records = [
            record(one.id, [number % 9, 100], ["t"] if number % 2 else [])
            for number, one in enumerate(numbered(300))
        ]
        queries = [Query((1, 100), (), 40), Query((100,), ("t",), 500), Query((8,))]
        with index.loading():
            for end in (100, 200, 300):
                put(index, records[end - 100 : end])
                expected = [oracle.candidates(records[:end], one) for one in queries]
                assert index.candidates(queries) == other.candidates(queries) == expected
                assert everything(index) == stored(records[:end])
                assert other.count() == end
            index.put([record("n000000", [7])])
            index.delete(["n000001"])
            index.refresh()
            changed = [record("n000000", [7]), *records[2:]]
            expected = [oracle.candidates(changed, one) for one in queries]
            assert other.candidates(queries) == expected
        index.refresh()
        assert index.candidates(queries) == other.candidates(queries) == expected
        assert bench.connect().candidates(queries) == expected

    @requirement("LOAD-002", fix="Let an exception out of 'loading', and leave a sound index.")
    def test_an_error_inside_loading(self, bench: Bench, index: Driver) -> None:
        """An error inside `loading` comes out as it is; what was put is there, and the next `put`
        or `loading` finishes the rest."""
        records = numbered(60)
        for begin, finish in ((0, "put"), (20, "loading")):
            with pytest.raises(LookupError, match="of the test"):
                _put_and_fail(index, records[begin : begin + 10])
            if finish == "put":
                put(index, records[begin + 10 : begin + 20])
            else:
                with index.loading():
                    index.put(records[begin + 10 : begin + 20])
                index.refresh()
            there = records[: begin + 20]
            for one in (index, bench.connect()):
                assert ids_found(one, [1]) == [each.id for each in there]
                assert one.count() == len(there)

    @requirement("LOAD-003", fix="'loading' must also work when there is nothing to do.")
    def test_loading_nothing(self, index: Driver) -> None:
        """`loading` around nothing, twice, and around an index with records changes nothing."""
        with index.loading():
            pass
        put(index, numbered(5))
        for _ in range(2):
            with index.loading():
                assert ids_found(index, [1], 2) == ["n000000", "n000001"]
        assert everything(index) == stored(numbered(5))

    @requirement("OPTIMIZE-001", fix="'optimize' changes how records lie, not what they are.")
    def test_optimizing_changes_nothing(self, bench: Bench, index: Driver) -> None:
        """After `optimize` every call answers as before, also in other instances, and writing goes
        on; on an empty index it does nothing."""
        index.optimize()
        records = [record(one.id, [number % 7, 50]) for number, one in enumerate(numbered(300))]
        put(index, records)
        index.delete([one.id for one in records[:100]])
        put(index, [record(records[100].id, [60])])
        records = [record(records[100].id, [60]), *records[101:]]
        other = bench.connect()
        for _ in range(2):
            index.optimize()
            queries = [Query((3, 50), (), 40), Query((60,))]
            expected = [oracle.candidates(records, one) for one in queries]
            assert index.candidates(queries) == other.candidates(queries) == expected
            assert everything(index) == everything(other) == stored(records)
            assert other.count() == len(records)
            records = [*records, record("o", [3])]
            put(index, records[-1:])

    @requirement("DROP-001", fix="'drop' does nothing where there is nothing.")
    def test_drop_can_be_repeated(self, bench: Bench) -> None:
        """`drop` removes the index with all its records, may be repeated, and leaves an instance
        that can create it again, empty."""
        driver = bench.fresh()
        put(driver, numbered(5))
        for _ in range(3):
            driver.drop()
            assert driver.info() is None
        bench.connect().drop()
        assert driver.create(INFO) == INFO
        assert (driver.count(), everything(driver), ids_found(driver, [1])) == (0, [], [])
        put(driver, numbered(2))
        assert ids_found(driver, [1]) == ["n000000", "n000001"]

    @requirement("DROP-002", fix="Drop by exact names: no prefix, no pattern; mind '_' and '-'.")
    def test_drop_spares_look_alikes(self, bench: Bench) -> None:
        """`drop` leaves indexes alone whose names begin alike or differ in one sign."""
        names = [
            f"{MAIN}s",
            f"{MAIN}_words",
            f"{MAIN}-words",
            f"{MAIN}_meta",
            f"{MAIN}_",
            MAIN[:-1],
        ]
        main = bench.fresh()
        others = [bench.fresh(name) for name in names]
        for driver in (main, *others):
            put(driver, numbered(3, [4]))
        try:
            main.drop()
            for driver in [*others, *map(bench.connect, names)]:
                assert driver.info() == INFO
                assert everything(driver) == stored(numbered(3, [4]))
                assert ids_found(driver, [4]) == ["n000000", "n000001", "n000002"]
        finally:
            for driver in others:
                driver.drop()
        assert bench.connect().info() is None

    @requirement(
        "DROP-003",
        fix="Writing must not create what is missing: no 'create if not exists' on the way.",
    )
    def test_a_dropped_index_is_not_conjured_up(self, bench: Bench) -> None:
        """An instance that still uses an index which another one dropped does not bring it back
        by whatever it calls."""
        user = bench.fresh()
        put(user, numbered(3))
        bench.connect().drop()
        for call in (
            lambda: user.get(["n000000"]),
            lambda: user.candidates([Query((1,))]),
            lambda: user.delete(["n000000"]),
            lambda: user.put(numbered(3)),
            user.refresh,
            user.count,
        ):
            quietly(call)
        assert user.info() is None
        newcomer = bench.connect()
        assert newcomer.info() is None
        newcomer.create(INFO)
        assert everything(newcomer) == []
        newcomer.drop()

    @requirement(
        "DROP-004", fix="'classify' turns your client's 'no such table' into MISSING_INDEX."
    )
    def test_reading_a_dropped_index(self, bench: Bench) -> None:
        """Reading an index that another instance dropped finds nothing or raises MISSING_INDEX."""
        user = bench.fresh()
        put(user, numbered(3))
        bench.connect().drop()
        for call in (
            lambda: user.get(["n000000"]),
            lambda: user.candidates([Query((1,))])[0],
            lambda: user.scan(None, 10),
            user.count,
        ):
            with bench.allows(ErrorKind.MISSING_INDEX):
                assert not call()

    @requirement(
        "DROP-005",
        fix="Writing must not create what is missing, at any moment of a removal: look again in "
        "the same transaction, or let the database refuse.",
    )
    def test_a_removal_beside_writers(self, bench: Bench) -> None:
        """Where instances write while another one drops the index, it is gone afterwards, and
        `create` gives an empty one."""
        for turn in range(4):
            bench.fresh()
            writers = [bench.connect() for _ in range(3)]
            written, dropped = threading.Event(), threading.Event()

            def write(
                number: int,
                writer: Driver,
                written: threading.Event = written,
                dropped: threading.Event = dropped,
            ) -> None:
                # A few times more when it is gone.
                for at in range(10_000):
                    over = dropped.is_set()
                    quietly(writer.put, numbered(20, [number], f"w{number}-{at:05}-"))
                    written.set()
                    if over:
                        return

            def drop(
                written: threading.Event = written, dropped: threading.Event = dropped
            ) -> None:
                written.wait(PATIENCE)
                try:
                    bench.patiently(bench.connect().drop)
                finally:
                    dropped.set()

            together(*(partial(write, *each) for each in enumerate(writers)), drop)
            index = bench.connect()
            assert index.info() is None, f"it came back (removal {turn + 1})"
            assert index.create(INFO) == INFO
            index.refresh()
            assert (index.count(), everything(index), ids_found(index, range(3))) == (0, [], [])
            bench.close()


def _put_and_fail(index: Driver, records: Sequence[Record]) -> None:
    with index.loading():
        index.put(records)
        raise LookupError("of the test")
