"""What goes wrong with real servers, in the terms of imagematch."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import imagematch_core
import psycopg
import pytest
from conftest import SCHEMA, Admin, Connect, records
from devtools.servers import LocalServer
from imagematch_core.protocol import ErrorKind, Query, StorageError
from imagematch_core.store import Store
from psycopg_pool import ConnectionPool, NullConnectionPool

from imagematch_postgres import PostgreSQLDriver


@contextmanager
def fails(kind: ErrorKind, text: str | None = None) -> Iterator[None]:
    """Expect an error of this kind."""
    with pytest.raises((psycopg.Error, StorageError), match=text) as caught:
        yield
    err = caught.value
    found = err.kind if isinstance(err, StorageError) else PostgreSQLDriver.classify(err)
    assert found is kind, err


@pytest.mark.parametrize(
    ("change", "kind", "text"),
    [
        ({"password": "wrong"}, ErrorKind.AUTH, "authentication failed"),
        ({"password": ""}, ErrorKind.AUTH, "no password supplied"),
        ({"user": "imagematch_nobody"}, ErrorKind.AUTH, "authentication failed"),
        ({"dbname": "imagematch_absent"}, ErrorKind.BAD_REQUEST, "does not exist"),
        ({"port": "1"}, ErrorKind.UNAVAILABLE, "refused"),
        ({"host": "imagematch.invalid"}, ErrorKind.UNAVAILABLE, None),
        ({"host": "127.0.0.1,127.0.0.1", "port": "1,2"}, ErrorKind.UNAVAILABLE, "refused"),
        ({"sslmode": "require"}, ErrorKind.UNAVAILABLE, "SSL"),
        ({"sslmode": "maybe"}, ErrorKind.BAD_REQUEST, "sslmode"),
        ({"options": "-c work_mem=none"}, ErrorKind.BAD_REQUEST, "work_mem"),
    ],
)
def test_refused_connections(
    connect: Connect, change: dict[str, str], kind: ErrorKind, text: str | None
) -> None:
    with fails(kind, text):
        connect(**change).info()


def test_roles_that_may_not_connect(
    connect: Connect, roles: Callable[..., str], admin: Admin
) -> None:
    busy = roles("imagematch_busy", "ALTER ROLE {role} CONNECTION LIMIT 1")
    with psycopg.connect(busy), fails(ErrorKind.TRANSIENT):
        connect(busy).info()
    with fails(ErrorKind.AUTH, "not permitted to log in"):
        connect(roles("imagematch_barred", "ALTER ROLE {role} NOLOGIN")).info()
    admin.execute("DROP DATABASE IF EXISTS imagematch_private")
    admin.execute("CREATE DATABASE imagematch_private")
    try:
        admin.execute("REVOKE CONNECT ON DATABASE imagematch_private FROM PUBLIC")
        with fails(ErrorKind.DENIED):
            connect(roles("imagematch_outside"), dbname="imagematch_private").info()
    finally:
        admin.execute("DROP DATABASE imagematch_private")


def test_a_database_that_is_read_only(connect: Connect) -> None:
    connect().create("{}")
    reader = connect(options="-c default_transaction_read_only=on")
    assert reader.info() == "{}"
    assert reader.candidates([Query((1,))]) == [[]]
    with fails(ErrorKind.READ_ONLY):
        reader.put(records(0, 1))


def test_a_table_that_is_gone(connect: Connect, admin: Admin) -> None:
    driver = connect()
    driver.create("{}")
    admin.execute("DROP TABLE imagematch_rec_photos")
    with fails(ErrorKind.MISSING_INDEX):
        driver.put(records(0, 1))
    with fails(ErrorKind.MISSING_INDEX):
        driver.candidates([Query((1,))])


def test_limits_of_the_server(connect: Connect, admin: Admin) -> None:
    driver = connect(options="-c lock_timeout=100")
    driver.create("{}")
    with admin.transaction():
        admin.execute("LOCK TABLE imagematch_rec_photos")
        with fails(ErrorKind.TRANSIENT):
            driver.put(records(0, 1))
        with fails(ErrorKind.TIMEOUT), driver.deadline(0.05):
            driver.count()


def test_a_call_that_the_server_ends_is_not_taken_for_a_slow_one(url: str, admin: Admin) -> None:
    """By an administrator here; limits such as `transaction_timeout` do the same."""

    def cancel() -> None:
        while not admin.execute(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'cancelled' AND wait_event_type = 'Lock'"
        ).fetchall():
            time.sleep(0.02)

    with imagematch_core.open(
        url, schema=SCHEMA, application_name="cancelled", index="cancelled", timeout=600
    ) as index:
        with admin.transaction(), ThreadPoolExecutor() as threads:
            admin.execute("LOCK TABLE imagematch_rec_cancelled")
            cancelled = threads.submit(cancel)
            with pytest.raises(StorageError, match="ended the call before its time") as caught:
                index.count()
            cancelled.result()
        assert caught.value.kind is ErrorKind.TIMEOUT
        assert index.count() == 0
        index.drop()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.DiskFull, ErrorKind.FULL),
        (psycopg.errors.DeadlockDetected, ErrorKind.TRANSIENT),
        (psycopg.errors.SerializationFailure, ErrorKind.TRANSIENT),
        (psycopg.errors.CrashShutdown, ErrorKind.UNAVAILABLE),
        (psycopg.errors.CannotConnectNow, ErrorKind.UNAVAILABLE),
        (psycopg.errors.DatabaseDropped, ErrorKind.BAD_REQUEST),
        (psycopg.errors.ConfigurationLimitExceeded, ErrorKind.BAD_REQUEST),
        (psycopg.errors.ProtocolViolation, ErrorKind.UNAVAILABLE),
        (psycopg.errors.SyntaxError, ErrorKind.BAD_REQUEST),
        (psycopg.InterfaceError, ErrorKind.BAD_REQUEST),
        (psycopg.DataError, ErrorKind.BAD_REQUEST),
    ],
)
def test_states_that_tests_cannot_bring_about(error: type[psycopg.Error], kind: ErrorKind) -> None:
    assert PostgreSQLDriver.classify(error("")) is kind


def test_errors_show_no_password(url: str) -> None:
    password = urlsplit(url).password or ""
    store = Store.open(url.replace(f":{password}@", ":hunter2hunter2@"), "photos")
    with pytest.raises(StorageError) as caught:
        store.info()
    assert caught.value.kind is ErrorKind.AUTH
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__!r}"
    store.close()


def test_an_instance_outlives_a_restart(killable_postgresql: LocalServer) -> None:
    server = killable_postgresql
    driver = PostgreSQLDriver.connect(server.url, "photos")
    driver.create("{}")
    with driver._connections.use(5), driver._connections.use(5):
        pass  # two idle connections
    server.kill()
    with fails(ErrorKind.UNAVAILABLE):
        driver.count()
    server.restart()
    assert driver.count() == 0
    driver.close()


def test_a_pool_that_is_exhausted_or_closed(url: str) -> None:
    with ConnectionPool(url, min_size=1, max_size=1, open=True) as pool:
        driver = PostgreSQLDriver.connect(pool, "photos")
        with pool.connection(), fails(ErrorKind.TIMEOUT), driver.deadline(0.2):
            driver.info()
        assert driver.server_version().startswith("PostgreSQL ")
    with fails(ErrorKind.BAD_REQUEST, "closed"):
        driver.info()
    with NullConnectionPool(url, min_size=0, max_size=1, max_waiting=1) as narrow:
        driver = PostgreSQLDriver.connect(narrow, "photos")
        assert driver.server_version().startswith("PostgreSQL ")
