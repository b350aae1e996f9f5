"""Threads and instances at work at the same time."""

import json
import threading
from collections.abc import Callable, Iterable

from imagematch_core.protocol import Driver, ErrorKind, Query, Stored

from ..bench import Bench, everything, ids_found, together
from ..processes import PATIENCE
from ..records import numbered, record
from ..requirement import requirement
from .fixtures import Fixtures

TURNS = 15


class Sharing(Fixtures):
    """Several threads, several instances, one index."""

    @requirement("SHARE-001", fix="Give each call its own cursor or connection, or lock.")
    def test_threads_share_an_instance(self, bench: Bench, index: Driver) -> None:
        """Eight threads that use one instance at once each get their own answers."""

        def work(thread: int) -> None:
            for turn in range(TURNS):
                mine = record(f"t{thread}-{turn:03}", [thread, 50], body=f'"{thread} {turn}"')
                bench.patiently(index.put, [mine])
                assert index.get([mine.id]) == [Stored(mine.id, mine.signature, mine.body)]
                bench.patiently(index.refresh)
                found = ids_found(index, [thread])
                assert found == [f"t{thread}-{one:03}" for one in range(turn + 1)]
                page = index.scan(f"t{thread}-", turn + 1)
                assert [one.id for one in page] == found
                if turn % 5 == 4:
                    assert index.candidates([Query((-1,)), Query((thread,), (), 1)])[1][0].id == (
                        f"t{thread}-000"
                    )

        together(*(lambda thread=thread: work(thread) for thread in range(8)))
        assert index.count() == 8 * TURNS
        assert len(ids_found(index, [50])) == 8 * TURNS

    @requirement(
        "SHARE-002",
        fix="Serialise writers, or classify their conflicts as TRANSIENT; write in id order.",
    )
    def test_instances_write_at_once(self, bench: Bench, index: Driver) -> None:
        """Instances that replace and delete the same records at once get no error but TRANSIENT
        ones, and in the end each record is there whole, as one of them wrote it."""

        def work(name: str) -> None:
            driver = bench.connect()
            for turn in range(TURNS):
                text = json.dumps([name, turn])
                records = [
                    record(one.id, [turn, 99], [name], text.encode(), text) for one in numbered(40)
                ]
                bench.patiently(driver.put, records)
                bench.patiently(driver.delete, [one.id for one in records[turn % 7 :: 9]])
                bench.patiently(driver.put, records)

        together(*(lambda name=name: work(name) for name in "abcd"))
        index.refresh()
        found = {one.id: one for one in everything(index)}
        assert all(one.signature == one.body.encode() for one in found.values())
        # Whoever wrote last wrote all of them.
        assert len(found) == 40
        for one in found.values():
            name, turn = json.loads(one.body)
            (answer,) = index.candidates([Query((turn, 99), (name,), 100)])
            assert (one.id, 2) in {(each.id, each.shared) for each in answer}
        assert ids_found(index, [99]) == sorted(found)

    @requirement("SHARE-003", fix="Serialise writers: deadlocks are TRANSIENT, at most.")
    def test_many_writers_of_new_records(self, bench: Bench, index: Driver) -> None:
        """Instances that write different records at once all succeed, and nothing is lost."""

        def work(name: str) -> None:
            driver = bench.connect()
            for turn in range(TURNS):
                bench.patiently(driver.put, numbered(30, [turn], f"{name}{turn:02}-"))

        together(*(lambda name=name: work(name) for name in "abcd"))
        index.refresh()
        assert index.count() == 4 * TURNS * 30
        assert len(ids_found(index, range(TURNS), 10_000)) == 4 * TURNS * 30

    @requirement(
        "READ-001",
        fix="Read each answer from one snapshot; replace by one step that readers see whole.",
    )
    def test_replaced_records_stay_visible(self, bench: Bench, index: Driver) -> None:
        """While another instance replaces records by ones with the same words, every call finds
        each record exactly once, never torn."""
        names = [one.id for one in numbered(150)]

        def write(driver: Driver) -> None:
            for turn in range(TURNS):
                records = [
                    record(name, [1, 2, 3], signature=f"{turn}".encode(), body=f"{turn}")
                    for name in names[turn % 3 :: 2]
                ]
                bench.patiently(driver.put, records)
                bench.patiently(driver.refresh)

        def read() -> None:
            (answer,) = index.candidates([Query((1, 2), (), 1_000)])
            assert [one.id for one in answer] == names
            assert {one.shared for one in answer} == {2}
            for page in (everything(index, 40), index.get(names)):
                assert [one.id for one in page] == names
                assert all(one.signature == one.body.encode() for one in page)
            assert index.count() == len(names)

        index.put([record(name, [1, 2, 3], signature=b"0", body="0") for name in names])
        index.refresh()
        _while_writing(write, bench.connect(), read)

    @requirement(
        "READ-002",
        fix="A record's words, tags and signature are read in one version, or not at all.",
    )
    def test_changing_words_are_never_mixed(self, bench: Bench, index: Driver) -> None:
        """While the words of records change, a record that is untouched is found exactly once,
        one that changes at most once, and in one of its versions."""
        calm = [record(f"calm{number:03}", [1, 2, 3], signature=b"c") for number in range(40)]
        one_way = [record(f"n{number:03}", [1, 2], signature=b"1") for number in range(60)]
        other_way = [record(each.id, [3], signature=b"2") for each in one_way]

        def write(driver: Driver) -> None:
            for turn in range(TURNS):
                bench.patiently(driver.put, (one_way, other_way)[turn % 2])
                bench.patiently(driver.refresh)

        def read() -> None:
            (answer,) = index.candidates([Query((1, 2, 3), (), 1_000)])
            ids = [one.id for one in answer]
            assert len(set(ids)) == len(ids)
            assert [one.id for one in answer if one.signature == b"c"] == [one.id for one in calm]
            seen = {(one.signature, one.shared) for one in answer}
            assert seen <= {(b"c", 3), (b"1", 2), (b"2", 1)}

        index.put([*calm, *one_way])
        index.refresh()
        _while_writing(write, bench.connect(), read)

    @requirement("READ-003", fix="Page by id; a record that others write must not shift pages.")
    def test_scans_meet_all_that_is_there(self, bench: Bench, index: Driver) -> None:
        """A scan meets every record that is there throughout exactly once, in order, while others
        are added and deleted."""
        calm = [record(f"{number:03}-calm") for number in range(0, 300, 3)]

        def write(driver: Driver) -> None:
            for turn in range(TURNS):
                mine = [record(f"{number:03}-moving") for number in range(turn, 300, 7)]
                bench.patiently(driver.put, mine)
                bench.patiently(driver.refresh)
                bench.patiently(driver.delete, [one.id for one in mine])
                bench.patiently(driver.refresh)

        def read() -> None:
            ids = [one.id for one in everything(index, 17)]
            assert ids == sorted(set(ids))
            assert [one for one in ids if "calm" in one] == [one.id for one in calm]

        index.put(calm)
        index.refresh()
        _while_writing(write, bench.connect(), read)

    @requirement(
        "SHARE-004",
        fix="'remaining' is per thread: don't keep a deadline in the instance.",
    )
    def test_deadlines_are_per_thread(self, bench: Bench, index: Driver) -> None:
        """A thread without time left does not take it from another one on the same instance."""
        index.put(numbered(20))
        index.refresh()
        calm_left = 2
        lock = threading.Lock()
        hurried_begun = threading.Event()

        def hurried() -> None:
            while calm_left:
                with bench.allows(ErrorKind.TIMEOUT), index.deadline(0.0):
                    hurried_begun.set()
                    index.get(["n000000"])

        def calm() -> None:
            nonlocal calm_left
            try:
                assert hurried_begun.wait(PATIENCE)
                for _ in range(40):
                    assert len(ids_found(index, [1])) == 20
            finally:
                with lock:
                    calm_left -= 1

        together(hurried, calm, hurried, calm)


def _while_writing(
    write: Callable[[Driver], None], writer: Driver, read: Callable[[], None]
) -> None:
    """Read over and over until the writing is done, and once more."""
    done = threading.Event()

    def writing() -> None:
        try:
            write(writer)
        finally:
            done.set()

    def reading() -> None:
        while not done.is_set():
            read()
        read()

    calls: Iterable[Callable[[], None]] = (writing, reading)
    together(*calls)
