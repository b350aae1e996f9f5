"""Connections for the calls of one instance: our own, or those of a pool that was given."""

import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from math import ceil, inf
from threading import BoundedSemaphore, Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from imagematch_core.protocol import ErrorKind, Lifetime, StorageError
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

if TYPE_CHECKING:
    from psycopg.abc import PQGen

RV = TypeVar("RV")

GRACE = 0.5
"""Seconds beyond the time of a call in which the server may say itself that time is up."""


class Connections(ABC):
    """Where a call gets its connection."""

    def __init__(self) -> None:
        self._lifetime = Lifetime("this index")

    @abstractmethod
    def _lend(self, seconds: float) -> AbstractContextManager["psycopg.Connection[Any]"]: ...

    def use(
        self, seconds: float, *, bounded: bool = True
    ) -> AbstractContextManager["psycopg.Connection[Any]"]:
        """A connection for one call of one thread.

        Args:
            seconds: how long to wait for it, and, if `bounded`, for its answers.
            bounded: False waits for answers as long as they take.

        Raises:
            Closed: after `close`.
            StorageError: in a forked process, or where time is up.
        """
        self.check()
        return self._limited(seconds, bounded=bounded)

    def check(self) -> None:
        """Raise `Closed` after `close`, and StorageError in a forked process."""
        self._lifetime.check()

    @contextmanager
    def _limited(self, seconds: float, *, bounded: bool) -> Iterator["psycopg.Connection[Any]"]:
        deadline = time.monotonic() + seconds + GRACE if bounded else inf
        with self._lend(seconds) as connection:
            if isinstance(connection, PunctualConnection):
                connection.deadline = deadline
            yield connection

    def close(self) -> None:
        """Refuse further calls; those in flight end normally."""
        if self._lifetime.end():
            self._release()

    @abstractmethod
    def _release(self) -> None:
        """Close the idle connections that are ours."""


class GivenConnections(Connections):
    """Those of a pool that stays its owner's."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        super().__init__()
        self._pool = pool

    def _lend(self, seconds: float) -> AbstractContextManager["psycopg.Connection[Any]"]:
        return self._pool.connection(timeout=seconds)

    def _release(self) -> None:
        pass


class OwnConnections(Connections):
    """Opened when needed, kept for the next call.

    psycopg_pool connects in the background: of a refused connection or a wrong password it tells
    nothing but that time is up, when it is.

    Args:
        conninfo: libpq's connection string.
        size: how many are open at most; further calls wait.
    """

    def __init__(self, conninfo: str, size: int) -> None:
        super().__init__()
        self._conninfo = conninfo
        self._size = size
        self._free = BoundedSemaphore(size)
        self._lock = Lock()
        self._idle: list[PunctualConnection] = []

    @contextmanager
    def _lend(self, seconds: float) -> Iterator["psycopg.Connection[Any]"]:
        deadline = time.monotonic() + seconds
        if not self._free.acquire(timeout=seconds):
            raise StorageError(
                ErrorKind.TIMEOUT,
                f"all {self._size} connections were in use for {seconds:.3g} s; allow more with "
                "pool_size=",
            )
        try:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                connection = self._connect(max(0.0, deadline - time.monotonic()))
            try:
                yield connection
            finally:
                self._take_back(connection)
        finally:
            self._free.release()

    def _take_back(self, connection: "PunctualConnection") -> None:
        with self._lock:
            if (
                connection.pgconn.transaction_status == TransactionStatus.IDLE
                and not self._lifetime.closed
            ):
                self._idle.append(connection)
                return
        connection.close()
        # Whatever broke this one, a restarted server perhaps, has broken the others too.
        self._release()

    def _release(self) -> None:
        """Close the idle ones; those in use are closed by the calls that use them."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _connect(self, seconds: float) -> "PunctualConnection":
        """Connect within that time, which psycopg rounds up to 2 s and grants to each address."""
        opening: Future[PunctualConnection] = Future()

        def work() -> None:
            try:
                opening.set_result(PunctualConnection.open(self._conninfo, seconds))
            except Exception as err:  # noqa: BLE001 - raised by the thread that waits
                opening.set_exception(err)

        Thread(target=work, name="imagematch-postgres-connect", daemon=True).start()
        try:
            return opening.result(seconds)
        except BaseException as err:
            opening.add_done_callback(_close_unwanted)
            if isinstance(err, TimeoutError):
                raise StorageError(
                    ErrorKind.TIMEOUT, f"no connection could be had within {seconds:.3g} s"
                ) from err
            raise


def _close_unwanted(opening: "Future[PunctualConnection]") -> None:
    if opening.exception() is None:
        opening.result().close()


class PunctualConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that gives up on a server which doesn't answer.

    Attributes:
        deadline: the time, of `time.monotonic`, from which on it gives up.
    """

    deadline = inf

    @classmethod
    def open(cls, conninfo: str, seconds: float) -> "PunctualConnection":
        """Connect; each address of the server gets that time unless `conninfo` says otherwise."""
        patience = conninfo_to_dict(conninfo).get("connect_timeout") or max(2, ceil(seconds))
        try:
            return cls.connect(conninfo, autocommit=True, connect_timeout=patience)
        except psycopg.Error as err:
            # Its `pgconn` tells the connection's parameters, the password among them.
            refused = type(err)(*err.args)
        raise refused

    def wait(self, gen: "PQGen[RV]", *args: Any, **kwargs: Any) -> RV:
        """As psycopg's, which all waiting for the server goes through."""
        return super().wait(self._until_deadline(gen), *args, **kwargs)

    def _until_deadline(self, gen: "PQGen[RV]") -> Generator[Any, Any, RV]:
        try:
            wanted = next(gen)
            while True:
                # psycopg resumes it every 0.1 s at the latest.
                ready = yield wanted
                if time.monotonic() > self.deadline:
                    self.close()
                    raise StorageError(ErrorKind.TIMEOUT, "the server did not answer in time")
                wanted = gen.send(ready)
        except StopIteration as done:
            result: RV = done.value
            return result
