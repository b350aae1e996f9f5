"""`Store`: a driver called within its bounds, with its errors named and retried where it helps."""

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

import pytest

from imagematch_core.drivers.memory import MemoryDriver
from imagematch_core.errors import (
    ArgumentError,
    BulkError,
    ErrorKind,
    Failure,
    InvalidTarget,
    StorageError,
    UnknownDriver,
)
from imagematch_core.protocol.driver import Driver
from imagematch_core.protocol.values import Candidate, Query, Record, Stored
from imagematch_core.store import Store


class ClientError(Exception):
    """What a database's client would raise."""


class Flaky(MemoryDriver):
    """Fails as it is told to, and notes what it is asked."""

    kinds: ClassVar[dict[str, ErrorKind]] = {str(kind): kind for kind in ErrorKind}

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.failures: list[Exception] = []
        self.calls: list[tuple[str, Any]] = []

    @classmethod
    def classify(cls, exc: BaseException) -> ErrorKind | None:
        return cls.kinds.get(str(exc).split()[0]) if isinstance(exc, ClientError) else None

    def _note(self, name: str, value: Any) -> None:
        self.calls.append((name, value))
        if self.failures:
            raise self.failures.pop(0)

    def put(self, records: Sequence[Record]) -> None:
        self._note("put", [record.id for record in records])
        super().put(records)

    def get(self, ids: Sequence[str]) -> list[Stored]:
        self._note("get", list(ids))
        return super().get(ids)

    def delete(self, ids: Sequence[str]) -> int:
        self._note("delete", list(ids))
        return super().delete(ids)

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        self._note("candidates", [query.limit for query in queries])
        return super().candidates(queries)

    def count(self) -> int:
        self._note("count", None)
        return super().count()

    def refresh(self) -> None:
        self._note("refresh", None)
        super().refresh()

    @contextmanager
    def loading(self) -> Iterator[None]:
        self._note("loading", None)
        yield
        self._note("loaded", None)

    def asked(self, name: str) -> list[Any]:
        return [value for called, value in self.calls if called == name]


@pytest.fixture
def driver() -> Iterator[Flaky]:
    with Flaky.connect("memory://", "images") as driver:
        driver.create("info")
        yield driver


@pytest.fixture
def store(driver: Flaky) -> Store:
    return Store(driver, "flaky://u:***@host", timeout=600.0, auto_refresh=True)


@pytest.fixture
def hasty(driver: Flaky) -> Store:
    return Store(driver, "flaky://u:***@host", timeout=0.3, auto_refresh=True)


def record(name: str, *, body: str = "{}", words: tuple[int, ...] = (1,)) -> Record:
    return Record(name, words, (), b"signature", body)


def test_puts_are_sorted_distinct_and_cut_by_number(store: Store, driver: Flaky) -> None:
    names = [f"{n:04}" for n in range(2_500)]
    twice = [record("0007", body="first"), *map(record, reversed(names)), record("0008", body="b")]
    assert store.put(twice) == {}
    assert [len(batch) for batch in driver.asked("put")] == [1_000, 1_000, 500]
    assert [name for batch in driver.asked("put") for name in batch] == names
    assert [found.body for found in store.get(["0007", "0008"])] == ["{}", "b"]


def test_puts_are_cut_by_bytes(store: Store, driver: Flaky) -> None:
    large = "x" * (1 << 20)
    assert store.put(record(f"{n}", body=large) for n in range(9)) == {}
    assert [len(batch) for batch in driver.asked("put")] == [7, 2]
    assert store.put([]) == {}


def test_gets_and_deletes_are_cut(store: Store, driver: Flaky) -> None:
    names = [f"{n:04}" for n in range(1_500)]
    store.put(map(record, names))
    asked = [*reversed(names), "0000", "nothing"]
    assert [found.id for found in store.get(asked)] == names[::-1]
    assert [len(batch) for batch in driver.asked("get")] == [1_000, 501]
    assert store.delete([*asked, "0001"]) == 1_500
    assert all(batch == sorted(set(batch)) for batch in driver.asked("delete"))


@pytest.mark.parametrize(
    ("count", "limit", "calls"),
    [(64, 1_000, [64]), (65, 1_000, [64, 1]), (16, 10_000, [6, 6, 4]), (130, 1, [64, 64, 2])],
)
def test_queries_are_cut(
    store: Store, driver: Flaky, count: int, limit: int, calls: list[int]
) -> None:
    store.put([record("a", words=(1,)), record("b", words=(2,))])
    answers = store.candidates([Query((n % 3,), (), limit) for n in range(count)])
    assert [len(batch) for batch in driver.asked("candidates")] == calls
    assert [[found.id for found in answer] for answer in answers] == [
        [[], ["a"], ["b"]][n % 3] for n in range(count)
    ]


def test_a_scan_goes_through_all_pages(store: Store) -> None:
    names = [f"{n:04}" for n in range(2_100)]
    store.put(map(record, names))
    assert [found.id for found in store.scan()] == names
    assert [found.id for found in store.scan(after="2097")] == ["2098", "2099"]


@pytest.mark.parametrize("kind", [ErrorKind.TRANSIENT, ErrorKind.UNAVAILABLE])
def test_what_may_pass_is_tried_again(store: Store, driver: Flaky, kind: ErrorKind) -> None:
    store.count()
    driver.failures = [ClientError(kind), ClientError(kind)]
    assert store.count() == 0
    assert len(driver.asked("count")) == 4


def test_a_database_that_was_never_reached_is_reported_at_once(store: Store, driver: Flaky) -> None:
    driver.failures = [ClientError("unavailable")]
    with pytest.raises(StorageError) as caught:
        store.count()
    assert caught.value.kind is ErrorKind.UNAVAILABLE
    assert len(driver.asked("count")) == 1


def test_retries_end_with_the_time(hasty: Store, driver: Flaky) -> None:
    hasty.count()
    driver.failures = [ClientError("transient")] * 1_000
    with pytest.raises(StorageError) as caught:
        hasty.count()
    assert caught.value.kind is ErrorKind.TRANSIENT
    assert len(driver.asked("count")) < 50


@pytest.mark.parametrize("kind", sorted(set(ErrorKind) - {"transient", "unavailable"}))
def test_anything_else_is_raised_once_wrapped(store: Store, driver: Flaky, kind: ErrorKind) -> None:
    cause = ClientError(f"{kind} because\nof the moon")
    driver.failures = [cause]
    with pytest.raises(StorageError) as caught:
        store.count()
    assert caught.value.kind is kind
    assert caught.value.__cause__ is cause
    assert str(caught.value).startswith("flaky://u:***@host ")
    assert str(caught.value).endswith(f"({kind} because)")


def test_who_ended_a_call_is_told(store: Store, hasty: Store, driver: Flaky) -> None:
    """More time helps a call that had too little, and not one that the server ended before."""
    driver.failures = [ClientError("timeout")]
    with pytest.raises(StorageError, match="before its time was up") as caught:
        store.count()
    assert caught.value.kind is ErrorKind.TIMEOUT
    driver.failures = [ClientError("timeout")]
    with pytest.raises(StorageError, match="allow more with timeout="):
        hasty.count()


def test_what_is_not_the_databases_goes_through(store: Store, driver: Flaky) -> None:
    driver.failures = [ZeroDivisionError()]
    with pytest.raises(ZeroDivisionError):
        store.count()


def test_a_long_winded_client_is_cut_short(driver: Flaky) -> None:
    driver.failures = [cause := ClientError("denied" + " because" * 1_000)]
    with pytest.raises(StorageError, match="because …") as caught:
        Store(driver, "flaky://", timeout=1.0, auto_refresh=True).count()
    assert len(str(caught.value)) < 500
    assert caught.value.__cause__ is cause


def test_one_long_word_is_cut_short_too(driver: Flaky, monkeypatch: pytest.MonkeyPatch) -> None:
    word = "x" * 1_000
    monkeypatch.setitem(Flaky.kinds, word, ErrorKind.DENIED)
    driver.failures = [ClientError(word)]
    with pytest.raises(StorageError, match=r"\(x{100,} …\)$") as caught:
        Store(driver, "flaky://", timeout=1.0, auto_refresh=True).count()
    assert len(str(caught.value)) < 500


def test_secrets_are_masked_in_message_and_cause(driver: Flaky) -> None:
    store = Store(
        driver, "flaky://u:***@host", frozenset({"hunter2"}), timeout=1.0, auto_refresh=True
    )
    driver.failures = [ClientError("auth failed for u:hunter2")]
    with pytest.raises(StorageError) as caught:
        store.count()
    assert "hunter2" not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"


def test_of_a_batch_only_what_may_pass_is_tried_again(store: Store, driver: Flaky) -> None:
    refused = Failure("too odd", ErrorKind.BAD_REQUEST)
    busy = Failure("too busy", ErrorKind.TRANSIENT)
    driver.failures = [BulkError({"b": refused, "c": busy, "d": busy}), BulkError({"d": busy})]
    assert store.put(map(record, "abcd")) == {"b": refused}
    assert driver.asked("put") == [["a", "b", "c", "d"], ["c", "d"], ["d"]]


def test_what_stays_busy_is_told_for_each_record(hasty: Store, driver: Flaky) -> None:
    busy = Failure("too busy", ErrorKind.TRANSIENT)
    driver.failures = [BulkError({"b": busy})] * 1_000
    assert hasty.put(map(record, "ab")) == {"b": busy}


def test_reads_refresh_after_writes_and_only_then(store: Store, driver: Flaky) -> None:
    store.count()
    assert driver.asked("refresh") == []
    store.put([record("a")])
    store.candidates([Query((1,))])
    store.count()
    assert len(driver.asked("refresh")) == 1
    store.delete(["a"])
    driver.failures = []
    list(store.scan())
    assert len(driver.asked("refresh")) == 2


class Lazy(MemoryDriver):
    """Shows what was written after a refresh only; a write takes until it may end."""

    shown: ClassVar[list[Callable[[], object]]] = []

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.begun, self.may_end = threading.Event(), threading.Event()

    def _write(self, show: Callable[[], object]) -> None:
        self.begun.set()
        assert self.may_end.wait(60)
        self.shown.append(show)

    def put(self, records: Sequence[Record]) -> None:
        self._write(partial(super().put, records))

    def delete(self, ids: Sequence[str]) -> int:
        self._write(partial(super().delete, ids))
        return len(ids)

    def refresh(self) -> None:
        while self.shown:
            self.shown.pop()()


@pytest.fixture
def lazy() -> Iterator[Lazy]:
    with Lazy.connect("memory://", "images") as driver:
        driver.create("info")
        MemoryDriver.put(driver, [record("there")])
        yield driver


@pytest.mark.parametrize(
    ("write", "count"),
    [(lambda store: store.put([record("new")]), 2), (lambda store: store.delete(["there"]), 0)],
)
def test_a_read_during_a_write_does_not_hide_it_from_later_ones(
    lazy: Lazy, write: Callable[[Store], object], count: int
) -> None:
    store = Store(lazy, "lazy://", timeout=60.0, auto_refresh=True)
    writer = threading.Thread(target=write, args=(store,))
    writer.start()
    assert lazy.begun.wait(60)
    assert store.count() == 1
    lazy.may_end.set()
    writer.join()
    assert store.count() == count


def test_what_was_written_is_visible_to_others_after_close(lazy: Lazy) -> None:
    other = MemoryDriver(lazy._store, "images", 60.0)
    lazy.may_end.set()
    store = Store(lazy, "lazy://", timeout=60.0, auto_refresh=True)
    store.put([record("new")])
    assert other.count() == 1
    store.close()
    assert other.count() == 2


def test_closing_succeeds_where_the_database_is_gone(store: Store, driver: Flaky) -> None:
    store.put([record("a")])
    driver.failures = [ClientError("unavailable")] * 2
    store.close()
    store.close()
    assert len(driver.asked("refresh")) == 1


def test_a_refresh_that_fails_is_made_up_for(store: Store, driver: Flaky) -> None:
    store.put([record("a")])
    driver.failures = [ClientError("denied")]
    with pytest.raises(StorageError):
        store.count()
    store.count()
    assert len(driver.asked("refresh")) == 2


def test_refreshing_can_be_turned_off(driver: Flaky) -> None:
    store = Store(driver, "flaky://", timeout=1.0, auto_refresh=False)
    store.put([record("a")])
    store.count()
    assert driver.asked("refresh") == []


def test_only_the_databases_own_errors_in_loading_are_wrapped(store: Store, driver: Flaky) -> None:
    inside = ClientError("denied by somebody else")
    with pytest.raises(ClientError) as passed, store.loading():
        raise inside
    assert passed.value is inside
    driver.failures = []
    with pytest.raises(StorageError), store.loading():
        driver.failures = [ClientError("full")]
    driver.failures = [ClientError("denied")]
    with pytest.raises(StorageError), store.loading():
        pass


class Untidy(MemoryDriver):
    """Fails where it cleans up after a load."""

    @contextmanager
    def loading(self) -> Iterator[None]:
        try:
            yield
        finally:
            raise ClientError("gone")


def test_what_went_wrong_while_loading_is_told_and_not_that_cleaning_up_failed() -> None:
    store = Store(Untidy.connect("memory://", "x"), "x", timeout=600.0, auto_refresh=True)
    with pytest.raises(KeyboardInterrupt), store.loading():
        raise KeyboardInterrupt


def test_opening_names_what_is_wrong() -> None:
    with pytest.raises(UnknownDriver):
        Store.open("flaky://", "images")
    with pytest.raises(InvalidTarget):
        Store.open("memory://", "Images")
    with pytest.raises(InvalidTarget):
        Store.open("memory://", "images", colour="red")
    for timeout in (0, -1, math.inf, math.nan, None, "5", True):
        with pytest.raises(ArgumentError, match="timeout="):
            Store.open("memory://", "images", timeout=timeout)  # type: ignore[arg-type]


class Telling(MemoryDriver):
    """Tells the time that it has as its version."""

    def server_version(self) -> str:
        return f"{self.remaining():.0f} s"


def test_a_health_check_has_a_time_of_its_own() -> None:
    store = Store(Telling.connect("memory://", "x"), "x", timeout=300, auto_refresh=True)
    assert store.server_version() == "300 s"
    assert store.server_version(timeout=3) == "3 s"
    with pytest.raises(ArgumentError, match="timeout="):
        store.server_version(timeout=0)


def test_deadlines_belong_to_a_thread_and_nest(driver: Driver) -> None:
    outside = driver.remaining()
    with driver.deadline(500):
        assert 400 < driver.remaining() <= 500
        with driver.deadline(0):
            assert driver.remaining() == 0
        assert driver.remaining() > 400
    assert driver.remaining() == outside
