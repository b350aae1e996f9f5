"""URLs and options."""

import pytest
from conftest import SCHEMA, Admin, Connect
from imagematch_core.drivers.registry import find_driver
from imagematch_core.protocol import InvalidTarget
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

from imagematch_postgres import PostgreSQLDriver
from imagematch_postgres.target import Options, parse


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_both_schemes_lead_here(scheme: str) -> None:
    assert find_driver(f"{scheme}://") is PostgreSQLDriver


@pytest.mark.parametrize(
    "beginning", ["postgresql", "postgres", "PostgreSQL", "postgresql+psycopg", "postgres+asyncpg"]
)
def test_the_url_goes_to_libpq_without_our_options(beginning: str) -> None:
    conninfo, options = parse(
        f"{beginning}://me:p%40ss@h1:1,h2:2/db?sslmode=require&schema=my%20photos&pool_size=3"
        "&partitions=4",
        {},
    )
    assert conninfo_to_dict(conninfo) == {
        "user": "me",
        "password": "p@ss",
        "host": "h1,h2",
        "port": "1,2",
        "dbname": "db",
        "sslmode": "require",
    }
    assert options == Options("my photos", 3, 4)


def test_keywords_beat_the_url() -> None:
    conninfo, options = parse(
        "postgresql://me@host/db?schema=a&pool_size=3&partitions=5&sslmode=disable",
        {"schema": "b", "pool_size": 4, "partitions": 6, "sslmode": "require", "password": "p'w"},
    )
    assert options == Options("b", 4, 6)
    assert conninfo_to_dict(conninfo)["sslmode"] == "require"
    assert conninfo_to_dict(conninfo)["password"] == "p'w"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2@host/db?sslmod=require",
        "postgresql://me:hunter2@host/db?synchronous_commit=off",
        "postgresql://me:hunter2@host/db?pool_size=0",
        "postgresql://me:hunter2@host/db?pool_size=many",
        "postgresql://me:hunter2@host/db?partitions=0",
        "postgresql://me:hunter2@host/db?partitions=257",
        "postgresql://me:hunter2@host/db?partitions=many",
        "postgresql://me:hunter2@host/db?schema=",
        f"postgresql://me:hunter2@host/db?schema={'x' * 64}",
        "postgresql://me:hunter2@[::1/db",
    ],
)
def test_what_is_unknown_or_out_of_range_is_refused(url: str) -> None:
    with pytest.raises(InvalidTarget) as caught:
        PostgreSQLDriver.connect(url, "photos")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("option", "meant"),
    [("search_path=mine", "schema"), ("currentSchema=mine", "schema"), ("ssl=require", "sslmode")],
)
def test_options_of_other_clients_are_told_by_their_names_here(option: str, meant: str) -> None:
    with pytest.raises(InvalidTarget, match=f"did you mean '{meant}'"):
        parse(f"postgresql://localhost/db?{option}", {})


def test_a_pool_has_options_of_the_tables_only(connect: Connect, url: str) -> None:
    with ConnectionPool(url, open=True) as pool:
        with pytest.raises(InvalidTarget, match="pool_size"):
            PostgreSQLDriver.connect(pool, "photos", pool_size=3)
        connect(pool, partitions=2).create("{}")
        assert connect().info() == "{}"


def test_tables_are_in_the_schema_that_is_named(connect: Connect, admin: Admin) -> None:
    elsewhere = connect(schema="public")
    elsewhere.drop()
    connect().create("{}")
    assert elsewhere.info() is None
    rows = admin.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [SCHEMA]
    )
    assert rows.fetchall() == [("imagematch_index_photos",), ("imagematch_rec_photos",)]


def test_a_search_path_is_no_schema() -> None:
    url = "postgresql://localhost/db?options=-csearch_path%3Dmine"
    with pytest.raises(InvalidTarget, match="schema="):
        parse(url, {})
    assert parse(f"{url}&schema=mine", {})[1].schema == "mine"
