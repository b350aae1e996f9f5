"""Connections to an SQLite file, and what its errors mean to the person whose file it is."""

import os
import re
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from urllib.parse import unquote_to_bytes

from ..errors import ErrorKind, InvalidTarget, StorageError
from ..protocol.driver import Lifetime
from ..protocol.redact import redact_url

_URL = re.compile(r"sqlite:///(?P<path>[^?#]+)")

_STEPS = 10_000
"""Steps of SQLite's virtual machine between two looks at the clock; well under a millisecond."""

_IDLE = 8
"""Connections that are kept open while no call uses them."""

_PATIENCE = 0.05
"""Seconds before its deadline at which a call that waited for a lock counts as late."""

_Identity = tuple[int, int] | None
"""Device and inode of a file."""

_KINDS = {
    sqlite3.SQLITE_AUTH: ErrorKind.DENIED,
    sqlite3.SQLITE_BUSY: ErrorKind.TRANSIENT,
    sqlite3.SQLITE_CANTOPEN: ErrorKind.UNAVAILABLE,
    sqlite3.SQLITE_FULL: ErrorKind.FULL,
    sqlite3.SQLITE_INTERRUPT: ErrorKind.TIMEOUT,
    sqlite3.SQLITE_IOERR: ErrorKind.UNAVAILABLE,
    # SQLite tells by a code of its own where the file beside it that all connections share can't
    # grow, for want of space or of a quota.
    sqlite3.SQLITE_IOERR_SHMSIZE: ErrorKind.FULL,
    sqlite3.SQLITE_LOCKED: ErrorKind.TRANSIENT,
    sqlite3.SQLITE_NOMEM: ErrorKind.UNAVAILABLE,
    sqlite3.SQLITE_PERM: ErrorKind.DENIED,
    sqlite3.SQLITE_PROTOCOL: ErrorKind.TRANSIENT,
    sqlite3.SQLITE_READONLY: ErrorKind.READ_ONLY,
}


def path_of(url: str) -> Path:
    """Return the absolute path of the file that a URL names: three slashes, then the path.

    Raises:
        InvalidTarget: it names none, or has parts that SQLite files don't have.
    """
    match = _URL.fullmatch(url)
    name = unquote_to_bytes(match["path"].encode("utf-8", "surrogateescape")) if match else b""
    if not name or b"\0" in name or name == b":memory:":
        raise InvalidTarget(
            f"{redact_url(url)!r}: write 'sqlite:///photos.db' for a file in the working "
            "directory, 'sqlite:////home/me/photos.db' for any other (in its name, '?', '#' and "
            "'%' as %3F, %23 and %25), or 'memory://' for none; there are no options"
        )
    return Path(os.fsdecode(name)).absolute()


def kind_of(err: BaseException) -> ErrorKind | None:
    """Return what an exception of `sqlite3` means, by SQLite's error code."""
    if not isinstance(err, sqlite3.Error):
        return None
    code = getattr(err, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code == sqlite3.SQLITE_READONLY_DBMOVED or "no such table: imagematch_" in str(err):
        return ErrorKind.MISSING_INDEX
    return _KINDS.get(code) or _KINDS.get(code & 0xFF, ErrorKind.BAD_REQUEST)


class Connections:
    """A pool of connections to one file: a call takes one, and no two calls share it.

    Nothing is opened before it is needed. After a fork the child is refused, since closing what
    it inherited would release the parent's locks.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lifetime = Lifetime(label(path))
        self._lock = Lock()
        self._idle: list[tuple[sqlite3.Connection, _Identity]] = []

    def check(self) -> None:
        """Raise `Closed` after `close`, and StorageError in a forked child."""
        self._lifetime.check()

    def close(self) -> None:
        """Close what is idle; calls in flight close their own connections when they end."""
        if not self._lifetime.end():
            return
        with self._lock:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    @contextmanager
    def use(
        self, seconds: float, *, create: bool = False, bounded: bool = True
    ) -> Iterator[sqlite3.Connection]:
        """A connection in autocommit mode, for one call of one thread.

        A transaction that is open at an exception is rolled back.

        Args:
            seconds: how long to wait for locks, and, if `bounded`, to compute.
            create: whether the file is made where it is absent.
            bounded: False lets statements take as long as they need.

        Raises:
            StorageError: for what went wrong with the file as such, with advice.
        """
        self.check()
        deadline = time.monotonic() + seconds
        try:
            connection, identity = self._take(seconds, create=create)
            keep = False
            try:
                if bounded:
                    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
                yield connection
                connection.set_progress_handler(None, 0)
                keep = identity is not None
            finally:
                self._give_back(connection, identity if keep else None)
        except sqlite3.Error as err:
            late = time.monotonic() > deadline - _PATIENCE
            explained = self._explained(err, seconds, create=create, late=late)
            if explained is None:
                raise
            raise explained from err

    def _take(self, seconds: float, *, create: bool) -> tuple[sqlite3.Connection, _Identity]:
        """Return a connection, and the file that it has open; None if it must not be kept."""
        with self._lock:
            kept = self._idle.pop() if self._idle else None
        if kept is None:
            return self._open(seconds, create=create)
        if kept[1] != self._identity():
            self._give_back(*kept)
            raise StorageError(
                ErrorKind.MISSING_INDEX,
                f"{label(self.path)} was deleted or replaced while it was in use; open it again",
            )
        kept[0].execute(f"PRAGMA busy_timeout = {_milliseconds(seconds)}")
        return kept

    def _give_back(self, connection: sqlite3.Connection, identity: _Identity) -> None:
        with self._lock:
            if identity is not None and not self._lifetime.closed and len(self._idle) < _IDLE:
                self._idle.append((connection, identity))
                return
        connection.close()

    def _identity(self) -> _Identity:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _open(self, seconds: float, *, create: bool) -> tuple[sqlite3.Connection, _Identity]:
        try:
            return self._connect("rwc" if create else "rw", seconds), self._identity()
        except sqlite3.OperationalError as err:
            # A file in WAL mode wants others beside it. Where they can't be made and nobody has
            # made them, nobody is writing, and the file is read as it lies there: for this call
            # only, since a writer may come.
            wanting = _code(err) in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
            if create or not wanting or not self._lies_still():
                raise
            return self._connect("ro&immutable=1", seconds), None

    def _connect(self, mode: str, seconds: float) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute(f"PRAGMA busy_timeout = {_milliseconds(seconds)}")
            # Acknowledged is then on the disk, not only in the page cache of the system.
            connection.execute("PRAGMA synchronous = FULL")
            # The first to read the file: errors of opening it show here.
            connection.execute("PRAGMA schema_version")
        except BaseException:
            connection.close()
            raise
        return connection

    def _lies_still(self) -> bool:
        """Return whether the file is there, and nothing is, or can be, written beside it."""
        try:
            wal = self.path.with_name(self.path.name + "-wal")
            return (
                self.path.is_file()
                and not os.access(self.path.parent, os.W_OK)
                and not (wal.exists() and wal.stat().st_size)
            )
        except OSError:
            return False

    def _explained(
        self, err: sqlite3.Error, seconds: float, *, create: bool, late: bool
    ) -> StorageError | None:
        """Return the error in terms of the file; None where SQLite's own words must do."""
        kind, code, file = kind_of(err), _code(err), label(self.path)
        if code == sqlite3.SQLITE_CANTOPEN:
            return self._not_opened(err, create=create)
        if code == sqlite3.SQLITE_NOTADB:
            return StorageError(
                ErrorKind.BAD_REQUEST, f"{file} is not an SQLite database; choose another file"
            )
        if code == sqlite3.SQLITE_CORRUPT:
            return StorageError(
                ErrorKind.BAD_REQUEST,
                f"{file} is damaged ({err}); restore it, or move it away and add all again",
            )
        if kind is ErrorKind.TRANSIENT and late:
            return StorageError(
                ErrorKind.TIMEOUT,
                f"{file} was locked by another user of it for all of the {seconds:.3g} s given; "
                "try again, or allow more with timeout=",
            )
        told = {
            ErrorKind.TIMEOUT: f"{file} took longer than the {seconds:.3g} s given; "
            "allow more with timeout=",
            ErrorKind.READ_ONLY: f"{file} can't be written: it, or its folder, is read-only. "
            "It can be searched",
            ErrorKind.FULL: f"no space is left for {file}; nothing of this call was stored",
            ErrorKind.MISSING_INDEX: f"{file} does not hold this index ({err})",
            ErrorKind.UNAVAILABLE: f"{file} can't be read or written ({err}); check its disk",
        }
        return StorageError(kind, told[kind]) if kind in told else None

    def _not_opened(self, err: sqlite3.Error, *, create: bool) -> StorageError:
        file = label(self.path)
        try:
            mode = self.path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            if not create:
                return StorageError(ErrorKind.MISSING_INDEX, f"there is no file {file}")
            folder = self.path.parent
            if not folder.is_dir():
                return StorageError(
                    ErrorKind.BAD_REQUEST, f"{file}: there is no folder {label(folder)}; create it"
                )
            return StorageError(
                ErrorKind.DENIED, f"this user may not create {file}; choose another folder"
            )
        except OSError as reason:
            return StorageError(
                ErrorKind.DENIED if isinstance(reason, PermissionError) else ErrorKind.BAD_REQUEST,
                f"{file} can't be opened: {reason.strerror}",
            )
        if stat.S_ISDIR(mode):
            return StorageError(
                ErrorKind.BAD_REQUEST, f"{file} is a folder; name a file, such as {file}/photos.db"
            )
        if not os.access(self.path, os.R_OK):
            return StorageError(ErrorKind.DENIED, f"this user may not read {file}")
        return StorageError(ErrorKind.UNAVAILABLE, f"{file} can't be opened just now ({err})")


def label(path: Path) -> str:
    """Return a path that can be printed, whatever bytes it has."""
    return os.fsencode(path).decode(errors="backslashreplace")


def _code(err: sqlite3.Error) -> int:
    return getattr(err, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _milliseconds(seconds: float) -> int:
    return min(int(seconds * 1000), 2**31 - 1)
