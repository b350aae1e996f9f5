"""Other processes, and processes that are killed."""

import json
import time
from collections.abc import Sequence
from itertools import islice

from imagematch_core.protocol import Capability, Driver, Query

from ..bench import Bench, everything, ids_found, lines, put, stored
from ..child import BATCH, batch_of
from ..records import INFO, numbered, record
from ..requirement import requirement
from .fixtures import Fixtures


class Surviving(Fixtures):
    """What the capabilities PERSISTENT and MULTI_PROCESS promise, and what their absence does."""

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
            outputs = [lines(process) for process in (one, two, three)]
            for output in outputs:
                assert json.loads(next(output)) == "ready"
            returned = [json.loads(next(output)) for output in outputs]
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
            outputs = [lines(process) for process in (one, two)]
            for output in outputs:
                assert json.loads(next(output)) == "ready"
            for turn in range(15):
                mine = [
                    record(each.id, [1], body=f'{{"of": "three", "turn": {turn}}}')
                    for each in numbered(40)
                ]
                bench.patiently(index.put, mine)
            assert [json.loads(next(output)) for output in outputs] == ["done", "done"]
        index.refresh()
        found = everything(index)
        assert [each.id for each in found] == [each.id for each in numbered(40)]
        assert {json.loads(each.body)["turn"] for each in found} == {14}
        assert ids_found(index, [1]) == [each.id for each in found]

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
        for batches in (1, 4, 15):
            bench.empty()
            bench.close()
            _kill_after(bench, "put", batches)
            index = bench.connect()
            index.refresh()
            found = everything(index)
            expected = [one for number in range(batches) for one in stored(batch_of(number))]
            assert found[: len(expected)] == expected
            _check_words(index, [one.id for one in found])
            put(index, batch_of(batches))
            _check_words(index, [one.id for one in everything(index)])

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
        index.refresh()
        left = [one.id for one in everything(index)]
        assert not [one for one in left if one < batch_of(6)[0].id]
        _check_words(index, left)

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
        fix="Write the text last, and let 'create' make only what is missing.",
    )
    def test_creation_survives_a_kill(self, bench: Bench) -> None:
        """After `kill -9` at any moment of a creation there is an index or none, and `create`
        finishes it."""
        for milliseconds in (0, 2, 5, 10, 25):
            bench.fresh().drop()
            bench.close()
            with bench.other_process("create", info=INFO) as process:
                assert json.loads(next(lines(process))) == "ready"
                time.sleep(milliseconds / 1_000)
                process.kill()
            index = bench.connect()
            assert index.info() in {None, INFO}
            assert index.create(INFO) == INFO
            put(index, numbered(3))
            assert ids_found(index, [1]) == ["n000000", "n000001", "n000002"]


def _kill_after(bench: Bench, action: str, acknowledged: int) -> None:
    """Kill a process once it has said so many times that something is stored."""
    with bench.other_process(action) as process:
        said = [json.loads(line) for line in islice(lines(process), acknowledged)]
        process.kill()
    assert said == list(range(acknowledged))


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
    assert found == list(ids)
    assert index.count() >= len(ids)
