"""Real servers for the tests of the driver for PostgreSQL."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from devtools.fixtures import (  # noqa: F401 - fixtures
    killable_postgresql,
    postgresql_16_url,
    postgresql_url,
)
from imagematch_core.protocol import Record
from psycopg import sql

from imagematch_postgres import PostgreSQLDriver

SCHEMA = "imagematch tests"

Admin = psycopg.Connection[tuple[Any, ...]]
Connect = Callable[..., PostgreSQLDriver]


@pytest.fixture(params=["18", "16"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of a server of each major."""
    name = "postgresql_url" if request.param == "18" else "postgresql_16_url"
    found: str = request.getfixturevalue(name)
    return found


@pytest.fixture
def admin(url: str) -> Iterator[Admin]:
    """A superuser's connection, and an empty schema for the test."""
    schema = sql.Identifier(SCHEMA)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        connection.execute(sql.SQL("SET search_path = {}").format(schema))
        yield connection
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(schema))


@pytest.fixture
def connect(url: str, admin: Admin) -> Iterator[Connect]:
    """Opens instances in the test's schema."""
    opened: list[PostgreSQLDriver] = []

    def open_one(target: object = url, index: str = "photos", **options: Any) -> PostgreSQLDriver:
        driver = PostgreSQLDriver.connect(target, index, **{"schema": SCHEMA, **options})
        opened.append(driver)
        return driver

    yield open_one
    for driver in opened:
        driver.close()


@pytest.fixture
def roles(admin: Admin) -> Iterator[Callable[..., str]]:
    """Makes users: gives the URL for a new one, with the rights that statements grant it."""
    made: list[sql.Identifier] = []

    def role(name: str, *grants: str) -> str:
        identifier = sql.Identifier(name)
        # Where an earlier run died.
        if admin.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchall():
            admin.execute(sql.SQL("DROP OWNED BY {}").format(identifier))
            admin.execute(sql.SQL("DROP ROLE {}").format(identifier))
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'secret'").format(identifier))
        made.append(identifier)
        for grant in grants:
            schema = sql.Identifier(SCHEMA)
            admin.execute(sql.SQL(grant).format(role=identifier, schema=schema))
        info = admin.info
        return f"postgresql://{name}:secret@{info.host}:{info.port}/{info.dbname}"

    yield role
    for identifier in reversed(made):
        admin.execute(sql.SQL("DROP OWNED BY {}").format(identifier))
        admin.execute(sql.SQL("DROP ROLE {}").format(identifier))


def records(begin: int, end: int) -> list[Record]:
    """Records that share one word, and one tag in two."""
    return [
        Record(
            f"{number:06}",
            (1, 1_000 + number),
            ('["odd",true]',) if number % 2 else (),
            b"signature",
            f'{{"n":{number}}}',
        )
        for number in range(begin, end)
    ]
