"""What Elasticsearch refuses, and what becomes of it."""

import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from conftest import Connect
from elasticsearch import Elasticsearch
from guarded_elasticsearch import Guarded
from imagematch_core.protocol import (
    BulkError,
    Driver,
    ErrorKind,
    Failure,
    Query,
    Record,
    StorageError,
)

from imagematch_es import ElasticsearchDriver
from imagematch_es.errors import kind_of_answer

RECORDS = [Record(f"{number:04}", (1, number), (), b"s", "{}") for number in range(100)]


def kind(driver: Driver, call: Callable[[], object]) -> ErrorKind | None:
    """How a call fails."""
    try:
        call()
    except StorageError as err:
        return err.kind
    except Exception as err:  # noqa: BLE001 - to be classified
        return driver.classify(err)
    raise AssertionError("it did not fail")


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("index.blocks.read_only_allow_delete", ErrorKind.FULL),  # what a full disk sets
        ("index.blocks.write", ErrorKind.READ_ONLY),
        ("index.blocks.read_only", ErrorKind.READ_ONLY),
    ],
)
def test_a_blocked_index_can_be_searched(
    connect: Connect, client: Elasticsearch, block: str, expected: ErrorKind
) -> None:
    driver = connect()
    driver.create("{}")
    driver.put(RECORDS[:3])
    driver.refresh()
    client.indices.put_settings(index="imagematch-test", settings={block: True})
    try:
        with pytest.raises(BulkError) as caught:
            driver.put(RECORDS[:5])
        assert set(caught.value.failures) == {"0003", "0004"}  # the others are there
        assert {failure.kind for failure in caught.value.failures.values()} == {expected}
        assert len(driver.candidates([Query((1,))])[0]) == len(driver.scan(None, 9)) == 3
    finally:
        client.indices.put_settings(index="imagematch-test", settings={block: None})
    driver.put(RECORDS[:5])


def test_a_closed_index_says_so(connect: Connect, client: Elasticsearch) -> None:
    driver = connect()
    driver.create("{}")
    client.indices.close(index="imagematch-test")
    for call in (driver.count, lambda: driver.get(["a"]), lambda: driver.put(RECORDS)):
        assert kind(driver, call) is ErrorKind.BAD_REQUEST


def test_shards_that_are_away_are_no_empty_index(
    connect: Connect,
    client: Elasticsearch,
    template: Callable[[dict[str, Any]], None],
) -> None:
    template({"settings": {"index.routing.allocation.require._name": "nobody"}})
    driver = connect(shards=2)
    with driver.deadline(2.0):
        assert kind(driver, lambda: driver.create("{}")) is ErrorKind.TIMEOUT
    calls: list[Callable[[], object]] = [
        driver.count,
        lambda: driver.candidates([Query((1,))]),
        lambda: driver.scan(None, 9),
        lambda: driver.get(["a"]),
    ]
    assert {kind(driver, call) for call in calls} == {ErrorKind.UNAVAILABLE}
    with driver.deadline(1.0):
        assert kind(driver, driver.refresh) is ErrorKind.TIMEOUT
    driver.drop()


def test_a_master_that_is_busy_ran_out_of_time() -> None:
    """As a loaded server answered a call that had no time left."""
    error = {
        "type": "process_cluster_event_timeout_exception",
        "reason": "failed to process cluster event (delete-index [[pictures.1]]) within 1ms",
    }
    assert kind_of_answer(503, error) is ErrorKind.TIMEOUT


def test_back_pressure_names_what_was_refused(guarded: Guarded) -> None:
    """The server has one thread for writes and lets one wait; each shard's part is a write."""
    with ElasticsearchDriver.connect(guarded.url_of("owner"), "test", shards=20) as driver:
        driver.drop()
        driver.create("{}")
        stored: set[str] = set()
        for turn in range(50):
            batch = [Record(f"{turn}-{one.id}", one.words, (), b"s", "{}") for one in RECORDS]
            refused: dict[str, Failure] = {}
            try:
                driver.put(batch)
            except BulkError as err:
                refused = err.failures
            stored |= {one.id for one in batch}.difference(refused)
            if refused:
                break
        assert {each.kind for each in refused.values()} == {ErrorKind.TRANSIENT}
        assert stored
        driver.refresh()
        assert {hit.id for hit in driver.candidates([Query((1,), (), 10_000)])[0]} == stored
        driver.drop()


def test_who_may_do_what(guarded: Guarded) -> None:
    """The rights that the README names are enough, and the others are DENIED."""
    with (
        ElasticsearchDriver.connect(guarded.url_of("owner"), "test") as owner,
        ElasticsearchDriver.connect(guarded.url_of("writer"), "test") as writer,
        ElasticsearchDriver.connect(guarded.url_of("reader"), "test") as reader,
        ElasticsearchDriver.connect(guarded.url_of("stranger"), "test") as stranger,
        ElasticsearchDriver.connect(guarded.url_of("owner", "wrong"), "test") as unknown,
    ):
        owner.drop()
        assert kind(writer, lambda: writer.create("{}")) is ErrorKind.DENIED
        owner.create("{}")
        assert owner.server_version() == "Elasticsearch 9.2.4"
        assert writer.info() == reader.info() == "{}"
        writer.put(RECORDS[:5])
        writer.put(RECORDS[:5])
        writer.delete(["0004"])
        writer.refresh()
        for each in (owner, writer, reader):
            assert len(each.candidates([Query((1,))])[0]) == each.count() == 4
            assert len(each.get(["0001"])) == len(each.scan("0002", 9)) == 1
        assert kind(reader, lambda: reader.put(RECORDS[4:])) is ErrorKind.DENIED
        assert kind(reader, lambda: reader.delete(["0001"])) is ErrorKind.DENIED
        assert kind(writer, writer.drop) is ErrorKind.DENIED
        assert kind(writer, writer.server_version) is ErrorKind.DENIED
        assert kind(stranger, stranger.info) is ErrorKind.DENIED
        assert kind(unknown, unknown.info) is ErrorKind.AUTH
        assert owner.count() == 4
        owner.drop()


def test_acknowledged_records_survive_a_kill(guarded: Guarded) -> None:
    """Records that are put, and put again by somebody else, while the server dies."""
    url = guarded.url_of("owner")
    acknowledged: list[str] = []
    with (
        ElasticsearchDriver.connect(url, "test") as driver,
        ElasticsearchDriver.connect(url, "test") as other,
    ):
        driver.drop()
        driver.create("{}")

        def write(driver: Driver) -> None:
            for turn in range(100_000):
                batch = [Record(f"{turn}-{one.id}", one.words, (), b"s", "{}") for one in RECORDS]
                try:
                    driver.put(batch)
                except BulkError:
                    continue
                except Exception:  # noqa: BLE001 - the server is gone
                    return
                acknowledged.extend(one.id for one in batch)

        threads = [threading.Thread(target=write, args=(each,)) for each in (driver, other)]
        for thread in threads:
            thread.start()
        while len(acknowledged) < 2_000:
            time.sleep(0.01)
        guarded.server.kill()
        for thread in threads:
            thread.join()
        guarded.server.restart()
        ids = sorted(set(acknowledged))
        found = [
            one.id for at in range(0, len(ids), 1_000) for one in driver.get(ids[at : at + 1_000])
        ]
        assert found == ids
        driver.refresh()
        assert driver.count() >= len(ids)
        driver.drop()


def test_many_threads_give_up_in_time() -> None:
    """Waiting for a connection is waiting, too; so is sending what nobody reads."""
    with ExitStack() as hanging_up, ThreadPoolExecutor(40) as pool:
        listener = hanging_up.enter_context(socket.create_server(("127.0.0.1", 0), backlog=100))
        listener.settimeout(300)
        address = f"elasticsearch://127.0.0.1:{listener.getsockname()[1]}"
        driver = ElasticsearchDriver.connect(address, "test", timeout=600)
        patient = [pool.submit(kind, driver, driver.info) for _ in range(40)]
        for _ in patient:  # each has a connection, and waits for an answer
            hanging_up.enter_context(listener.accept()[0])
        with driver.deadline(1.0):
            assert kind(driver, driver.info) is ErrorKind.TIMEOUT
        with driver.deadline(1.0):
            assert kind(driver, lambda: driver.get(["x" * 512] * 20_000)) is ErrorKind.TIMEOUT
        assert not any(call.done() for call in patient)
        hanging_up.close()
        assert {call.result() for call in patient} == {ErrorKind.UNAVAILABLE}
        driver.close()


def test_a_forked_child_opens_its_own(connect: Connect) -> None:
    driver = connect()
    driver.create("{}")
    child = os.fork()
    if child == 0:
        try:
            driver.count()
        except StorageError as err:
            os._exit(0 if "fork" in str(err) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert driver.count() == 0


HEAD = (
    b"HTTP/1.1 200 OK\r\nX-elastic-product: Elasticsearch\r\n"
    b"content-type: application/vnd.elasticsearch+json;compatible-with=9\r\n"
)


@pytest.mark.parametrize(
    "answer", [HEAD + b"content-le", HEAD, HEAD[:-20], HEAD[:17], HEAD[:12], b""]
)
def test_an_answer_that_is_cut_in_its_head_is_unavailable(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with listener.accept()[0] as peer:
                peer.recv(65_536)
                peer.sendall(answer)

        server = threading.Thread(target=serve)
        server.start()
        url = f"elasticsearch://127.0.0.1:{listener.getsockname()[1]}"
        with ElasticsearchDriver.connect(url, "test", timeout=60) as driver:
            assert kind(driver, driver.info) is ErrorKind.UNAVAILABLE
        server.join()


@pytest.mark.parametrize(
    ("host", "reason"), [("127.0.0.1:1", "refused"), ("nowhere.invalid", "not known")]
)
def test_why_a_server_can_t_be_reached_is_said(host: str, reason: str) -> None:
    with (
        ElasticsearchDriver.connect(f"elasticsearch://{host}", "test", timeout=60) as driver,
        pytest.raises(StorageError, match=reason),
    ):
        driver.info()
