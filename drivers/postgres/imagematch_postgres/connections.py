"""Connections for the calls of one instance: our own, or those that were given."""

import time
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from math import ceil, inf
from threading import Lock
from typing import TYPE_CHECKING, Any, Self, TypeVar

import psycopg
from imagematch_core.protocol import ErrorKind, Lifetime, Pool, StorageError
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

if TYPE_CHECKING:
    from psycopg.abc import PQGen

RV = TypeVar("RV")

GRACE = 0.5
"""Seconds beyond the time of a call in which the server may say itself that time is up."""


class Connections:
    """Where a call gets its connection.

    psycopg_pool connects in the background: of a refused connection or a wrong password it tells
    nothing but that time is up, when it is. So our own connections are in a pool of the core's.

    Args:
        pool: of connections; one of psycopg_pool's stays its owner's.
    """

    def __init__(
        self, pool: "Pool[PunctualConnection] | ConnectionPool[Any] | GivenConnection"
    ) -> None:
        self._pool = pool
        self._lifetime = Lifetime("this index")

    @classmethod
    def own(cls, conninfo: str, size: int) -> Self:
        """Connections that are opened when they are needed, `size` of them at most."""
        return cls(
            Pool(
                open=partial(PunctualConnection.open, conninfo),
                close=PunctualConnection.close,
                is_usable=_is_idle,
                size=size,
            )
        )

    @classmethod
    def given(cls, target: "ConnectionPool[Any] | psycopg.Connection[Any]") -> Self:
        """Connections of the caller's: a pool, or one whose transactions are the caller's too."""
        return cls(GivenConnection(target) if isinstance(target, psycopg.Connection) else target)

    @property
    def is_one(self) -> bool:
        """Whether it is one connection that was given."""
        return isinstance(self._pool, GivenConnection)

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

    def close(self) -> None:
        """Refuse further calls; those in flight end normally."""
        if self._lifetime.end() and isinstance(self._pool, Pool):
            self._pool.close()

    @contextmanager
    def _limited(self, seconds: float, *, bounded: bool) -> Iterator["psycopg.Connection[Any]"]:
        deadline = time.monotonic() + seconds + GRACE if bounded else inf
        with self._lend(seconds) as connection:
            if not isinstance(connection, PunctualConnection):
                yield connection
                return
            connection.deadline = deadline
            try:
                yield connection
            finally:
                # Whoever owns it uses it for calls of other lengths.
                connection.deadline = inf

    def _lend(self, seconds: float) -> AbstractContextManager["psycopg.Connection[Any]"]:
        if isinstance(self._pool, ConnectionPool):
            return self._pool.connection(timeout=seconds)
        return self._pool.connection(seconds)


class GivenConnection:
    """One connection that was given, for one call at a time.

    What is written belongs to the transaction that it is in; where it is in none, and is not in
    autocommit, one begins, as with each other statement.

    Args:
        connection: stays its owner's: it is neither closed nor committed.
    """

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection
        self._lock = Lock()

    @contextmanager
    def connection(self, seconds: float) -> Iterator["psycopg.Connection[Any]"]:
        """Lend it.

        Raises:
            StorageError: another thread had it all the time, or nothing can be asked by it.
        """
        if not self._lock.acquire(timeout=seconds):
            raise StorageError(ErrorKind.TIMEOUT, "another thread used the connection all the time")
        try:
            self._begin()
            yield self._connection
        except psycopg.errors.SerializationFailure as err:
            # In the same transaction it would conflict again.
            raise StorageError(
                ErrorKind.BAD_REQUEST,
                "your transaction conflicts with another one: roll it back and run it again",
            ) from err
        finally:
            self._lock.release()

    def _begin(self) -> None:
        if self._connection.closed:
            raise StorageError(
                ErrorKind.BAD_REQUEST,
                "the connection that was given is closed; open the index with another one",
            )
        if self._connection.info.transaction_status == TransactionStatus.INERROR:
            raise StorageError(
                ErrorKind.BAD_REQUEST,
                "the transaction of the connection that was given has failed; roll it back first",
            )
        if not self._connection.autocommit:
            self._connection.execute(b"SELECT", prepare=False)  # begins one, if there is none


def _is_idle(connection: "PunctualConnection") -> bool:
    return connection.pgconn.transaction_status == TransactionStatus.IDLE


class PunctualConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that gives up on a server which doesn't answer.

    A pool that is given to the driver should be one of these: `connection_class=` of
    `psycopg_pool.ConnectionPool`. The driver sets the deadline of each of its calls, and no other.

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
