"""Other processes, and processes that are killed."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from itertools import islice

from imagematch_core.protocol import Capability, Driver, ErrorKind, Query, Record, Stored

from .. import oracle
from ..bench import Bench, at_rest, everything, ids_found, put, quietly, stored
from ..child import BATCH, DOOMED, batch_of, doomed, version
from ..describing import check_answers, check_same
from ..processes import PATIENCE, OtherProcess
from ..records import INFO, numbered, record
from ..requirement import requirement
from ..stage import is_remote
from ..timing import Late
from .fixtures import Fixtures

BEING_REMOVED = (ErrorKind.TRANSIENT, ErrorKind.MISSING_INDEX, ErrorKind.UNAVAILABLE)
"""The errors that calls may meet while the server removes the index."""


class Surviving(Fixtures):
    """The promises of PERSISTENT and MULTI_PROCESS, and of a driver without them."""

    @requirement(
        "PROCESS-001",
        fix="Declare the capabilities that the driver has, and only those. Without MULTI_PROCESS a "
        "second process gets UNAVAILABLE at 'connect'.",
    )
    def test_another_process_sees_what_is_declared(self, bench: Bench) -> None:
        """A second process sees the index (MULTI_PROCESS), or is told UNAVAILABLE (PERSISTENT
        alone), or sees nothing (neither)."""
        index = bench.empty()
        put(index, numbered(5))
        answer = bench.ask_other_process("see")
        if bench.has(Capability.MULTI_PROCESS):
            assert answer == {"info": INFO, "count": 5}
        elif bench.has(Capability.PERSISTENT):
            assert answer.get("error") == "unavailable", answer
        else:
            assert answer == {"info": None, "count": None}
        assert everything(index) == stored(numbered(5))

    @requirement(
        "PROCESS-002",
        level=Capability.MULTI_PROCESS,
        fix="Serialise creators with a lock of the database, not of the process.",
    )
    def test_processes_create_at_once(self, bench: Bench) -> None:
        """Creators in several processes all get the text of one of them."""
        bench.fresh().drop()
        texts = [f'{{"imagematch-conformance": {number}}}' for number in range(3)]
        with (
            bench.other_process("create", info=texts[0]) as one,
            bench.other_process("create", info=texts[1]) as two,
            bench.other_process("create", info=texts[2]) as three,
        ):
            outputs = [process.said() for process in (one, two, three)]
            for output in outputs:
                assert next(output) == "ready"
            returned = [next(output) for output in outputs]
        assert returned[0] in texts
        assert returned == [returned[0]] * 3
        driver = bench.connect()
        assert driver.info() == returned[0]
        driver.drop()

    @requirement(
        "PROCESS-003",
        level=Capability.MULTI_PROCESS,
        fix="Serialise writers of different processes, or classify their conflicts as TRANSIENT.",
    )
    def test_processes_write_at_once(self, bench: Bench, index: Driver) -> None:
        """Processes that replace the same records at once succeed, and leave each record whole."""
        with (
            bench.other_process("replace", name="one", turns=15, count=40) as one,
            bench.other_process("replace", name="two", turns=15, count=40) as two,
        ):
            outputs = [process.said() for process in (one, two)]
            for output in outputs:
                assert next(output) == "ready"
            for turn in range(15):
                mine = [
                    record(each.id, [1], body=f'{{"of": "three", "turn": {turn}}}')
                    for each in numbered(40)
                ]
                bench.patiently(index.put, mine)
            assert [next(output) for output in outputs] == ["done", "done"]
        index.refresh()
        found = everything(index)
        assert [each.id for each in found] == [each.id for each in numbered(40)]
        assert {json.loads(each.body)["turn"] for each in found} == {14}
        assert ids_found(index, [1]) == [each.id for each in found]

    @requirement(
        "PROCESS-004",
        level=Capability.MULTI_PROCESS,
        fix="Drop what an instance, or the process, remembers of the index in 'refresh'.",
    )
    def test_refresh_shows_writes_of_other_processes(self, bench: Bench, index: Driver) -> None:
        """After `refresh` a process finds what another one put, replaced and deleted, and counts
        it, whatever it has read before."""
        before = [record("gone", [1]), record("ours", [1], ["x"], b"old", "1")]
        after = [
            record("ours", [2], ["y"], b"new", "2"),
            record("theirs", [1], ["x"]),
            record("theirs too", [2]),
        ]
        queries = [Query((1,)), Query((1, 2)), Query((1, 2), ("x",)), Query((1, 2), ("y",))]
        asked = ["gone", "ours", "theirs", "theirs too"]
        instances = [index, bench.connect()]
        put(index, before)

        def expect(records: Sequence[Record]) -> None:
            expected = [oracle.candidates(records, one) for one in queries]
            for one in (*instances, bench.connect()):
                check_answers(one.candidates(queries), expected)
                check_same(everything(one), stored(records), "scan")
                assert one.count() == len(records)
                check_same(one.get(asked), stored(records), "get")

        expect(before)
        assert bench.ask_other_process("write") == 1
        for one in instances:
            one.refresh()
        expect(after)

    @requirement(
        "READ-004",
        level=Capability.MULTI_PROCESS,
        fix="Read each answer from one snapshot of the database; a lock of this process keeps no "
        "other one from writing.",
    )
    def test_another_process_replaces_what_is_read(self, bench: Bench, index: Driver) -> None:
        """While another process replaces records by ones with the same words, every call finds
        each record exactly once, never torn."""
        names = [one.id for one in numbered(150)]
        index.put([record(name, [1, 2, 3], signature=b"0", body="0") for name in names])
        index.refresh()
        with bench.other_process("replace forever") as process:
            said = _Said(process)
            said.wait(1)
            # Not in step with its writes, which would meet each of them at the same moment.
            while len(said.numbers) < 40 and not said.ended:
                index.refresh()
                (answer,) = index.candidates([Query((1, 2), (), 1_000)])
                check_same([one.id for one in answer], names, "candidates")
                assert {one.shared for one in answer} == {2}
                for page in (everything(index, 40), index.get(names)):
                    check_same([one.id for one in page], names, "read")
                    torn = [one.id for one in page if one.signature != one.body.encode()]
                    check_same(torn, [], "torn")
                assert index.count() == len(names)
            assert not said.ended, "the writing process ended"

    @requirement(
        "PERSIST-001",
        level=Capability.PERSISTENT,
        fix="Write what was acknowledged to the database, not to the instance.",
    )
    def test_records_outlive_instances(self, bench: Bench) -> None:
        """What was put is there after every instance was closed, in this and another process."""
        index = bench.empty()
        put(index, numbered(10))
        bench.close()
        assert bench.ask_other_process("see") == {"info": INFO, "count": 10}
        index = bench.connect()
        assert everything(index) == stored(numbered(10))
        assert ids_found(index, [1]) == [one.id for one in numbered(10)]

    @requirement(
        "PERSIST-002",
        level=Capability.PERSISTENT,
        fix="Commit before 'put' returns, with the durability that a killed process needs.",
    )
    def test_acknowledged_writes_survive_a_kill(self, bench: Bench) -> None:
        """After `kill -9` of a writing process every batch that it was told is stored is there,
        the one it was writing is whole or not there record by record, and the index works."""
        for batches, part in ((1, 0.0), (4, 0.3), (8, 0.6), (15, 0.9)):
            bench.empty()
            bench.close()
            _kill_after(bench, "put", batches, part)
            index = bench.connect()
            found = _all_at_rest(index)
            expected = [one for number in range(batches) for one in stored(batch_of(number))]
            check_same(found[: len(expected)], expected, "what was acknowledged")
            _check_words(index, [one.id for one in found])
            assert index.count() == len(found)
            put(index, batch_of(batches))
            _check_words(index, [one.id for one in everything(index)])
            assert index.count() == len(everything(index))

    @requirement(
        "PERSIST-003",
        level=Capability.PERSISTENT,
        fix="Commit before 'delete' returns.",
    )
    def test_acknowledged_deletions_survive_a_kill(self, bench: Bench) -> None:
        """After `kill -9` of a deleting process nothing that it was told is deleted comes back."""
        index = bench.empty()
        for number in range(30):
            index.put(batch_of(number))
        bench.close()
        _kill_after(bench, "delete", 6)
        index = bench.connect()
        left = [one.id for one in _all_at_rest(index)]
        check_same([one for one in left if one < batch_of(6)[0].id], [], "deleted and there again")
        _check_words(index, left)
        assert index.count() == len(left)

    @requirement(
        "PERSIST-004",
        level=Capability.PERSISTENT,
        fix="Mark that loading has begun, so that the next 'put' or 'loading' finishes it.",
    )
    def test_loading_survives_a_kill(self, bench: Bench) -> None:
        """After `kill -9` inside `loading` what was acknowledged is there, and exact once the next
        `put` or `loading` is done."""
        for finish in ("put", "loading"):
            bench.empty()
            bench.close()
            _kill_after(bench, "load", 5)
            index = bench.connect()
            last = record("zz", [77_777])
            if finish == "put":
                index.put([last])
            else:
                with index.loading():
                    index.put([last])
            index.refresh()
            found = [one.id for one in everything(index)]
            expected = [one.id for number in range(5) for one in batch_of(number)]
            assert found[: len(expected)] == expected
            assert found[-1] == "zz"
            _check_words(index, found[:-1])
            assert ids_found(index, [77_777]) == ["zz"]
            bench.close()

    @requirement(
        "PERSIST-005",
        level=Capability.PERSISTENT,
        fix="Write the text last, and let 'create' make only what is missing, or all of it anew.",
    )
    def test_creation_survives_a_kill(self, bench: Bench) -> None:
        """After `kill -9` at any moment of a creation, and between any two of its requests, there
        is an index or none, and `create` finishes it."""

        def prepare() -> None:
            bench.fresh().drop()
            bench.close()

        def check() -> None:
            index = bench.connect()
            assert bench.patiently(index.info) in {None, INFO}
            assert bench.patiently(index.create, INFO) == INFO
            put(index, numbered(3))
            check_same(ids_found(index, [1]), [one.id for one in numbered(3)])
            assert index.count() == 3
            bench.close()

        _kill_at_moments(bench, "create", prepare, check)
        _cut_between_requests(bench, lambda driver: driver.create(INFO), prepare, check)

    @requirement(
        "PERSIST-006",
        level=Capability.PERSISTENT,
        fix="Remove the text first, and let 'create' throw away what a removal left.",
    )
    def test_removal_survives_a_kill(self, bench: Bench) -> None:
        """After `kill -9` at any moment of a removal, and between any two of its requests, there is
        the whole index, or none and `create` gives an empty one."""
        records = [record(one.id, [1], ["old"]) for one in numbered(60)]

        def prepare() -> None:
            put(bench.fresh(), records)
            bench.close()

        def check() -> None:
            index = bench.connect()
            there = records

            def use() -> None:
                nonlocal there
                if index.info() is None:
                    there = []
                    assert index.create(INFO) == INFO
                index.refresh()
                names = [one.id for one in there]
                check_same([one.id for one in everything(index)], names, "records")
                check_same(ids_found(index, [1]), names, "by a word")
                check_same([one.id for one in everything(index, tags=["old"])], names, "by a tag")
                assert index.count() == len(names)
                put(index, [record("n000005", [2], ["new"])])
                check_same(ids_found(index, [2]), ["n000005"], "put afterwards")
                check_same([one.id for one in everything(index, tags=["new"])], ["n000005"])

            # The server may still be busy with what the dead process has asked for.
            bench.patiently(use, again=BEING_REMOVED, seconds=20)
            bench.close()

        _kill_at_moments(bench, "drop", prepare, check)
        _cut_between_requests(bench, lambda driver: driver.drop(), prepare, check)

    @requirement(
        "PERSIST-007",
        level=Capability.PERSISTENT,
        fix="Write all parts of a record, and remove its old ones, in one transaction or one "
        "document.",
    )
    def test_records_are_whole_after_a_kill(self, bench: Bench) -> None:
        """After `kill -9` at any moment of a `put` or `delete`, and between any two of its
        requests, each record is there in its old version or the new one, whole, or not at all."""

        def prepare() -> None:
            put(bench.empty(), version(0))
            bench.close()

        def check() -> None:
            index = bench.connect()
            at_rest(lambda: _check_versions(index))
            bench.close()

        for action in ("rewrite", "remove"):
            for part in (0.1, 0.4, 0.7, 1.0):
                prepare()
                _kill_after(bench, action, 4, part)
                check()
        ids = [one.id for one in version(0)]
        _cut_between_requests(bench, lambda driver: driver.put(version(1)), prepare, check)
        _cut_between_requests(bench, lambda driver: driver.delete(ids), prepare, check)

    @requirement(
        "PERSIST-008",
        level=Capability.REMOTE,
        staged=True,
        alone=True,
        fix="Ask for durability with each write, or refuse a server that is set to forget: what a "
        "server acknowledges before it is on disk is lost when it is killed.",
    )
    def test_acknowledged_writes_survive_the_servers_kill(self, bench: Bench) -> None:
        """After `kill -9` of the server every write and every deletion that it acknowledged, while
        it was busy with others, is there."""
        index = bench.empty()
        put(index, doomed())
        bench.close()
        with bench.other_process("put") as writer, bench.other_process("forget") as remover:
            put_at, deleted_at = _Said(writer), _Said(remover)
            for said in (put_at, deleted_at):
                said.wait(20)
            bench.stage.kill_server()
            put_at.end()
            deleted_at.end()
        away = (ErrorKind.TRANSIENT, ErrorKind.UNAVAILABLE)
        index = bench.connect()
        bench.patiently(index.refresh, again=away)
        found = {one.id for one in bench.patiently(everything, index, again=away)}
        written = [one.id for number in put_at.numbers for one in batch_of(number)]
        check_same([one for one in written if one not in found], [], "acknowledged and lost")
        gone = [doomed()[number].id for number in deleted_at.numbers]
        check_same([one for one in gone if one in found], [], "deleted and there again")
        _check_words(index, sorted(one for one in found if one.startswith("batch")))
        # Those that were deleted have the lowest ids, so they would come first.
        by_word = ids_found(index, [DOOMED])
        check_same([one for one in by_word if one not in found], [], "deleted and found")
        bench.close()


MOMENTS = 6
"""A call is killed at its beginning and end, and at moments between that divide it so often."""

CUTS = 6
"""How often a call is cut between two of its requests, at most."""


class _Said:
    """The numbers that a process says, read in a thread, until it ends."""

    def __init__(self, process: OtherProcess) -> None:
        self.numbers: list[int] = []
        self._enough = threading.Condition()
        self.ended = False
        self._thread = threading.Thread(target=self._read, args=[process], daemon=True)
        self._thread.start()

    def wait(self, count: int) -> None:
        """Wait until it has said so many."""
        with self._enough:
            self._enough.wait_for(lambda: self.ended or len(self.numbers) >= count, PATIENCE)
        if len(self.numbers) < count and not self.ended:
            raise Late(f"a process wrote {len(self.numbers)} times only in {PATIENCE:.0f} s")
        assert len(self.numbers) >= count, f"a process wrote {len(self.numbers)} times only"

    def end(self) -> None:
        """Wait until the process has no more to say."""
        self._thread.join(PATIENCE)
        if not self.ended:
            raise Late("a process did not notice that the server was killed")

    def _read(self, process: OtherProcess) -> None:
        for said in process.said():
            with self._enough:
                if isinstance(said, int):
                    self.numbers.append(said)
                self._enough.notify_all()
        with self._enough:
            self.ended = True
            self._enough.notify_all()


def _kill_after(bench: Bench, action: str, acknowledged: int, part: float = 0.0) -> None:
    """Kill a process once it has said so many times that something is stored.

    Args:
        part: how much of the next time it is given: 0.5 is the middle, as far as one can tell.
    """
    said, moments = [], [time.monotonic()]
    with bench.other_process(action) as process:
        for one in islice(process.said(), acknowledged):
            said.append(one)
            moments.append(time.monotonic())
        last = moments[-1] - moments[-2] if acknowledged > 1 else 0.0
        time.sleep(part * last)
        process.kill()
    assert said == list(range(acknowledged))


def _kill_at_moments(
    bench: Bench, action: str, prepare: Callable[[], None], check: Callable[[], None]
) -> None:
    """Kill a process at moments that are spread over the time that its call takes."""
    seconds = None
    for moment in range(-1, MOMENTS + 1):
        prepare()
        with bench.other_process(action, info=INFO) as process:
            output = process.said()
            assert next(output) == "ready"
            began = time.monotonic()
            if seconds is None:
                next(output)
                seconds = time.monotonic() - began
            else:
                time.sleep(seconds * moment / MOMENTS)
            process.kill()
        check()


def _cut_between_requests(
    bench: Bench,
    call: Callable[[Driver], object],
    prepare: Callable[[], None],
    check: Callable[[], None],
) -> None:
    """Cut a remote driver's connections after the first, the second, … request of a call."""
    if not is_remote(bench.driver_type):
        return
    cuts: Sequence[int | None] = [None]
    while cuts:
        cut, *cuts = cuts
        prepare()
        relay = bench.relay(bench.stage.address())
        driver = bench.connect(url=bench.stage.at_address(relay.host, relay.port))
        driver.info()
        before = relay.requests
        if cut is None:
            call(driver)
            requests = relay.requests - before
            cuts = range(0, requests + 1, requests // CUTS + 1)
        else:
            relay.cut_after(cut)
            # A client looks for the server that has gone as long as it has time.
            with driver.deadline(1.0):
                quietly(call, driver)
        relay.stop()
        quietly(driver.close)
        check()


def _all_at_rest(index: Driver) -> list[Stored]:
    """Return all records, once the server has done what a dead process has asked for."""

    def read() -> list[Stored]:
        index.refresh()
        return everything(index)

    return at_rest(read)


def _check_versions(index: Driver) -> list[Stored]:
    """Return all records, each of which is whole, and found by what its version has."""
    index.refresh()
    found = everything(index)
    old, new = stored(version(0)), stored(version(1))
    known = {one.id: (one, other) for one, other in zip(old, new, strict=True)}
    check_same([one.id for one in found if one not in known.get(one.id, ())], [], "in no version")
    of_old = [one.id for one in found if one in old]
    of_new = [one.id for one in found if one in new]
    check_same(ids_found(index, [1]), of_old, "by a word of the old version")
    check_same(ids_found(index, [3]), of_new, "by a word of the new version")
    check_same(ids_found(index, [2]), [one.id for one in found], "by a word of both")
    check_same([one.id for one in everything(index, tags=["x"])], of_old, "by an old tag")
    check_same([one.id for one in everything(index, tags=["y"])], of_new, "by a new tag")
    assert index.count() == len(found)
    return found


def _check_words(index: Driver, ids: Sequence[str]) -> None:
    """Every record is found by its word, and nothing else is."""
    last = int(ids[-1][5:10]) if ids else 0
    queries = [Query((number,), (), 2 * BATCH) for number in range(last + 2)]
    found = [
        one.id
        for start in range(0, len(queries), 64)
        for answer in index.candidates(queries[start : start + 64])
        for one in answer
    ]
    check_same(found, list(ids), "by their words")
