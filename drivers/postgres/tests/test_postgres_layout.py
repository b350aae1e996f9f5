"""What is created, and what of the server's settings and state it does not depend on."""

import random
from collections.abc import Callable, Sequence
from itertools import pairwise

import psycopg
import pytest
from conftest import SCHEMA, Admin, Connect, records
from imagematch_core.protocol import (
    MAX_BATCH_BYTES,
    ErrorKind,
    ForeignIndex,
    Query,
    Record,
    StorageError,
)
from psycopg import sql

from imagematch_postgres import PostgreSQLDriver


def words_indexes(admin: Admin) -> list[str]:
    """The indexes of words in the schema of the test."""
    rows = admin.execute(
        "SELECT indexname FROM pg_indexes WHERE schemaname = %s AND indexname ~ 'words'"
        " AND tablename = 'imagematch_rec_photos'",
        [SCHEMA],
    )
    return [name for (name,) in rows]


def tables(admin: Admin) -> list[str]:
    """The tables in the schema of the test."""
    rows = admin.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [SCHEMA]
    )
    return [name for (name,) in rows]


def index_scans(admin: Admin) -> int:
    """How often the index of words was used, by what the server counted last."""
    admin.execute("SELECT pg_stat_clear_snapshot()")
    rows = admin.execute(
        "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'imagematch_words_photos'"
    )
    [(number,)] = rows.fetchall()
    return int(number)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW imagematch_index_photos AS SELECT 1 AS layout, 'x'::text AS info",
        "CREATE TABLE imagematch_index_photos (layout integer, info text)",
        "CREATE TABLE imagematch_rec_photos (id text)",
        "CREATE SEQUENCE imagematch_words_photos",
        "CREATE TABLE mine (a int CONSTRAINT imagematch_id_photos PRIMARY KEY)",
        "CREATE TYPE imagematch_tags_photos AS (a int)",
    ],
)
def test_whatever_has_a_name_of_ours_is_foreign(
    connect: Connect, admin: Admin, statement: str
) -> None:
    admin.execute(statement.encode())
    driver = connect()
    assert driver.info() is None
    for call in (lambda: driver.create("{}"), driver.drop):
        with pytest.raises(ForeignIndex, match=SCHEMA):
            call()
    ours = admin.execute(
        "SELECT FROM pg_class WHERE relname ~ '^imagematch_' AND pg_table_is_visible(oid)"
    )
    assert len(ours.fetchall()) == 1


def test_a_table_with_the_name_of_a_partition_is_foreign(connect: Connect, admin: Admin) -> None:
    admin.execute("CREATE TABLE imagematch_rec_photos$1 (mine text)")
    with pytest.raises(ForeignIndex, match=r"imagematch_rec_photos\$1"):
        connect(partitions=2).create("{}")
    assert tables(admin) == ["imagematch_rec_photos$1"]


def test_a_schema_that_is_not_there(connect: Connect) -> None:
    driver = connect(schema="absent")
    assert driver.info() is None
    driver.drop()
    with pytest.raises(StorageError, match="'absent'") as caught:
        driver.create("{}")
    assert caught.value.kind is ErrorKind.BAD_REQUEST


def test_another_encoding_is_refused(url: str, admin: Admin) -> None:
    admin.execute("DROP DATABASE IF EXISTS imagematch_latin")
    admin.execute(
        "CREATE DATABASE imagematch_latin TEMPLATE template0 ENCODING LATIN1"
        " LOCALE 'C'" + (" LOCALE_PROVIDER libc" if admin.info.server_version >= 150000 else "")
    )
    try:
        with PostgreSQLDriver.connect(url, "photos", dbname="imagematch_latin") as driver:
            assert driver.info() is None
            with pytest.raises(StorageError, match="LATIN1") as caught:
                driver.create("{}")
            assert caught.value.kind is ErrorKind.BAD_REQUEST
            assert driver.info() is None
    finally:
        admin.execute("DROP DATABASE imagematch_latin")


def test_ids_and_tags_are_compared_by_bytes(connect: Connect, admin: Admin) -> None:
    connect().create("{}")
    rows = admin.execute(
        "SELECT attname, collname FROM pg_attribute JOIN pg_collation c ON c.oid = attcollation"
        " WHERE attrelid = 'imagematch_rec_photos'::regclass AND attname IN ('id', 'tags')"
        " ORDER BY 1"
    )
    assert rows.fetchall() == [("id", "C"), ("tags", "C")]


def test_searching_reads_the_index(connect: Connect, admin: Admin) -> None:
    """Also where the server knows nothing of the table yet, and beside operators of others."""
    # As the extension intarray does.
    admin.execute(
        "CREATE FUNCTION share(integer[], integer[]) RETURNS boolean LANGUAGE sql AS 'SELECT false'"
    )
    admin.execute(
        "CREATE OPERATOR && (LEFTARG = integer[], RIGHTARG = integer[], FUNCTION = share)"
    )
    database = sql.Identifier(admin.info.dbname)
    admin.execute(
        sql.SQL("ALTER DATABASE {} SET search_path = {}, pg_catalog").format(
            database, sql.Identifier(SCHEMA)
        )
    )
    try:
        driver = connect(pool_size=1)
        driver.create("{}")
        driver.put(records(0, 500))
        (found,) = driver.candidates([Query((1, 1_007), ('["odd",true]',), 2)])
        assert [(one.id, one.shared) for one in found] == [("000007", 2), ("000001", 1)]
        driver.close()
        with psycopg.connect(admin.info.dsn, password=admin.info.password) as other:
            other.execute("SELECT pg_stat_force_next_flush()")
        assert index_scans(admin) == 1
    finally:
        admin.execute(sql.SQL("ALTER DATABASE {} RESET search_path").format(database))


@pytest.mark.parametrize("partitions", [1, 4])
def test_the_index_of_words_is_built_when_loading_ends(
    connect: Connect, admin: Admin, partitions: int
) -> None:
    driver = connect(partitions=partitions)
    driver.create("{}")
    assert words_indexes(admin) == ["imagematch_words_photos"]
    with driver.loading():
        assert words_indexes(admin) == []
        with driver.loading():
            driver.put(records(0, 50))
        assert words_indexes(admin) == []
    assert words_indexes(admin) == ["imagematch_words_photos"]
    # What holds records keeps its index.
    with driver.loading():
        driver.put(records(50, 60))
        assert words_indexes(admin) == ["imagematch_words_photos"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, LookupError])
def test_an_interrupted_load_can_be_searched(
    connect: Connect, admin: Admin, error: type[BaseException]
) -> None:
    driver = connect()
    driver.create("{}")

    def load() -> None:
        with driver.loading():
            driver.put(records(0, 50))
            raise error

    with pytest.raises(error):
        load()
    assert words_indexes(admin) == ["imagematch_words_photos"]


@pytest.mark.parametrize("finish", ["put", "loading"])
def test_what_a_crash_while_loading_left_is_finished(
    connect: Connect, admin: Admin, finish: str
) -> None:
    driver = connect()
    driver.create("{}")
    driver.put(records(0, 50))
    admin.execute("DROP INDEX imagematch_words_photos")
    newcomer = connect()
    (found,) = newcomer.candidates([Query((1, 1_007), (), 2)])
    assert [(one.id, one.shared) for one in found] == [("000007", 2), ("000000", 1)]
    if finish == "put":
        newcomer.put(records(0, 1))
    else:
        with newcomer.loading():
            pass
    assert words_indexes(admin) == ["imagematch_words_photos"]


def test_a_put_does_not_wait_for_an_index_that_takes_too_long(
    connect: Connect, admin: Admin
) -> None:
    driver = connect()
    driver.create("{}")
    admin.execute("DROP INDEX imagematch_words_photos")
    with psycopg.connect(admin.info.dsn, password=admin.info.password) as other:
        # Lets writers in, but nobody who builds an index.
        lock = sql.SQL("LOCK TABLE {} IN ROW EXCLUSIVE MODE")
        other.execute(lock.format(sql.Identifier(SCHEMA, "imagematch_rec_photos")))
        with driver.deadline(8):
            driver.put(records(0, 5))
    assert driver.count() == 5


def test_partitions_make_no_difference(connect: Connect, admin: Admin) -> None:
    """Ties, ids in every plane, tags and pages, what is replaced and deleted: as in one table."""
    dice = random.Random(5)
    ids = sorted(f"{start}{number}" for start in "aZé\uffee😀" for number in range(60))

    def some(chosen: Sequence[str]) -> list[Record]:
        return [
            Record(
                one,
                tuple(sorted(dice.sample(range(40), dice.randrange(12)))),
                tuple(sorted(dice.sample("xyz", dice.randrange(3)))),
                b"signature",
                f'{{"n":{dice.random()}}}',
            )
            for one in chosen
        ]

    first, again = some(ids), some(ids[::3])
    queries = [
        Query(tuple(sorted(dice.sample(range(40), 9))), tags, limit)
        for limit in (1, 7, 100, 1_000)
        for tags in ((), ("x",), ("y", "z"))
    ]
    answers = []
    for partitions in (1, 5):
        driver = connect(index=f"of_{partitions}", partitions=partitions)
        driver.create("{}")
        with driver.loading():
            driver.put(first)
        driver.put(again)
        deleted = driver.delete([*ids[1::7], "not there"])
        driver.optimize()
        pages = [driver.scan(after, 50, tags) for after in (None, "b", "é2") for tags in ((), "x")]
        found = driver.get(ids[::-5])
        answers.append([deleted, driver.candidates(queries), pages, found, driver.count()])
    assert answers[0] == answers[1]
    assert answers[0][0] == len(ids[1::7])
    counts = [
        admin.execute(f'SELECT count(*) FROM "imagematch_rec_of_5${number}"'.encode()).fetchall()
        for number in range(5)
    ]
    assert all(40 < count < 70 for [(count,)] in counts)


@pytest.mark.parametrize("asked", [1, 2, 7])
def test_an_index_keeps_the_partitions_that_it_was_created_with(
    connect: Connect, admin: Admin, asked: int
) -> None:
    connect(partitions=3).create("{}")
    made = tables(admin)
    parts = [f"imagematch_rec_photos${number}" for number in range(3)]
    assert made == ["imagematch_index_photos", "imagematch_rec_photos", *parts]
    driver = connect(partitions=asked)
    assert driver.info() == driver.create("other") == "{}"
    driver.put(records(0, 20))
    assert driver.count() == len(driver.candidates([Query((1,), (), 100)])[0]) == 20
    assert tables(admin) == made
    driver.drop()
    assert tables(admin) == []


def test_unchanged_records_are_not_written_again(connect: Connect, admin: Admin) -> None:
    driver = connect()
    driver.create("{}")
    places = b"SELECT id, ctid::text FROM imagematch_rec_photos ORDER BY id"
    driver.put(records(0, 20))
    before = admin.execute(places).fetchall()
    changed = [Record("000003", (1,), (), b"other", "{}")]
    driver.put(sorted([*records(0, 3), *changed, *records(4, 25)], key=lambda one: one.id))
    after = admin.execute(places).fetchall()
    assert [one for one, other in zip(before, after, strict=False) if one != other] == [before[3]]
    assert len(after) == 25


def test_commits_are_durable_whatever_the_role_says(
    connect: Connect, admin: Admin, roles: Callable[..., str]
) -> None:
    url = roles(
        "imagematch_careless",
        "GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}",
        "ALTER ROLE {role} SET synchronous_commit = off",
    )
    driver = connect(url)
    driver.create("{}")
    admin.execute("CREATE TABLE seen (setting text)")
    admin.execute("GRANT INSERT ON seen TO imagematch_careless")
    function = sql.SQL(
        "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO {}.seen VALUES (current_setting('synchronous_commit'));"
        " RETURN NULL; END $$"
    )
    admin.execute(function.format(sql.Identifier(SCHEMA)))
    admin.execute(
        "CREATE TRIGGER look AFTER INSERT OR DELETE ON imagematch_rec_photos"
        " EXECUTE FUNCTION look()"
    )
    driver.put(records(0, 1))
    driver.delete(["000000"])
    assert admin.execute("SELECT setting FROM seen").fetchall() == [("on",), ("on",)]


def test_pages_of_large_bodies_end_early(connect: Connect) -> None:
    driver = connect()
    driver.create("{}")
    body = '"' + "x" * ((1 << 20) - 2) + '"'
    for number in range(12):
        driver.put([Record(f"{number:02}", (), (), b"s", body)])
    pages = [driver.scan(None, 1_000)]
    while pages[-1]:
        pages.append(driver.scan(pages[-1][-1].id, 1_000))
    assert [one.id for page in pages for one in page] == [f"{number:02}" for number in range(12)]
    assert all(sum(len(one.body) for one in page[:-1]) < MAX_BATCH_BYTES for page in pages)
    assert [len(page) for page, _ in pairwise(pages)] == [8, 4]


def test_a_schema_may_hold_a_percent_sign(admin: Admin, connect: Connect) -> None:
    admin.execute(b'CREATE SCHEMA IF NOT EXISTS "a%b"')
    driver = connect(schema="a%b")
    driver.create("{}")
    driver.put(records(0, 3))
    assert driver.count() == len(driver.candidates([Query((1,))])[0]) == 3
    driver.drop()
    admin.execute(b'DROP SCHEMA "a%b"')


@pytest.mark.parametrize(
    ("schema", "partitions"), [(SCHEMA, 1), ('per%cent "quoted"', 1), ('per%cent "quoted"', 3)]
)
def test_the_printed_statements_make_what_create_makes(
    connect: Connect, admin: Admin, schema: str, partitions: int
) -> None:
    admin.execute(
        sql.SQL("DROP SCHEMA IF EXISTS {0} CASCADE; CREATE SCHEMA {0}").format(
            sql.Identifier('per%cent "quoted"')
        )
    )
    text = '{"it\'s": "the %(info)s"}'
    admin.execute(connect(schema=schema, partitions=partitions).ddl(text).encode())
    connect(index="created", schema=schema, partitions=partitions).create(text)
    described = [
        admin.execute(
            "SELECT replace(pg_get_indexdef(indexrelid), %s, ''), attname, format_type(atttypid, "
            "atttypmod), attstorage, attnotnull, pg_get_expr(relpartbound, pg_class.oid) "
            "FROM pg_index JOIN pg_attribute ON attrelid = indrelid JOIN pg_class ON "
            "pg_class.oid = indrelid WHERE starts_with(relname, %s) AND "
            "relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s) AND attnum > 0 "
            "ORDER BY 1, 2",
            [name, f"imagematch_rec_{name}", schema],
        ).fetchall()
        for name in ("photos", "created")
    ]
    assert described[0] == described[1]
    columns_of_indexes = 5 * 3
    tables_of_rows = partitions if partitions > 1 else 0
    assert len(described[0]) == columns_of_indexes * (1 + tables_of_rows)
    driver = connect(schema=schema)
    assert driver.info() == text
    assert driver.create("other") == text
    driver.put([Record("a", (1,), (), b"s", "{}")])
    assert [[one.id for one in found] for found in driver.candidates([Query((1,), (), 5)])] == [
        ["a"]
    ]
    admin.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier('per%cent "quoted"')))
