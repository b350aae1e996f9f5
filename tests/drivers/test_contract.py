"""What the storage protocol promises, on both embedded drivers."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from imagematch_core.drivers.registry import find_driver
from imagematch_core.errors import Closed, ErrorKind, InvalidTarget, StorageError
from imagematch_core.protocol.driver import Driver
from imagematch_core.protocol.values import Query, Record

from .records import by_id, expected_candidates, expected_scan, record, stored

ODD_IDS = [
    " ",
    " leading",
    "trailing ",
    "trailing",
    "A",
    "a",
    "Ä",
    "A\u0308",
    "\u00e9",
    "e\u0301",
    "ß",
    "ss",
    "\uffff",
    "\U00010000",
    "\U0001f600",
    "'; drop table x; --",
    '"quoted"',
    "back\\slash",
    "100%",
    "_",
    "\x01\x1f\x7f",
    "line\nbreak",
    "null",
    "1",
    "01",
    "1.0",
    "\u202eright to left",
    "x" * 512,
    "\U0001f600" * 128,
]


def test_an_index_exists_once_created_and_keeps_its_first_text(target: str) -> None:
    with (
        find_driver(target).connect(target, "images") as first,
        find_driver(target).connect(target, "images") as second,
    ):
        assert first.info() is None
        assert second.create('{"a":1}') == '{"a":1}'
        assert first.info() == '{"a":1}'
        assert first.create('{"b":2}') == '{"a":1}'
        first.drop()
        assert second.info() is None


def test_creators_at_once_all_get_one_text(target: str) -> None:
    barrier = threading.Barrier(8)

    def create(number: int) -> str:
        with find_driver(target).connect(target, "images") as driver:
            barrier.wait()
            return driver.create(str(number))

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(create, range(8)))) == 1


def test_records_come_back_as_they_were_in_the_order_asked(driver: Driver) -> None:
    records = [
        record(record_id, signature=record_id.encode()[:1024] + b"\0", body=f'"{number}\\u0000é😀"')
        for number, record_id in enumerate(ODD_IDS)
    ]
    driver.put(by_id(records))
    asked = [*reversed(ODD_IDS), "missing"]
    assert driver.get(asked) == [stored(record) for record in reversed(records)]
    assert driver.count() == len(ODD_IDS)


def test_bodies_come_back_to_the_letter(driver: Driver) -> None:
    bodies = ["1e16", "-0.0", '{"b":1,"a":{"$ref":"x","$id":1}}', '"\\ud800"', '"' + "x" * 2**20]
    records = [record(str(number), body=body) for number, body in enumerate(bodies)]
    driver.put(records)
    assert [found.body for found in driver.get([r.id for r in records])] == bodies


def test_candidates_are_ordered_by_shared_words_then_by_code_point(driver: Driver) -> None:
    records = [record(record_id, words=[1]) for record_id in ODD_IDS]
    records.append(record("~ most", words=[-(2**31), 1, 2**31 - 1]))
    driver.put(by_id(records))
    query = Query((-(2**31), 1, 7, 2**31 - 1))
    [found] = driver.candidates([query])
    assert found == expected_candidates(records, query)
    assert found[0].id == "~ most"
    assert [hit.id for hit in found[1:]] == sorted(ODD_IDS)


def test_scan_meets_all_records_in_order_of_code_points(driver: Driver) -> None:
    records = [record(record_id, tags=["t"] * (len(record_id) % 2)) for record_id in ODD_IDS]
    driver.put(by_id(records))
    for tags in [(), ("t",), ("t", "u")]:
        met, after = [], None
        while page := driver.scan(after, 4, tags):
            assert len(page) <= 4
            met += page
            after = page[-1].id
        assert met == expected_scan(records, tags)


def test_the_limit_keeps_the_first(driver: Driver) -> None:
    records = [record(f"{n:03}", words=range(n % 7 + 1)) for n in range(100)]
    driver.put(records)
    for limit in (1, 14, 15, 99, 100, 101, 10_000):
        query = Query(tuple(range(5)), limit=limit)
        assert driver.candidates([query]) == [expected_candidates(records, query)]


def test_each_query_gets_its_own_answer(driver: Driver) -> None:
    records = [
        record(f"{n:03}", words=[n, n + 1], tags=[f"t{n % 2}", f"u{n % 3}"]) for n in range(90)
    ]
    driver.put(records)
    queries = [
        Query(()),
        Query((-1,)),
        *(Query((n, n + 1), (f"t{n % 2}",)) for n in range(60)),
        Query(tuple(range(1000)), ("t0", "u0"), limit=5),
        Query((3,), ("no such tag",)),
    ]
    assert len(queries) == 64
    assert driver.candidates(queries) == [expected_candidates(records, q) for q in queries]


def test_the_largest_batch_and_query(driver: Driver) -> None:
    records = [
        record(f"{n:04}", range(n, n + 64), [f"{t:0256}" for t in range(n % 18)], b"s" * 1024)
        for n in range(1000)
    ]
    driver.put(records)
    query = Query(tuple(range(1000)), tuple(f"{t:0256}" for t in range(16)), limit=10_000)
    assert driver.candidates([query]) == [expected_candidates(records, query)]
    assert driver.delete([record.id for record in records]) == 1000
    assert driver.candidates([query]) == [[]]
    assert driver.count() == 0


def test_a_record_that_is_put_again_is_replaced_whole(driver: Driver) -> None:
    driver.put([record("a", [1, 2], ["x"], b"1", "1"), record("b", [2], ["x"], b"1", "1")])
    driver.put([record("a", [2, 3], ["y"], b"2", "2")])
    driver.put([record("a", [2, 3], ["y"], b"2", "2")])
    assert driver.count() == 2
    assert driver.get(["a"]) == [stored(record("a", signature=b"2", body="2"))]
    assert [
        [hit.id for hit in found] for found in driver.candidates([Query((1,)), Query((3,))])
    ] == [
        [],
        ["a"],
    ]
    assert [found.id for found in driver.scan(None, 9, ["x"])] == ["b"]
    assert [found.id for found in driver.scan(None, 9, ["y"])] == ["a"]


def test_a_deleted_record_is_gone_and_can_come_back(driver: Driver) -> None:
    driver.put([record("a", [1], ["t"]), record("b", [1], ["t"])])
    assert [found.id for found in driver.scan(None, 9)] == ["a", "b"]
    assert driver.delete(["a", "missing"]) == 1
    assert driver.delete(["a"]) == 0
    assert [found.id for found in driver.scan(None, 9, ["t"])] == ["b"]
    assert [hit.id for hit in driver.candidates([Query((1,), ("t",))])[0]] == ["b"]
    driver.put([record("a", [2])])
    assert [found.id for found in driver.scan(None, 9)] == ["a", "b"]
    assert [hit.id for hit in driver.candidates([Query((1, 2))])[0]] == ["a", "b"]


def test_many_changes_leave_no_trace(driver: Driver) -> None:
    for version in range(12):
        records = [record(f"{n:03}", [version, n], [f"v{version}"]) for n in range(300)]
        driver.put(records)
        driver.delete([record.id for record in records[::2]])
    left = records[1::2]
    queries = [Query((11,)), Query((10,)), Query(tuple(range(300)), ("v11",)), Query((1,), ("v0",))]
    assert driver.candidates(queries) == [expected_candidates(left, query) for query in queries]
    assert driver.scan(None, 1000) == expected_scan(left)
    assert driver.count() == 150


def test_indexes_with_similar_names_are_apart(target: str) -> None:
    names = ["a", "a_words", "a-words", "a_meta", "ab", "words", "a" * 40]
    drivers = {name: find_driver(target).connect(target, name) for name in names}
    for name, driver in drivers.items():
        driver.create(name)
        driver.put([record(name, [1])])
    drivers["a"].drop()
    drivers["a"].drop()
    assert drivers["a"].info() is None
    for name in names[1:]:
        assert drivers[name].info() == name
        assert [hit.id for hit in drivers[name].candidates([Query((1,))])[0]] == [name]
    for driver in drivers.values():
        driver.drop()
        driver.close()


def test_a_dropped_index_is_missing_and_writing_does_not_bring_it_back(driver: Driver) -> None:
    driver.drop()
    calls: list[Callable[[], object]] = [
        lambda: driver.put([record("a")]),
        lambda: driver.delete(["a"]),
        lambda: driver.get(["a"]),
        lambda: driver.candidates([Query((1,))]),
        lambda: driver.scan(None, 1),
        driver.count,
    ]
    for call in calls:
        with pytest.raises(StorageError) as caught:
            call()
        assert caught.value.kind is ErrorKind.MISSING_INDEX
    assert driver.info() is None
    driver.create("new")
    assert driver.count() == 0


def test_after_close_every_call_says_so(driver: Driver) -> None:
    driver.close()
    driver.close()
    calls: list[Callable[[], object]] = [
        driver.info,
        lambda: driver.create("x"),
        lambda: driver.put([record("a")]),
        lambda: driver.delete(["a"]),
        lambda: driver.get(["a"]),
        lambda: driver.candidates([Query((1,))]),
        lambda: driver.scan(None, 1),
        driver.count,
        driver.refresh,
        driver.drop,
        driver.server_version,
    ]
    for call in calls:
        with pytest.raises(Closed):
            call()


def test_close_lets_calls_in_flight_end(target: str, driver: Driver) -> None:
    driver.put([record(f"{n:03}", range(64)) for n in range(500)])
    shared = find_driver(target).connect(target, "images")
    started = threading.Barrier(5)

    def search() -> int:
        started.wait()
        answered = 0
        while True:
            try:
                [found] = shared.candidates([Query(tuple(range(64)))])
            except Closed:
                return answered
            assert len(found) == 500
            answered += 1

    with ThreadPoolExecutor(4) as pool:
        searches = [pool.submit(search) for _ in range(4)]
        started.wait()
        shared.close()
        for done in searches:
            done.result(timeout=30)


def test_threads_and_instances_write_to_one_index(target: str, driver: Driver) -> None:
    def write(thread: int) -> None:
        with find_driver(target).connect(target, "images") as own:
            for n in range(10):
                (own if thread % 2 else driver).put([record(f"{thread}-{n}", [thread, 100 + n])])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    driver.refresh()
    records = [record(f"{t}-{n}", [t, 100 + n]) for t in range(6) for n in range(10)]
    queries = [Query(tuple(range(110))), Query((3,)), Query((105,))]
    assert driver.candidates(queries) == [expected_candidates(records, q) for q in queries]
    assert driver.count() == 60


def test_a_record_that_is_being_replaced_is_met_exactly_once(target: str, driver: Driver) -> None:
    versions = [
        [record(f"{n:02}", [1], signature=bytes([version]), body=str(version)) for n in range(50)]
        for version in range(2)
    ]
    driver.put(versions[0])
    stop = threading.Event()

    def replace() -> None:
        with find_driver(target).connect(target, "images") as own:
            while not stop.is_set():
                for version in versions:
                    own.put(version)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(replace)
        try:
            for _ in range(50):
                [hits] = driver.candidates([Query((1,))])
                page = driver.scan(None, 1000)
                assert [hit.id for hit in hits] == [f"{n:02}" for n in range(50)]
                assert [found.id for found in page] == [f"{n:02}" for n in range(50)]
                assert all(bytes([int(found.body)]) == found.signature for found in page)
        finally:
            stop.set()
        writing.result(timeout=30)


def test_search_is_exact_while_loading(target: str, driver: Driver) -> None:
    other = find_driver(target).connect(target, "images")
    before = [record(f"a{n}", [1, 2, n], ["t"]) for n in range(10, 20)]
    driver.put(before)
    with driver.loading():
        during = [record(f"b{n}", [1, 3, n], ["t"] * (n % 2)) for n in range(10, 30)]
        changed = record("a10", [3, 4])
        driver.put(during)
        driver.put([changed])
        driver.delete(["b12", "a11"])
        other.put([mixed := record("c", [1, 3])])
        driver.put([record("b13", [1])])
        records = {r.id: r for r in [*before, *during, changed, mixed, record("b13", [1])]}
        del records["b12"], records["a11"]
        queries = [Query((1, 2, 3, 4), limit=7), Query((1, 14), ("t",)), Query((3,)), Query((9,))]
        answers = [expected_candidates(records.values(), query) for query in queries]
        assert driver.candidates(queries) == answers
        assert other.candidates(queries) == answers
    assert driver.candidates(queries) == answers
    assert other.candidates(queries) == answers
    other.close()


def test_nothing_given_is_changed(driver: Driver) -> None:
    records = [record("a", [1, 2], ["t"]), record("b", [1])]
    ids = ["a", "b"]
    queries = [Query((1, 2), ("t",))]
    driver.put(records)
    driver.get(ids)
    driver.candidates(queries)
    driver.delete(ids)
    assert records == [record("a", [1, 2], ["t"]), record("b", [1])]
    assert ids == ["a", "b"]
    assert queries == [Query((1, 2), ("t",))]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_child_is_refused_and_does_no_harm(driver: Driver) -> None:
    driver.put([record("a", [1])])
    child = os.fork()
    if child == 0:
        try:
            driver.count()
        except StorageError as err:
            driver.close()
            os._exit(0 if "fork" in str(err) else 2)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    driver.put([record("b", [1])])
    assert driver.count() == 2


def test_options_that_nobody_knows_are_refused(target: str) -> None:
    with pytest.raises(InvalidTarget, match="colour"):
        find_driver(target).connect(target, "images", colour="blue")


def test_the_version_names_the_engine(driver: Driver) -> None:
    assert driver.server_version().partition(" ")[0] in ("Python", "SQLite")


def test_exceptions_of_others_are_not_claimed(driver: Driver) -> None:
    for err in (ValueError("x"), KeyboardInterrupt(), OSError("x")):
        assert type(driver).classify(err) is None


def test_records_without_words_are_stored_but_never_found(driver: Driver) -> None:
    driver.put([Record("a", (), (), b"s", "{}")])
    assert driver.count() == 1
    assert driver.candidates([Query((0,))]) == [[]]
