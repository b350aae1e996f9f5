"""A connection that was given: what is written belongs to its transaction."""

import threading
from collections.abc import Iterator

import imagematch_core as imagematch
import psycopg
import pytest
from conftest import SCHEMA, Admin, Connect, records
from imagematch_core.drivers.registry import find_driver
from imagematch_core.protocol import ErrorKind, Query, Record, StorageError
from PIL import Image
from psycopg.rows import dict_row

from imagematch_postgres import PostgreSQLDriver


@pytest.fixture
def given(url: str, admin: Admin) -> Iterator[psycopg.Connection]:
    """A connection of the application's, as psycopg opens it, beside a table of its own."""
    admin.execute(f'CREATE TABLE "{SCHEMA}".offers (id integer PRIMARY KEY)')
    with psycopg.connect(url) as connection:
        connection.execute(f"SET search_path = \"{SCHEMA}\"; SET statement_timeout = '77s'")
        connection.commit()
        yield connection
        if not connection.closed:
            connection.rollback()


@pytest.fixture
def stored(connect: Connect) -> PostgreSQLDriver:
    """The index by connections of its own: what it sees is committed."""
    driver = connect()
    driver.create("{}")
    return driver


def offers(connection: psycopg.Connection) -> int:
    [(count,)] = connection.execute("SELECT count(*) FROM offers").fetchall()
    return int(count)


def test_a_record_is_there_once_the_transaction_is_committed(
    given: psycopg.Connection, connect: Connect, stored: PostgreSQLDriver
) -> None:
    assert find_driver(given) is PostgreSQLDriver
    driver = connect(given)
    given.execute("INSERT INTO offers VALUES (1)")
    driver.put(records(0, 3))
    assert driver.count() == 3
    assert stored.count() == 0
    given.commit()
    assert stored.count() == 3
    driver.close()
    assert offers(given) == 1


def test_a_record_is_gone_with_the_transaction(
    given: psycopg.Connection, connect: Connect, stored: PostgreSQLDriver
) -> None:
    driver = connect(given)
    driver.put(records(0, 3))  # begins the transaction, as any statement does
    given.execute("INSERT INTO offers VALUES (1)")
    given.rollback()
    assert (stored.count(), driver.count(), offers(given)) == (0, 0, 0)
    stored.put(records(0, 2))
    driver.delete(["000000"])
    given.rollback()
    assert stored.count() == 2


def test_a_failed_call_leaves_the_rest_of_the_transaction(
    given: psycopg.Connection, connect: Connect, stored: PostgreSQLDriver
) -> None:
    driver = connect(given)
    missing = connect(given, index="other")
    given.execute("INSERT INTO offers VALUES (1)")
    driver.put(records(0, 1))
    with pytest.raises(psycopg.errors.UndefinedTable):
        missing.put(records(0, 1))
    driver.put(records(1, 2))
    given.commit()
    assert (stored.count(), offers(given)) == (2, 1)


def test_with_autocommit_each_call_is_committed(
    url: str, connect: Connect, stored: PostgreSQLDriver
) -> None:
    with psycopg.connect(url, autocommit=True) as given:
        driver = connect(given)
        driver.put(records(0, 1))
        assert stored.count() == 1
        with given.transaction(force_rollback=True):
            driver.put(records(1, 2))
        assert stored.count() == 1


def test_settings_of_the_transaction_stay(
    given: psycopg.Connection, connect: Connect, stored: PostgreSQLDriver
) -> None:
    given.row_factory = dict_row  # type: ignore[assignment]
    given.execute("SET LOCAL client_encoding = 'LATIN1'")
    driver = connect(given)
    driver.put(records(0, 3))
    assert len(driver.candidates([Query((1,))])[0]) == 3
    assert [one.id for one in driver.scan(None, 2)] == ["000000", "000001"]
    shown = given.execute(
        "SELECT current_setting('statement_timeout') AS a, current_setting('client_encoding') AS b"
    )
    assert shown.fetchall() == [{"a": "77s", "b": "LATIN1"}]


def test_an_index_can_be_made_and_filled_in_the_transaction(
    given: psycopg.Connection, connect: Connect
) -> None:
    driver = connect(given)
    assert driver.info() is None
    assert driver.create("{}") == "{}"
    with driver.loading():
        driver.put(records(0, 5))
        assert len(driver.candidates([Query((1,))])[0]) == 5
    given.rollback()
    assert connect().info() is None


def test_threads_wait_for_each_other(
    given: psycopg.Connection, connect: Connect, stored: PostgreSQLDriver
) -> None:
    driver = connect(given)

    def put(number: int) -> None:
        for at in range(number * 10, number * 10 + 10):
            driver.put(records(at, at + 1))

    threads = [threading.Thread(target=put, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    given.commit()
    assert stored.count() == 40


def test_what_can_not_be_asked_says_so(
    given: psycopg.Connection, connect: Connect, stored: PostgreSQLDriver
) -> None:
    driver = connect(given)
    with pytest.raises(psycopg.Error):
        given.execute("SELECT 1 / 0")
    with pytest.raises(StorageError, match="roll it back first") as failed:
        driver.count()
    given.rollback()
    assert driver.count() == 0
    given.close()
    with pytest.raises(StorageError, match="is closed; open the index") as closed:
        driver.count()
    assert failed.value.kind is closed.value.kind is ErrorKind.BAD_REQUEST


def test_a_conflict_asks_for_the_whole_transaction_again(
    given: psycopg.Connection, connect: Connect, stored: PostgreSQLDriver
) -> None:
    given.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    stored.put(records(0, 1))
    driver = connect(given)
    assert driver.count() == 1
    stored.put([Record("000000", (2,), (), b"signature", "{}")])
    with pytest.raises(StorageError, match="roll it back and run it again"):
        driver.put([Record("000000", (3,), (), b"signature", "{}")])


def test_a_picture_is_added_in_the_transaction_of_its_row(
    url: str, given: psycopg.Connection
) -> None:
    picture = Image.effect_mandelbrot((200, 150), (-3, -2.5, 2, 2.5), 100)
    imagematch.open(url, schema=SCHEMA).close()
    for number, keep in ((1, False), (2, True)):
        given.execute("INSERT INTO offers VALUES (%s)", [number])
        with imagematch.open(given, schema=SCHEMA, create=False) as index:
            index.add(picture, id=f"offer/{number}")
            assert [hit.id for hit in index.search(picture)] == [f"offer/{number}"]
        given.commit() if keep else given.rollback()
    with imagematch.open(url, schema=SCHEMA) as index:
        assert [entry.id for entry in index.entries()] == ["offer/2"]
