"""Connections that the calls of one driver's instance take turns with."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock, Thread
from typing import Generic, TypeVar

from ..errors import ErrorKind, StorageError
from .driver import Lifetime

Connection = TypeVar("Connection")
Result = TypeVar("Result")


def in_thread(function: Callable[[], Result]) -> "Future[Result]":
    """Call what can't be told how long to take, nor be stopped, in a thread that ends with it."""
    future: Future[Result] = Future()

    def work() -> None:
        try:
            future.set_result(function())
        except Exception as err:  # noqa: BLE001 - raised by the thread that waits
            future.set_exception(err)

    Thread(target=work, name="imagematch-connect", daemon=True).start()
    return future


class Pool(Generic[Connection]):
    """Connections that are opened when a call needs one, and kept for the next.

    It is for clients that have no pool, or one that connects in the background and so can't say
    why a server refuses. No two calls share a connection.

    Args:
        open: connects in so many seconds; a call doesn't wait for it any longer.
        close: closes a connection that no call uses.
        is_usable: whether a connection can serve another call. It is asked after each call, and
            again before the next, since a server may have closed it in between.
        size: how many connections are open at most; further calls wait.
        name: what the connections are to, for errors.
    """

    def __init__(
        self,
        *,
        open: Callable[[float], Connection],  # noqa: A002
        close: Callable[[Connection], None],
        is_usable: Callable[[Connection], bool] = lambda _: True,
        size: int = 8,
        name: str = "this index",
    ) -> None:
        self._open = open
        self._close = close
        self._is_usable = is_usable
        self._size = size
        self._lifetime = Lifetime(name)
        self._free = BoundedSemaphore(size)
        self._lock = Lock()
        self._idle: list[Connection] = []

    def check(self) -> None:
        """Raise `Closed` after `close`, and StorageError in a forked process."""
        self._lifetime.check()

    @contextmanager
    def connection(self, seconds: float) -> Iterator[Connection]:
        """Lend a connection to one call of one thread.

        If the call raises and the connection is no longer usable, it is closed rather than kept.

        Args:
            seconds: how long to wait until one is free, and is open.

        Raises:
            Closed: after `close`.
            StorageError: in a forked process, or TIMEOUT.
        """
        self.check()
        deadline = time.monotonic() + seconds
        if not self._free.acquire(timeout=max(0.0, seconds)):
            raise StorageError(
                ErrorKind.TIMEOUT,
                f"all {self._size} connections were in use for {seconds:.3g} s; allow more with "
                "pool_size=",
            )
        try:
            connection = self._take(deadline)
            try:
                yield connection
            finally:
                self._take_back(connection)
        finally:
            self._free.release()

    def close(self) -> None:
        """Refuse further calls. Those in flight end normally, and close their connections."""
        if self._lifetime.end():
            self._close_idle()

    def _take(self, deadline: float) -> Connection:
        while True:
            with self._lock:
                if not self._idle:
                    break
                connection = self._idle.pop()
            if self._is_usable(connection):
                return connection
            self._close(connection)
        return self._connect(max(0.0, deadline - time.monotonic()))

    def _take_back(self, connection: Connection) -> None:
        usable = self._is_usable(connection)
        with self._lock:
            if usable and not self._lifetime.closed:
                self._idle.append(connection)
                return
        self._close(connection)
        if not usable:
            # Whatever broke this one, a restarted server perhaps, has broken the others too.
            self._close_idle()

    def _close_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            self._close(connection)

    def _connect(self, seconds: float) -> Connection:
        """Connect in that time, whatever the client makes of it.

        Clients round it up, or grant it to each address of the server anew.
        """
        opening = in_thread(lambda: self._open(seconds))
        try:
            return opening.result(seconds)
        except BaseException as err:
            if opening.done() and opening.exception() is err:
                raise  # the client's own, a time-out perhaps
            opening.add_done_callback(self._close_unwanted)
            if isinstance(err, TimeoutError):
                raise StorageError(
                    ErrorKind.TIMEOUT, f"no connection could be had within {seconds:.3g} s"
                ) from err
            raise

    def _close_unwanted(self, opening: "Future[Connection]") -> None:
        if opening.exception() is None:
            self._close(opening.result())
