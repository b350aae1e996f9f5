"""What a server that refuses, fails or is slow leads to."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from time import monotonic
from typing import Any

import pytest
from devtools.servers import LocalServer
from imagematch_core.protocol import BulkError, ErrorKind, Query, Record, StorageError
from imagematch_core.store import Store
from pymongo import MongoClient
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    OperationFailure,
    PyMongoError,
)

from imagematch_mongodb import MongoDBDriver

Connect = Callable[..., MongoDBDriver]


@contextmanager
def raises(kind: ErrorKind) -> Iterator[None]:
    with pytest.raises((PyMongoError, StorageError)) as caught:
        yield
    err = caught.value
    found = err.kind if isinstance(err, StorageError) else MongoDBDriver.classify(err)
    assert found is kind, repr(err)


@pytest.fixture
def admin(killable_mongodb: LocalServer) -> Iterator["MongoClient[dict[str, Any]]"]:
    """A client of a server that a test may spoil."""
    client: MongoClient[dict[str, Any]] = MongoClient(killable_mongodb.url)
    with client:
        yield client


def test_a_wrong_password(guarded: Callable[..., str]) -> None:
    with (
        MongoDBDriver.connect(guarded("writer", "wrong"), "images") as driver,
        raises(ErrorKind.AUTH),
    ):
        driver.info()


def test_no_password(guarded: Callable[..., str]) -> None:
    _, _, address = guarded("nobody").partition("@")
    with MongoDBDriver.connect(f"mongodb://{address}", "images") as driver, raises(ErrorKind.AUTH):
        driver.info()


def test_rights(guarded: Callable[..., str], records: list[Record]) -> None:
    """The roles that the README names are enough, and less is denied."""
    with MongoDBDriver.connect(guarded("writer"), "images") as writer:
        writer.create("text")
        with writer.loading():
            writer.put(records)
        assert writer.delete(["000"]) == 1
        with MongoDBDriver.connect(guarded("reader"), "images") as reader:
            assert reader.info() == "text"
            reader.refresh()
            assert len(reader.candidates([Query((1,))])[0]) == reader.count() == 49
            assert reader.scan(None, 10, ['["a",1]'])
            assert reader.get(["001"])
            assert reader.server_version().startswith("MongoDB ")
            for call in (
                lambda: reader.put(records),
                lambda: reader.delete(["001"]),
                reader.drop,
                lambda: reader.create("other"),
            ):
                with raises(ErrorKind.DENIED):
                    call()
        with (
            MongoDBDriver.connect(guarded("stranger"), "images") as stranger,
            raises(ErrorKind.DENIED),
        ):
            stranger.info()
        assert writer.count() == 49
        writer.drop()


def test_a_server_that_is_away_is_given_up_soon() -> None:
    with (
        MongoDBDriver.connect("mongodb://127.0.0.1:9", "images") as driver,
        driver.deadline(600),
    ):
        with raises(ErrorKind.UNAVAILABLE):
            driver.info()
        assert driver.remaining() > 300


@pytest.mark.parametrize("url", ["mongodb://db.invalid", "mongodb+srv://db.example.invalid"])
def test_a_name_that_leads_nowhere(url: str) -> None:
    with (
        raises(ErrorKind.UNAVAILABLE),
        MongoDBDriver.connect(url, "images", timeout=5.0) as driver,
    ):
        driver.info()


def test_a_member_that_is_not_the_primary(
    killable_mongodb: LocalServer, admin: "MongoClient[dict[str, Any]]", records: list[Record]
) -> None:
    """One that may be asked alone refuses; a client of the set is asked until one is elected."""
    direct = killable_mongodb.url.partition("?")[0] + "?directConnection=true"
    with (
        MongoDBDriver.connect(direct, "images") as alone,
        closing(Store.open(killable_mongodb.url, "images", timeout=600)) as members,
        MongoClient[dict[str, Any]](direct) as stepped_down,
        ThreadPoolExecutor() as pool,
    ):
        alone.create("text")
        alone.put(records)
        members.info()
        admin.admin.command("replSetStepDown", 3_600, force=True)
        soon = monotonic() + 60
        with raises(ErrorKind.UNAVAILABLE):
            while monotonic() < soon:  # until its client has heard of it
                alone.get(["001"])
        with MongoDBDriver.connect(direct, "images") as newcomer, raises(ErrorKind.UNAVAILABLE):
            newcomer.get(["001"])
        writing = pool.submit(members.put, records)
        stepped_down.admin.command("replSetFreeze", 0)  # now it may be elected again
        assert not writing.result()
        members.refresh()
        assert members.count() == len(records)
        assert len(members.candidates([Query((1,))])[0]) == len(records)


def test_a_server_that_takes_no_writes(
    killable_mongodb: LocalServer, admin: "MongoClient[dict[str, Any]]", records: list[Record]
) -> None:
    with MongoDBDriver.connect(killable_mongodb.url, "images") as driver:
        driver.create("text")
        driver.put(records[:10])
        admin.admin.command({"setUserWriteBlockMode": 1, "global": True})
        with raises(ErrorKind.READ_ONLY):
            driver.put(records)
        driver.refresh()
        assert driver.count() == 10
        admin.admin.command({"setUserWriteBlockMode": 1, "global": False})
        driver.put(records)


def test_a_server_that_is_locked(
    killable_mongodb: LocalServer, admin: "MongoClient[dict[str, Any]]", records: list[Record]
) -> None:
    """Writers wait, and give up in time."""
    with MongoDBDriver.connect(killable_mongodb.url, "images", timeout=600) as driver:
        driver.create("text")
        admin.admin.command("fsync", lock=True)
        with driver.deadline(600):
            with raises(ErrorKind.TIMEOUT), driver.deadline(1.0):
                driver.put(records)
            assert driver.remaining() > 300
        admin.admin.command("fsyncUnlock")
        driver.put(records)
        assert driver.count() == len(records)


def test_a_killed_server_keeps_what_it_acknowledged(
    killable_mongodb: LocalServer, records: list[Record]
) -> None:
    with MongoDBDriver.connect(killable_mongodb.url, "images") as driver:
        driver.create("text")
        driver.put(records)
        killable_mongodb.kill()
        with raises(ErrorKind.UNAVAILABLE), driver.deadline(2.0):
            driver.count()
        killable_mongodb.restart()
        driver.refresh()
        assert [stored.id for stored in driver.scan(None, 100)] == [one.id for one in records]


def test_writers_of_the_same_new_records(connect: Connect, records: list[Record]) -> None:
    """Whoever is second is told so for each record, and succeeds when it tries again."""
    writers = [connect() for _ in range(4)]
    writers[0].create("text")

    def write(writer: MongoDBDriver) -> set[ErrorKind]:
        kinds: set[ErrorKind] = set()
        while True:
            try:
                writer.put(records)
            except BulkError as err:
                kinds |= {failure.kind for failure in err.failures.values()}
            else:
                return kinds

    with ThreadPoolExecutor() as pool:
        for _ in range(5):
            assert set[ErrorKind]().union(*pool.map(write, writers)) <= {ErrorKind.TRANSIENT}
            assert writers[0].delete([one.id for one in records]) == len(records)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OperationFailure("x", 112), ErrorKind.TRANSIENT),
        (OperationFailure("x", 246), ErrorKind.TRANSIENT),
        (
            OperationFailure("x", 1, {"errorLabels": ["TransientTransactionError"]}),
            ErrorKind.TRANSIENT,
        ),
        (OperationFailure("x", 189), ErrorKind.UNAVAILABLE),
        (OperationFailure("x", 1, {"errorLabels": ["RetryableWriteError"]}), ErrorKind.UNAVAILABLE),
        (AutoReconnect("connection closed"), ErrorKind.UNAVAILABLE),
        (OperationFailure("x", 14031), ErrorKind.FULL),
        (
            OperationFailure("x", 8000, {"errmsg": "you are over your space quota, using 513 MB"}),
            ErrorKind.FULL,
        ),
        (
            OperationFailure("x", 8000, {"errmsg": "bad auth : Authentication failed."}),
            ErrorKind.AUTH,
        ),
        (
            OperationFailure("x", 8000, {"errmsg": "user is not allowed to do action [insert]"}),
            ErrorKind.DENIED,
        ),
        (OperationFailure("x", 2), ErrorKind.BAD_REQUEST),
        (OperationFailure("x"), ErrorKind.BAD_REQUEST),
        (ConfigurationError("wire version"), ErrorKind.BAD_REQUEST),
        (
            BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64, "errmsg": ""}]}),
            ErrorKind.TIMEOUT,
        ),
        (OSError("x"), None),
    ],
)
def test_what_cannot_be_brought_about_here(error: Any, kind: ErrorKind | None) -> None:
    assert MongoDBDriver.classify(error) is kind
