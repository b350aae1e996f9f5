"""The bench of a test: instances of the driver under test, opened as users open them."""

import gc
import os
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, TypeVar

import pytest
from imagematch_core.drivers.registry import find_driver
from imagematch_core.protocol import (
    MAX_BATCH_RECORDS,
    Capability,
    Driver,
    ErrorKind,
    Query,
    Record,
    StorageError,
    Stored,
)

from .network import Relay
from .processes import PATIENCE, OtherProcess, other_process
from .records import INFO, in_order
from .stage import INDEX, Stage, stage_for
from .timing import Late
from .watching import Watch, run_watched, watched

Result = TypeVar("Result")

MAIN = os.environ.get(INDEX, "certify")
"""The index of most tests. All names of the suite begin with it, and are the same in each run, so
that a run clears away what a crashed one left."""

TIMEOUT = 90.0
"""Seconds that a call has unless a test is about time: enough on a machine that is overloaded."""

TRANSIENT = (ErrorKind.TRANSIENT,)


class Bench:
    """Opens instances of a driver, and closes all of them in the end.

    Args:
        url: selects the driver by its entry point, as it does for users.
        made: the names of the indexes that the tests have made; those of earlier runs, perhaps of
            an earlier version of the driver, are not among them.
        watch: of the calls that are made.
    """

    def __init__(self, url: str, made: set[str], watch: Watch) -> None:
        self.url = url
        self.driver_type = find_driver(url)
        self.stage: Stage = stage_for(url)
        self._made = made
        self._watch = watch
        self._open: list[Driver] = []
        self._relays: list[Relay] = []

    def has(self, capability: Capability) -> bool:
        """Return whether the driver declares this."""
        return capability in self.driver_type.capabilities

    def connect(
        self, index: str = MAIN, *, url: str | None = None, timeout: float = TIMEOUT, **options: Any
    ) -> Driver:
        """Return an instance, which is closed when the test ends."""
        driver = watched(
            self.driver_type.connect(url or self.url, index, timeout=timeout, **options),
            self._watch,
        )
        self._open.append(driver)
        return driver

    def fresh(self, index: str = MAIN, info: str = INFO) -> Driver:
        """Return an instance of an index that was just made."""
        driver = self.connect(index)
        discard(driver)
        self._made.add(index)
        driver.create(info)
        return driver

    def empty(self, index: str = MAIN) -> Driver:
        """Return an instance of an empty index; quicker than `fresh`, but for the first time."""
        if index not in self._made:
            return self.fresh(index)
        driver = self.connect(index)
        if driver.info() != INFO:
            discard(driver)
            driver.create(INFO)
            return driver
        driver.refresh()
        while page := driver.scan(None, MAX_BATCH_RECORDS):
            if not driver.delete([stored.id for stored in page]):
                break
            driver.refresh()
        if driver.count() or driver.scan(None, 1):
            # It deletes badly, which a test of its own finds; this one needs an empty index.
            discard(driver)
            driver.create(INFO)
        return driver

    def relay(self, target: tuple[str, int] | None = None) -> Relay:
        """Return a running relay, which ends when the test does, however that ends."""
        relay = Relay(target)
        relay.start()
        self._relays.append(relay)
        return relay

    def run(self, work: Callable[[], Result]) -> Result:
        """Do some work under watch, as `run_watched` does."""
        return run_watched(work, self._watch)

    def kind(self, err: BaseException) -> ErrorKind | None:
        """Return the kind that the core would make of an exception from the driver."""
        return err.kind if isinstance(err, StorageError) else self.driver_type.classify(err)

    def patiently(
        self,
        call: Callable[..., Result],
        *args: Any,
        again: Collection[ErrorKind] = TRANSIENT,
        seconds: float = PATIENCE,
    ) -> Result:
        """Call as the core does: again while the driver says that the error is transient.

        Raises:
            Late: it still says so when the time is over.
        """
        end = time.monotonic() + seconds
        while True:
            try:
                return call(*args)
            except Exception as err:
                kind = self.kind(err)
                if kind not in again:
                    raise
                if time.monotonic() > end:
                    raise Late(f"still {kind} after {seconds:.0f} s: {err}") from err
                time.sleep(0.01)

    @contextmanager
    def raises(self, *kinds: ErrorKind) -> Iterator[None]:
        """Expect an error that the driver classifies as one of `kinds`."""
        try:
            yield
        except Exception as err:
            if self.kind(err) not in kinds:
                raise AssertionError(
                    f"expected {' or '.join(kinds)}, but {type(err).__name__} ({err}) is "
                    f"classified as {self.kind(err)}"
                ) from err
        else:
            raise AssertionError(f"expected an error: {' or '.join(kinds)}")

    @contextmanager
    def allows(self, *kinds: ErrorKind) -> Iterator[None]:
        """Accept errors that the driver classifies as one of `kinds`, and no others."""
        try:
            yield
        except AssertionError:
            raise
        except Exception as err:
            if self.kind(err) not in kinds:
                raise AssertionError(
                    f"{type(err).__name__} ({err}) is classified as {self.kind(err)}, where "
                    f"{' or '.join(kinds)} would do"
                ) from err

    def other_process(self, action: str, **given: Any) -> AbstractContextManager[OtherProcess]:
        """Another process that uses the same URL, see `child`; it is killed in the end."""
        work = {"url": self.url, "index": MAIN, "timeout": TIMEOUT, "action": action, **given}
        return other_process(work, [self.driver_type.__module__])

    def ask_other_process(self, action: str, **given: Any) -> Any:
        """Let another process do something, and return what it answers."""
        with self.other_process(action, **given) as process:
            return next(process.said())

    def close(self) -> None:
        """Close every instance."""
        while self._open:
            self._open.pop().close()

    def end(self) -> None:
        """End everything, calls that don't end by themselves too where they meet a relay."""
        for relay in self._relays:
            relay.stop()
        self.run(self.close)


def discard(driver: Driver) -> None:
    """Drop an index of an earlier run; refuse to drop one that the suite did not make."""
    text = driver.info()
    if text is not None and "imagematch-conformance" not in text:
        pytest.exit(
            "the database holds an index with a name that the suite uses, but the suite did not "
            f"make it: it says {text!r}. Certify with another database.",
            returncode=1,
        )
    driver.drop()


def put(driver: Driver, records: Sequence[Record]) -> None:
    """Put any number of records, as the core does, and refresh."""
    ordered = in_order(records)
    for start in range(0, len(ordered), MAX_BATCH_RECORDS):
        driver.put(ordered[start : start + MAX_BATCH_RECORDS])
    driver.refresh()


def stored(records: Sequence[Record]) -> list[Stored]:
    """Return what comes back of records, in the same order."""
    return [Stored(record.id, record.signature, record.body) for record in records]


def everything(driver: Driver, page: int = 1_000, tags: Sequence[str] = ()) -> list[Stored]:
    """Return all records of an index, read page by page."""
    found: list[Stored] = []
    while part := driver.scan(found[-1].id if found else None, page, tags):
        found += part
    return found


def ids_found(driver: Driver, words: Sequence[int], limit: int = 1_000) -> list[str]:
    """Return the ids of one query's candidates."""
    (answer,) = driver.candidates([Query(tuple(words), (), limit)])
    return [candidate.id for candidate in answer]


def together(*calls: Callable[[], Result]) -> list[Result]:
    """Run calls in threads at the same time; return their results, or raise the first error."""
    barrier = threading.Barrier(len(calls))
    results: dict[int, Result] = {}
    errors: list[BaseException] = []

    def run(number: int, call: Callable[[], Result]) -> None:
        try:
            barrier.wait()
            results[number] = call()
        except BaseException as err:  # noqa: BLE001 - raised below, in the test's thread
            errors.append(err)

    threads = [
        threading.Thread(target=run, args=numbered, daemon=True) for numbered in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    if errors:
        raise errors[0]
    if any(thread.is_alive() for thread in threads):
        raise Late(f"calls that ran at the same time did not end in {PATIENCE:.0f} s")
    return [results[number] for number in range(len(calls))]


def settled(measure: Callable[[], int], at_most: int, seconds: float = 20.0) -> int:
    """Measure until it is small enough, or the time is up; return the last measurement."""
    end = time.monotonic() + seconds
    gc.collect()
    while (found := measure()) > at_most and time.monotonic() < end:
        time.sleep(0.05)
    return found


def at_rest(read: Callable[[], Result], seconds: float = 20.0) -> Result:
    """Read until the same is read twice, and return it.

    After a call that failed the server may be busy with it for a while.

    Raises:
        Late: `read` still fails when the time is over.
    """
    end = time.monotonic() + seconds
    results: list[Result] = []
    while True:
        try:
            results.append(read())
        except AssertionError as err:
            if time.monotonic() > end:
                raise Late(f"still so after {seconds:.0f} s: {err}") from err
        if len(results) > 1 and (results[-2] == results[-1] or time.monotonic() > end):
            return results[-1]
        time.sleep(0.1)


def quietly(call: Callable[..., object], *args: Any) -> None:
    """Call, whatever comes of it."""
    with suppress(Exception):
        call(*args)
