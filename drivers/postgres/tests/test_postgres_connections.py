"""Connections: how many, whose, and what they may be like."""

import math
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest
from conftest import Admin, Connect, records
from imagematch_conformance.network import Relay
from imagematch_core.drivers.registry import find_driver
from imagematch_core.protocol import ErrorKind, Query, StorageError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from imagematch_postgres import PostgreSQLDriver, PunctualConnection

NAME = "imagematch-test"


def opened(admin: Admin) -> list[int]:
    """The sessions of the driver under test."""
    rows = admin.execute(
        "SELECT pid FROM pg_stat_activity WHERE application_name = %s ORDER BY 1", [NAME]
    )
    return [pid for (pid,) in rows]


def test_nothing_is_opened_before_it_is_needed(connect: Connect, admin: Admin) -> None:
    driver = connect(application_name=NAME)
    assert opened(admin) == []
    driver.info()
    first = opened(admin)
    driver.create("{}")
    driver.put(records(0, 5))
    assert opened(admin) == first
    assert len(first) == 1


def test_no_more_are_opened_than_the_option_says(connect: Connect, admin: Admin) -> None:
    driver = connect(application_name=NAME, pool_size="2")
    driver.create("{}")
    driver.put(records(0, 50))
    most = []

    def work() -> None:
        for _ in range(20):
            assert len(driver.candidates([Query((1,))])[0]) == 50
            most.append(len(opened_by_another()))

    def opened_by_another() -> list[int]:
        with lock:
            return opened(admin)

    lock = threading.Lock()
    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 120
    assert max(most) == 2


def test_waiting_for_a_connection_ends_in_time(connect: Connect, admin: Admin) -> None:
    driver = connect(pool_size=1, timeout=600)
    driver.create("{}")
    waiting = threading.Thread(target=driver.count)
    with admin.transaction():
        admin.execute("LOCK TABLE imagematch_rec_photos")
        waiting.start()
        while not admin.execute("SELECT FROM pg_locks WHERE NOT granted").fetchall():
            time.sleep(0.01)
        with pytest.raises(StorageError, match="pool_size") as caught, driver.deadline(0.2):
            driver.info()
    waiting.join()
    assert caught.value.kind is ErrorKind.TIMEOUT


def test_a_session_that_was_ended_is_replaced(connect: Connect, admin: Admin) -> None:
    driver = connect(application_name=NAME)
    driver.create("{}")
    (old,) = opened(admin)
    admin.execute("SELECT pg_terminate_backend(%s, 300000)", [old])
    with pytest.raises(psycopg.Error) as caught:
        driver.count()
    assert PostgreSQLDriver.classify(caught.value) is ErrorKind.UNAVAILABLE
    assert driver.count() == 0
    assert len(opened(admin)) == 1


def test_sessions_keep_nothing(connect: Connect, admin: Admin) -> None:
    """Poolers hand them to others after each transaction."""
    driver = connect(pool_size=1)
    driver.create("{}")
    with driver._connections.use(5) as connection:
        before = connection.execute("SELECT name, setting FROM pg_settings").fetchall()
    for turn in range(8):
        with driver.loading():
            driver.put(records(turn, turn + 10))
        driver.candidates([Query((turn,))] * 8)
        driver.delete(["000001"])
    with driver._connections.use(5) as connection:
        after = connection.execute("SELECT name, setting FROM pg_settings").fetchall()
        held = connection.execute(
            "SELECT (SELECT count(*) FROM pg_prepared_statements),"
            " (SELECT count(*) FROM pg_cursors),"
            " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),"
            " (SELECT count(*) FROM pg_class WHERE relpersistence = 't')"
        ).fetchall()
    assert after == before
    assert held == [(0, 0, 0, 0)]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"autocommit": True},
        {"row_factory": dict_row, "prepare_threshold": 0},
        {"cursor_factory": psycopg.ClientCursor, "client_encoding": "LATIN1"},
        {"options": "-c default_transaction_isolation=serializable"},
        {"options": "-c search_path=nowhere -c default_transaction_deferrable=on"},
    ],
)
def test_a_given_pool_is_used_as_it_is(
    url: str, connect: Connect, settings: dict[str, object]
) -> None:
    with ConnectionPool(url, kwargs=settings, min_size=1, max_size=2, open=True) as pool:
        assert find_driver(pool) is PostgreSQLDriver
        driver = connect(pool)
        driver.drop()
        assert driver.create('{"é": "😀"}') == '{"é": "😀"}'
        with driver.loading():
            driver.put(records(0, 20))
        for _ in range(7):
            driver.put(records(10, 30))
            (found,) = driver.candidates([Query((1, 1_007), (), 2)])
            assert [(one.id, one.shared) for one in found] == [("000007", 2), ("000000", 1)]
        assert [one.body for one in driver.get(["000012", "000003"])] == ['{"n":12}', '{"n":3}']
        assert driver.delete(["000003"]) == 1
        driver.close()
        with pool.connection() as connection:
            for name, value in settings.items():
                if name in ("autocommit", "row_factory", "cursor_factory", "prepare_threshold"):
                    assert getattr(connection, name) == value
            assert connection.info.encoding == (
                "iso8859-1" if "client_encoding" in settings else "utf-8"
            )


def test_a_call_of_a_given_pool_ends_in_time(url: str, connect: Connect, admin: Admin) -> None:
    with ConnectionPool(url, min_size=1, max_size=2, open=True) as pool:
        driver = connect(pool, timeout=600)
        driver.create("{}")
        with admin.transaction(), driver.deadline(600):
            admin.execute("LOCK TABLE imagematch_rec_photos")
            with pytest.raises(psycopg.errors.QueryCanceled), driver.deadline(1.0):
                driver.put(records(0, 1))
            assert driver.remaining() > 300
        driver.put(records(0, 1))
        assert driver.count() == 1


def test_a_given_pool_of_punctual_connections_gives_up_on_a_silent_server(
    url: str, connect: Connect
) -> None:
    facts = conninfo_to_dict(url)
    with Relay((str(facts["host"]), int(str(facts["port"])))) as relay:
        through = make_conninfo(url, host=relay.host, port=relay.port)
        with ConnectionPool(
            through, connection_class=PunctualConnection, min_size=1, max_size=1, open=True
        ) as pool:
            driver = connect(pool, timeout=600)
            driver.create("{}")
            with pool.connection() as connection:
                assert connection.deadline == math.inf
            relay.swallow()
            with pytest.raises(StorageError, match="did not answer in time"), driver.deadline(0.5):
                driver.count()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_is_refused(connect: Connect) -> None:
    driver = connect()
    driver.create("{}")
    child = os.fork()
    if child == 0:
        try:
            driver.count()
        except StorageError as err:
            os._exit(0 if "fork" in str(err) else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert driver.count() == 0


def test_creators_agree_whatever_their_isolation(connect: Connect, admin: Admin) -> None:
    drivers = [connect(options="-c default_transaction_isolation=serializable") for _ in "ab"]
    with ThreadPoolExecutor() as pool:
        with admin.transaction():
            admin.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [drivers[0]._sql.lock]
            )
            creations = [
                pool.submit(one.create, text) for one, text in zip(drivers, "ab", strict=True)
            ]
            while len(admin.execute("SELECT FROM pg_locks WHERE NOT granted").fetchall()) < 2:
                time.sleep(0.01)
        one, other = (creation.result() for creation in creations)
    assert one == other


def test_writers_of_the_same_records_never_deadlock(connect: Connect, admin: Admin) -> None:
    first = connect()
    first.create("{}")
    # In the table they are in another order than that of their ids.
    for begin in range(200, -40, -40):
        first.put(records(begin, begin + 40))
    admin.execute("ANALYZE imagematch_rec_photos")
    errors: list[BaseException] = []

    def work(call: Callable[[PostgreSQLDriver, int], object]) -> None:
        driver = connect()
        try:
            for turn in range(40):
                call(driver, turn)
        except Exception as err:  # noqa: BLE001 - looked at below
            errors.append(err)

    def put(driver: PostgreSQLDriver, turn: int) -> None:
        text = f'"{threading.get_ident()} {turn}"'
        driver.put([replace(one, body=text) for one in records(turn, turn + 200)])

    def delete(driver: PostgreSQLDriver, turn: int) -> None:
        driver.delete([f"{number:06}" for number in range(turn, 240, 3)])

    threads = [threading.Thread(target=work, args=[call]) for call in (put, put, delete, delete)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
