"""A DuckDB file that threads share, with time limits, and what its errors mean."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote
from weakref import WeakValueDictionary

import duckdb
from imagematch_core.protocol import Closed, ErrorKind, InvalidTarget, StorageError

_URL = re.compile(r"duckdb:///(?P<path>[^?#]+)")

_KINDS: tuple[tuple[type[Exception], str, ErrorKind], ...] = (
    (duckdb.InterruptException, "", ErrorKind.TIMEOUT),
    (duckdb.TransactionException, "", ErrorKind.TRANSIENT),
    (duckdb.SerializationException, "", ErrorKind.TRANSIENT),
    (duckdb.CatalogException, "does not exist", ErrorKind.MISSING_INDEX),
    (duckdb.PermissionException, "", ErrorKind.DENIED),
    (duckdb.OutOfMemoryException, "", ErrorKind.UNAVAILABLE),
    (duckdb.InvalidInputException, "read-only", ErrorKind.READ_ONLY),
    (duckdb.IOException, "No space left", ErrorKind.FULL),
    (duckdb.IOException, "not a valid DuckDB", ErrorKind.BAD_REQUEST),
    (duckdb.IOException, "", ErrorKind.UNAVAILABLE),
    (duckdb.Error, "", ErrorKind.BAD_REQUEST),
)
"""The first that fits: class, part of the message, kind. DuckDB has no error codes."""


class _WriteLock:
    """Held by the one thread that writes to a file."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, seconds: float) -> Iterator[None]:
        if not self._lock.acquire(timeout=max(0.0, seconds)):
            raise StorageError(ErrorKind.TIMEOUT, "another thread was writing all the time")
        try:
            yield
        finally:
            self._lock.release()


_locks: WeakValueDictionary[Path, _WriteLock] = WeakValueDictionary()
_locks_lock = threading.Lock()


def write_lock(path: Path) -> _WriteLock:
    """Return the lock of a file, one for this process, the only one that can open it."""
    with _locks_lock:
        return _locks.setdefault(path, _WriteLock())


def path_of(url: str) -> Path:
    """Return the file that a URL names.

    Raises:
        InvalidTarget: it names none.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise InvalidTarget("write duckdb:///photos.duckdb; there are no options")
    return Path(unquote(match["path"])).absolute()


def kind_of(err: BaseException) -> ErrorKind | None:
    """What an exception of DuckDB means."""
    for kind_type, part, kind in _KINDS:
        if isinstance(err, kind_type) and part in str(err):
            return kind
    return None


class Database:
    """A file, which is opened if it is there. Instances of one file see each other's writes.

    Raises:
        duckdb.IOException: another process has it open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._write_lock = write_lock(path)
        self._lock = threading.Lock()
        self._in_flight = 0
        self._closed = False
        self._connection: duckdb.DuckDBPyConnection | None = None
        if path.exists():
            self._connection = duckdb.connect(str(path))

    def check(self) -> None:
        """Raise `Closed` after `close`."""
        if self._closed:
            raise Closed("the index was closed")

    @contextmanager
    def reading(self, seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one call, which sees one snapshot and ends in time.

        Raises:
            StorageError: there is no file (MISSING_INDEX), or no time (TIMEOUT).
        """
        with self._in_use(create=False) as root, _transaction(root, seconds) as connection:
            yield connection

    @contextmanager
    def writing(
        self, seconds: float, *, create: bool = False
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """The same, for the only writer; with `create` the file is made where it is absent."""
        end = time.monotonic() + seconds
        with self._in_use(create=create) as root, self._write_lock.hold(seconds):
            left = end - time.monotonic()
            with _transaction(root, left) as connection:
                yield connection

    def close(self) -> None:
        """Calls in flight end as they would; the last of them closes the file."""
        with self._lock:
            self._closed = True
            self._close_if_idle()

    @contextmanager
    def _in_use(self, *, create: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._lock:
            self.check()
            if self._connection is None:
                if not create and not self._path.exists():
                    raise StorageError(ErrorKind.MISSING_INDEX, f"there is no file {self._path}")
                self._connection = duckdb.connect(str(self._path))
            self._in_flight += 1
        try:
            yield self._connection
        finally:
            with self._lock:
                self._in_flight -= 1
                self._close_if_idle()

    def _close_if_idle(self) -> None:
        # DuckDB refuses to close a connection while a cursor of it is busy.
        if self._closed and not self._in_flight and self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def _transaction(
    root: duckdb.DuckDBPyConnection, seconds: float
) -> Iterator[duckdb.DuckDBPyConnection]:
    if seconds <= 0:
        raise StorageError(ErrorKind.TIMEOUT, "no time is left")
    with root.cursor() as connection:
        timer = threading.Timer(seconds, connection.interrupt)
        timer.start()
        try:
            connection.begin()
            yield connection
            connection.commit()  # closing it rolls back what is not committed
        finally:
            timer.cancel()
            timer.join()
