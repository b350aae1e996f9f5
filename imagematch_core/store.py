"""A driver, called as the storage protocol asks.

Within its bounds on batches, within the time given, its errors wrapped once and retried where
that helps, and refreshed before it reads what it wrote.
"""

import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Self, TypeVar

from more_itertools import chunked, constrained_batches

from .arguments import check_seconds
from .drivers.registry import check_index, describe_target, find_driver
from .errors import (
    ArgumentError,
    BulkError,
    Closed,
    ErrorKind,
    Failure,
    ImageMatchError,
    InvalidTarget,
    StorageError,
)
from .protocol.driver import Driver
from .protocol.redact import redact, redact_exception, secrets_of
from .protocol.values import (
    MAX_BATCH_BYTES,
    MAX_BATCH_RECORDS,
    MAX_CALL_CANDIDATES,
    MAX_QUERIES,
    Candidate,
    Query,
    Record,
    Stored,
)
from .telemetry import SLOW_SECONDS, StorageWatch

Result = TypeVar("Result")

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 2.0
LAST_REFRESH = 5.0
LONGEST_CAUSE = 240
"""Characters of a client's own words in an error; the exception that caused it has all of them."""

ADVICE = {
    ErrorKind.TRANSIENT: "is busy; try again later",
    ErrorKind.UNAVAILABLE: "can't be reached; check that it is running and that the URL is right",
    ErrorKind.AUTH: "refuses the user name, password or key; check them",
    ErrorKind.DENIED: "doesn't allow this; the driver's README lists the rights it needs",
    ErrorKind.READ_ONLY: "accepts no writes",
    ErrorKind.FULL: "has no space left; free some and run the same again",
    ErrorKind.MISSING_INDEX: "doesn't hold this index any more; open it again to create it",
    ErrorKind.TIMEOUT: "didn't answer in time; try again, or allow more with timeout=",
    ErrorKind.BAD_REQUEST: "refuses the request",
}
STOPPED = "ended the call before its time was up; raise the time limit of its own that it keeps"
"""The advice of a TIMEOUT that came while there was time left."""
MUCH_LEFT = 1.0
"""Seconds: a call that has less when it fails may have failed for want of time."""


class Store:
    """One index in one database, as the rest of the core uses it. Threads may share it.

    Args:
        driver: connected; the store closes it.
        target: how errors name the database, without its password.
        secrets: what errors must not show.
        timeout: seconds for one call of the driver, retries included.
        slow_seconds: calls that take longer are logged as slow.
        auto_refresh: whether what this store wrote is refreshed before it is searched, and in
            the end.
    """

    def __init__(
        self,
        driver: Driver,
        target: str,
        secrets: frozenset[str] = frozenset(),
        *,
        timeout: float,
        auto_refresh: bool,
        slow_seconds: float = SLOW_SECONDS,
    ) -> None:
        self.driver = driver
        self.target = target
        self._secrets = secrets
        self._timeout = timeout
        self._watch = StorageWatch(target, slow_seconds)
        self._auto_refresh = auto_refresh
        self._written = self._visible = object()  # the last write, and the last one refreshed

    @classmethod
    def open(
        cls,
        target: Any,
        index: str,
        *,
        timeout: float = 30.0,
        auto_refresh: bool = True,
        slow_seconds: float = SLOW_SECONDS,
        **options: Any,
    ) -> Self:
        """Connect to `index` at a storage URL or client object, creating nothing.

        Raises:
            ArgumentError: `timeout` or `slow_seconds` is not a positive number.
            DriverError: there is no driver for it, or it refuses the target or an option.
            StorageError: the database can't be reached or refuses us.
        """
        driver_type = find_driver(target)
        check_index(index)
        check_seconds("timeout", timeout)
        check_seconds("slow_seconds", slow_seconds)
        name = describe_target(target)
        secrets = secrets_of(target, options)
        with wrapping(driver_type, name, secrets):
            driver = driver_type.connect(target, index, timeout=timeout, **options)
        return cls(
            driver,
            name,
            secrets,
            timeout=timeout,
            auto_refresh=auto_refresh,
            slow_seconds=slow_seconds,
        )

    def info(self) -> str | None:
        """Return the text given to `create`, None if there is no index."""
        return self._call(self.driver.info)

    def create(self, info: str) -> str:
        """Create the index if it is absent; return the text it holds."""
        return self._call(self.driver.create, info)

    def members(self) -> Sequence[str]:
        """Return the names of the indexes that this one shows as one; none if it is no such."""
        return self._call(self.driver.members)

    def put(self, records: Iterable[Record]) -> dict[str, Failure]:
        """Store any number of records; of those with one id the last wins.

        Returns:
            Why some were refused, by id. Every other record is acknowledged.
        """
        last = {record.id: record for record in records}
        ordered = [last[record_id] for record_id in sorted(last)]
        failures: dict[str, Failure] = {}
        for batch in constrained_batches(
            ordered, MAX_BATCH_BYTES, MAX_BATCH_RECORDS, get_len=size_of
        ):
            failures |= self._put_batch(batch)
        return failures

    def _put_batch(self, batch: Sequence[Record]) -> dict[str, Failure]:
        refused: dict[str, Failure] = {}

        def put() -> None:
            nonlocal batch
            try:
                self.driver.put(batch)
            except BulkError as err:
                again = {i: f for i, f in err.failures.items() if _retryable(f.kind)}
                refused.update((i, f) for i, f in err.failures.items() if i not in again)
                batch = [record for record in batch if record.id in again]
                if batch:
                    raise BulkError(again) from err

        try:
            with self._writing():
                self._call(put)
        except BulkError as err:
            refused.update(err.failures)
        return refused

    def put_all(self, records: Sequence[Record]) -> None:
        """Write records, or raise `StorageError` where one of them is refused."""
        for entry_id, failure in self.put(records).items():
            raise StorageError(failure.kind, f"{entry_id!r} was not stored: {failure.reason}")

    def delete(self, ids: Iterable[str]) -> int:
        """Delete any number of ids; return how many existed."""
        with self._writing():
            return sum(
                self._call(self.driver.delete, batch)
                for batch in chunked(sorted(set(ids)), MAX_BATCH_RECORDS)
            )

    def get(self, ids: Iterable[str]) -> list[Stored]:
        """Return the records with these ids, in the order asked, missing ones left out."""
        return [
            stored
            for batch in chunked(dict.fromkeys(ids), MAX_BATCH_RECORDS)
            for stored in self._call(self.driver.get, batch)
        ]

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        """Answer any number of queries, in order."""
        self._make_visible()
        return [
            answer
            for batch in constrained_batches(
                queries, MAX_CALL_CANDIDATES, MAX_QUERIES, get_len=lambda query: query.limit
            )
            for answer in self._call(self.driver.candidates, batch)
        ]

    def scan(self, tags: Sequence[str] = (), after: str | None = None) -> Iterator[Stored]:
        """Yield all records with these tags and ids above `after`, in id order."""
        self._make_visible()
        while page := self._call(self.driver.scan, after, MAX_BATCH_RECORDS, tags):
            yield from page
            after = page[-1].id

    def count(self) -> int:
        """Return how many records there are."""
        self._make_visible()
        return self._call(self.driver.count)

    def is_empty(self) -> bool:
        """Tell whether there are no records."""
        self._make_visible()
        return not self._call(self.driver.scan, None, 1)

    def refresh(self) -> None:
        """Make everything that was acknowledged to anyone visible to everyone."""
        written = self._written
        self._call(self.driver.refresh)
        self._visible = written

    def optimize(self, seconds: float) -> None:
        """Let the database tidy up within that time."""
        self._call(self.driver.optimize, seconds=seconds)

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Wrap the filling of an empty index."""
        context = self.driver.loading()
        with self._errors():
            context.__enter__()
        try:
            yield
        except BaseException:
            # What went wrong inside is not the database's, so it is not wrapped, and tells more
            # than what the driver meets when it cleans up after it.
            with suppress(Exception):
                context.__exit__(*sys.exc_info())
            raise
        with self._errors():
            context.__exit__(None, None, None)

    def drop(self) -> None:
        """Remove the index."""
        self._call(self.driver.drop)
        self._visible = self._written

    def close(self) -> None:
        """Make visible to others what was written, unless they must do so, and release the driver.

        Where the database can't be asked for it any more, or not within `LAST_REFRESH` seconds,
        what was written becomes visible when the database, or anyone, refreshes next.
        """
        if self._auto_refresh and self._visible is not self._written:
            seconds = min(self._timeout, LAST_REFRESH)
            with suppress(ImageMatchError), self.driver.deadline(seconds), self._errors():
                self.driver.refresh()
            self._visible = self._written
        self.driver.close()

    def server_version(self, timeout: float | None = None) -> str:
        """Return name and version of the database, within `timeout` seconds if that is given."""
        seconds = self._timeout if timeout is None else check_seconds("timeout", timeout)
        return self._call(self.driver.server_version, seconds=seconds)

    def answers(self, seconds: float) -> bool:
        """Tell whether the database answers within that time, and holds the index."""
        try:
            return self._call(self.driver.info, seconds=seconds) is not None
        except Closed:
            raise
        except ImageMatchError:
            return False

    def ddl(self, info: str) -> str:
        """Return the statements that `create(info)` would run.

        Raises:
            ArgumentError: the database has none.
        """
        statements = self.driver.ddl(info)
        if statements is None:
            raise ArgumentError(
                f"{self.target} has no statements to create an index by: open it once as somebody "
                "who may create it"
            )
        return statements

    def _make_visible(self) -> None:
        if self._auto_refresh and self._visible is not self._written:
            self.refresh()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Note a write once it is over: a refresh while it lasts may not make it visible."""
        try:
            yield
        finally:
            self._written = object()

    def _errors(self) -> AbstractContextManager[None]:
        return wrapping(type(self.driver), self.target, self._secrets, self.driver.remaining)

    def _call(
        self, method: Callable[..., Result], *args: Any, seconds: float | None = None
    ) -> Result:
        pause = FIRST_PAUSE
        name = method.__name__
        allowed = self._timeout if seconds is None else seconds
        with self.driver.deadline(allowed), self._watch.call(name):
            while True:
                try:
                    with self._errors():
                        result = method(*args)
                except StorageError as err:
                    # A database that was never reached is more likely absent than restarting.
                    hopeless = err.kind is ErrorKind.UNAVAILABLE and not self._watch.reached
                    if hopeless or not _retryable(err.kind) or self.driver.remaining() <= pause:
                        raise
                    self._watch.retried(name, err, pause)
                else:
                    return result
                time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
                pause = min(2 * pause, LONGEST_PAUSE)


def size_of(record: Record) -> int:
    """Return the bytes that a record counts against a batch."""
    return (
        len(record.id.encode())
        + len(record.body)
        + sum(map(len, record.tags))
        + len(record.signature)
        + 4 * len(record.words)
    )


def _retryable(kind: ErrorKind) -> bool:
    return kind in (ErrorKind.TRANSIENT, ErrorKind.UNAVAILABLE)


@contextmanager
def wrapping(
    driver_type: type[Driver],
    target: str,
    secrets: frozenset[str],
    remaining: Callable[[], float] = lambda: 0.0,
) -> Iterator[None]:
    """Turn what a database's client raises inside into `StorageError`, without secrets.

    A timeout while `remaining` returns that there are seconds left is the database's own.
    """

    def advice(kind: ErrorKind) -> str:
        stopped = kind is ErrorKind.TIMEOUT and remaining() > MUCH_LEFT
        return STOPPED if stopped else ADVICE[kind]

    try:
        yield
    except InvalidTarget as err:
        # A driver that cuts a URL inside its password takes a part of that for an option.
        if (shown := redact(str(err), secrets)) == str(err):
            raise
        raise InvalidTarget(shown) from None
    except BulkError:
        raise
    except StorageError as err:
        if err.target is None:
            reason = redact(err.message, secrets)
            # What a driver calls a bad request, it explains itself.
            said = ":" if err.kind is ErrorKind.BAD_REQUEST else f" {advice(err.kind)}:"
            err.target, err.message = target, f"{target}{said} {reason}"
            err.args = (err.kind, err.message)
        raise
    except ImageMatchError:
        raise
    except Exception as err:
        kind = driver_type.classify(err)
        if kind is None:
            raise
        cause, *_ = redact(str(err), secrets).strip().splitlines() or [type(err).__name__]
        if len(cause) > LONGEST_CAUSE:
            start = cause[:LONGEST_CAUSE]
            cause = f"{start.rpartition(' ')[0] or start} …"
        named = StorageError(kind, f"{target} {advice(kind)} ({cause})")
        named.target = target
        raise named from redact_exception(err, secrets)
