"""Calls take turns with connections: each serves one at a time, and all are closed in the end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from imagematch_core.protocol import Closed, ErrorKind, Pool, StorageError

SECONDS = 30.0
"""More than any test needs."""


class Server:
    """Opens connections, which are numbers, and breaks them."""

    def __init__(self) -> None:
        self.opened: list[int] = []
        self.closed: list[int] = []
        self.broken: set[int] = set()
        self.given: list[float] = []

    def open(self, seconds: float) -> int:
        self.given.append(seconds)
        self.opened.append(len(self.opened))
        return self.opened[-1]

    def pool(self, size: int = 2, open_: Callable[[float], int] | None = None) -> Pool[int]:
        return Pool(
            open=open_ or self.open,
            close=self.closed.append,
            is_usable=lambda connection: connection not in self.broken,
            size=size,
        )


@pytest.fixture
def server() -> Server:
    return Server()


def test_a_connection_is_kept_for_the_next_call(server: Server) -> None:
    pool = server.pool()
    for _ in range(3):
        with pool.connection(SECONDS) as connection:
            assert connection == 0
    assert server.closed == []
    assert 0 < server.given[0] <= SECONDS


def test_calls_at_the_same_time_share_none(server: Server) -> None:
    pool, both = server.pool(), Barrier(2)

    def call() -> int:
        with pool.connection(SECONDS) as connection:
            both.wait(SECONDS)
            return connection

    with ThreadPoolExecutor(2) as threads:
        assert {*threads.map(lambda _: call(), range(2))} == {0, 1}


def test_one_call_more_than_there_are_connections_waits_for_its_time(server: Server) -> None:
    pool = server.pool(size=1)
    with (
        pool.connection(SECONDS),
        pytest.raises(StorageError, match="pool_size=") as raised,
        pool.connection(0.01),
    ):
        pass
    assert raised.value.kind is ErrorKind.TIMEOUT
    with pool.connection(SECONDS) as connection:
        assert connection == 0


def test_a_broken_connection_takes_the_idle_ones_along(server: Server) -> None:
    pool = server.pool()
    with pool.connection(SECONDS), pool.connection(SECONDS):
        pass
    with pool.connection(SECONDS) as connection:
        server.broken.add(connection)
    assert sorted(server.closed) == [0, 1]
    with pool.connection(SECONDS) as connection:
        assert connection == 2


def test_what_broke_while_it_was_idle_is_not_lent(server: Server) -> None:
    pool = server.pool()
    with pool.connection(SECONDS):
        pass
    server.broken.add(0)
    with pool.connection(SECONDS) as connection:
        assert connection == 1
    assert server.closed == [0]


def test_a_call_that_raises_gives_its_connection_back(server: Server) -> None:
    pool = server.pool(size=1)
    with pytest.raises(ZeroDivisionError), pool.connection(SECONDS):
        raise ZeroDivisionError
    with pool.connection(SECONDS) as connection:
        assert connection == 0


def test_what_opening_raises_reaches_the_call(server: Server) -> None:
    def refuse(seconds: float) -> int:
        raise ConnectionRefusedError("nobody listens")

    pool = server.pool(size=1, open_=refuse)
    for _ in range(2):  # the place is free again
        with (
            pytest.raises(ConnectionRefusedError, match="nobody listens"),
            pool.connection(SECONDS),
        ):
            pass


def test_a_time_out_of_the_client_stays_its_own(server: Server) -> None:
    def refuse(seconds: float) -> int:
        raise TimeoutError("the client's words")

    with (
        pytest.raises(TimeoutError, match="the client's words"),
        server.pool(open_=refuse).connection(SECONDS),
    ):
        pass


def test_nobody_waits_longer_for_a_connection_and_a_late_one_is_closed(server: Server) -> None:
    answered, closed = Event(), Event()

    def slowly(seconds: float) -> int:
        answered.wait(SECONDS)
        return 7

    pool = Pool(open=slowly, close=lambda _: closed.set(), size=1)
    with (
        pytest.raises(StorageError, match="no connection could be had") as raised,
        pool.connection(0.01),
    ):
        pass
    assert raised.value.kind is ErrorKind.TIMEOUT
    answered.set()
    assert closed.wait(SECONDS)


def test_closing_closes_what_is_idle_at_once_and_what_is_in_use_later(server: Server) -> None:
    pool = server.pool()
    with pool.connection(SECONDS) as in_use:
        with pool.connection(SECONDS) as idle:
            pass
        pool.close()
        assert server.closed == [idle]
    assert server.closed == [idle, in_use]
    pool.close()
    with pytest.raises(Closed), pool.connection(SECONDS):
        pass
