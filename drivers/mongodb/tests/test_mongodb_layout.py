"""What is in the database, and what becomes of it when things go wrong."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from bson import ObjectId
from imagematch_core.protocol import ErrorKind, Query, Record, StorageError
from pymongo.database import Database

from imagematch_mongodb import MongoDBDriver
from imagematch_mongodb.layout import Collections
from imagematch_mongodb.server import Server

Connect = Callable[..., MongoDBDriver]
Mongo = Database[dict[str, Any]]


def collections_of(database: Mongo) -> tuple[dict[str, Any], Any]:
    """The marker and the collection of records."""
    marker = database["imagematch.driver-test"].find_one()
    assert marker is not None
    return marker, database[f"imagematch.driver-test.{marker['records']}"]


def names(database: Mongo) -> list[str]:
    return sorted(
        name for name in database.list_collection_names() if name.startswith("imagematch.driver-t")
    )


def plan(found: Any) -> str:
    """The stages that the server chose for a query."""
    return str(found.explain()["queryPlanner"]["winningPlan"])


def test_an_index_is_two_collections(
    connect: Connect, database: Mongo, records: list[Record]
) -> None:
    driver = connect()
    driver.create("text")
    driver.put(records)
    marker, stored = collections_of(database)
    assert marker == {
        "_id": "imagematch",
        "layout": 1,
        "info": "text",
        "records": marker["records"],
    }
    assert names(database) == ["imagematch.driver-test", stored.name]
    assert list(stored.find({"_id": {"$in": ["000", "001"]}}, sort=[("_id", 1)])) == [
        {"_id": "000", "words": [1, 100], "signature": b"signature", "body": '{"n":0}'},
        {
            "_id": "001",
            "words": [1, 101],
            "signature": b"signature",
            "tags": ['["a",1]'],
            "body": '{"n":1}',
        },
    ]
    driver.drop()
    assert names(database) == []


@pytest.mark.parametrize("shards", [1, 2])
def test_an_index_on_several_shards_is_refused(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, shards: int
) -> None:
    """No router is at hand: what one says of itself is put in, and what its shards would answer."""
    connect().create("text")
    monkeypatch.setattr(Server, "is_router", True)
    if shards == 1:
        assert connect().info() == "text"
        return
    monkeypatch.setattr(Collections, "_shards", lambda *_: shards)
    with pytest.raises(StorageError, match="several shards") as caught:
        connect().info()
    assert caught.value.kind is ErrorKind.BAD_REQUEST


def test_queries_use_the_indexes(connect: Connect, database: Mongo) -> None:
    driver = connect()
    driver.create("text")
    for start in range(0, 6_000, 1_000):
        driver.put(
            [
                Record(f"{n:05}", (n % 997, 10_000 + n), (f"t{n % 3}", f"u{n % 101}"), b"s", "{}")
                for n in range(start, start + 1_000)
            ]
        )
    _, stored = collections_of(database)
    by_words = plan(stored.find({"words": {"$in": list(range(60))}}))
    assert "'indexName': 'words'" in by_words
    assert "COLLSCAN" not in by_words
    page = plan(
        stored.find({"_id": {"$gt": "01"}, "tags": {"$all": ["t1", "u7"]}}, sort=[("_id", 1)])
    )
    assert "'indexName': 'tags'" in page
    assert "SORT" not in page.replace("SORT_MERGE", "")


def test_loading_builds_the_indexes_at_the_end(
    connect: Connect, database: Mongo, records: list[Record]
) -> None:
    driver, other = connect(), connect()
    driver.create("text")
    _, stored = collections_of(database)
    with driver.loading():
        driver.put(records[:20])
        assert set(stored.index_information()) == {"_id_"}
        assert len(other.candidates([Query((1,))])[0]) == 20
        with driver.loading():
            driver.put(records)
    assert set(stored.index_information()) == {"_id_", "words", "tags"}
    assert "loading" not in collections_of(database)[0]
    with driver.loading():
        assert set(stored.index_information()) == {"_id_", "words", "tags"}


@pytest.mark.parametrize("how", ["put", "loading"])
def test_what_a_crash_while_loading_leaves_is_finished(
    how: str, connect: Connect, database: Mongo, records: list[Record]
) -> None:
    driver, other = connect(), connect()
    driver.create("text")
    _, stored = collections_of(database)
    crashing = driver.loading()
    crashing.__enter__()
    driver.put(records[:20])
    assert set(stored.index_information()) == {"_id_"}
    if how == "put":
        other.put(records)
    else:
        with other.loading():
            other.put(records)
    assert set(stored.index_information()) == {"_id_", "words", "tags"}
    assert "loading" not in collections_of(database)[0]
    crashing.__exit__(None, None, None)
    assert len(other.candidates([Query((1,))])[0]) == len(records)


@pytest.mark.parametrize("created_anew", [False, True])
def test_a_write_that_comes_after_a_drop_is_undone(
    created_anew: bool, connect: Connect, database: Mongo
) -> None:
    """Not even its collection is left, and an index created since knows nothing of it."""
    driver = connect()
    driver.create("text")
    late = Collections(database, "driver-test")
    marker = late.current()
    driver.drop()
    if created_anew:
        driver.create("new")
    late.records(marker).insert_one({"_id": "late"})
    assert len(names(database)) == (3 if created_anew else 1)
    with pytest.raises(StorageError) as caught:
        late.confirm(marker)
    assert caught.value.kind is ErrorKind.MISSING_INDEX
    assert len(names(database)) == (2 if created_anew else 0)
    assert driver.info() == ("new" if created_anew else None)


def test_writers_that_race_with_a_drop(
    connect: Connect, database: Mongo, records: list[Record]
) -> None:
    """They store their records before it, or find that the index is gone."""
    drivers = [connect() for _ in range(4)]

    def write(driver: MongoDBDriver) -> ErrorKind | None:
        try:
            for start in range(0, 50, 10):
                driver.put(records[start : start + 10])
        except StorageError as err:
            return err.kind
        return None

    for turn in range(10):
        drivers[0].create("text")
        with ThreadPoolExecutor() as pool:
            writing = [pool.submit(write, driver) for driver in drivers[1:]]
            time.sleep(turn / 500)
            drivers[0].drop()
            kinds = {future.result() for future in writing}
        assert kinds <= {None, ErrorKind.MISSING_INDEX, ErrorKind.TRANSIENT}
        assert names(database) == []


def test_what_a_late_writer_left_goes_with_the_next_drop(connect: Connect, database: Mongo) -> None:
    driver = connect()
    driver.create("text")
    database[f"imagematch.driver-test.{ObjectId()}"].insert_one({"_id": "late"})
    database["imagematch.driver-test.notes"].insert_one({"_id": "mine"})
    assert driver.count() == 0
    driver.drop()
    assert names(database) == ["imagematch.driver-test.notes"]


@pytest.mark.parametrize(
    "option", [{"collation": {"locale": "de"}}, {"capped": True, "size": 9999}]
)
def test_records_in_a_collection_with_rules_of_its_own_are_refused(
    option: dict[str, Any], connect: Connect, database: Mongo
) -> None:
    """As a copy may end up in one that orders ids otherwise."""
    driver = connect()
    driver.create("text")
    _, stored = collections_of(database)
    stored.drop()
    database.create_collection(stored.name, **option)
    with pytest.raises(StorageError, match=next(iter(option))) as caught:
        connect().info()
    assert caught.value.kind is ErrorKind.BAD_REQUEST


def test_ids_and_bodies_are_never_taken_for_more_than_text(connect: Connect) -> None:
    driver = connect()
    driver.create("text")
    odd = ["$where", '{"$ref": "a", "$id": 1}', "imagematch", "0", "a.b", "😀", "/^a/"]
    driver.put([Record(one, (7,), (), b"s", one) for one in sorted(odd)])
    assert [(one.id, one.body) for one in driver.get(odd)] == [(one, one) for one in odd]
    assert driver.delete(["/^a/"]) == 1
    assert driver.count() == len(odd) - 1


def test_an_index_may_be_called_as_mongodb_s_own_collections(database: Mongo) -> None:
    with MongoDBDriver.connect(database, "system") as driver:
        driver.create("{}")
        driver.put([Record("a", (1,), (), b"s", "{}")])
        assert driver.count() == 1
        driver.drop()
