"""What storage URLs, options and client objects lead to."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from imagematch_core.drivers.registry import find_driver
from imagematch_core.protocol import InvalidTarget, Query, Record, StorageError
from pymongo import MongoClient, monitoring
from pymongo.database import Database

from imagematch_mongodb import MongoDBDriver
from imagematch_mongodb.target import from_url

Connect = Callable[..., MongoDBDriver]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("mongodb://db", "imagematch"),
        ("mongodb://db/", "imagematch"),
        ("mongodb://db?tls=true", "imagematch"),
        ("mongodb://db/photos", "photos"),
        ("mongodb://a:1,b:2,[::1]:3/my-photos?replicaSet=rs0", "my-photos"),
        ("mongodb://u:p%2F%3F%40@db/%C3%A9t%C3%A9?authSource=admin", "été"),
        ("mongodb://%2Ftmp%2Fmongodb-27017.sock/photos", "photos"),
    ],
)
def test_the_database_is_that_of_the_url(url: str, name: str) -> None:
    database = from_url(url, {}, 30.0)
    with database.client:
        assert database.name == name


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://",
        "mongodb:///photos",
        "mongodb+http://db",
        "mongodb://db/photos.pictures",
        "mongodb://db/my photos",
        "mongodb://db/admin",
        "mongodb://db/local",
        "mongodb://db:one",
        "mongodb://a,b/?directConnection=true",
        "mongodb://db/?no-such-option=1",
        "mongodb://db/?tls=perhaps",
        "mongodb://db/?maxPoolSize=many",
        "mongodb://db/?tlsCAFile=/no/such/file",
        "mongodb://db/?authMechanism=none",
        # What would weaken the promises.
        "mongodb://db/?w=1",
        "mongodb://db/?W=0",
        "mongodb://db/?journal=false",
        "mongodb://db/?j=false",
        "mongodb://db/?readPreference=secondary",
        "mongodb://db/?readConcernLevel=linearizable",
    ],
)
def test_what_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(InvalidTarget):
        MongoDBDriver.connect(url, "images")


def test_options_that_ask_for_what_is_done_anyway_are_allowed(url: str) -> None:
    as_atlas_writes_it = f"{url}{'&' if '?' in url else '?'}retryWrites=true&w=majority"
    with MongoDBDriver.connect(as_atlas_writes_it, "images", journal=True, appName="x") as driver:
        assert driver.info() is None


def test_what_other_programs_need_in_a_url_changes_nothing(url: str) -> None:
    """Times so short that each call would fail, and members that may not be there."""
    theirs = (
        "socketTimeoutMS=1&timeoutMS=1&waitQueueTimeoutMS=1&wtimeoutMS=1&maxStalenessSeconds=90"
        "&readPreference=secondaryPreferred&readPreferenceTags=dc:nowhere&readConcernLevel=local"
        "&uuidRepresentation=standard&serverSelectionTimeoutMS=1&tz_aware=true&loadBalanced=false"
    )
    with MongoDBDriver.connect(f"{url}{'&' if '?' in url else '?'}{theirs}", "images") as driver:
        driver.create("text")
        assert driver.info() == "text"
        driver.drop()


def test_keywords_beat_the_url() -> None:
    with MongoDBDriver.connect("mongodb://db/?tls=perhaps", "images", TLS=False):
        pass
    with pytest.raises(InvalidTarget, match="w=1"):
        MongoDBDriver.connect("mongodb://db/?w=majority", "images", w=1)


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://me:hunter2hunter2@db/admin.x",
        "mongodb://me:hunter2hunter2@db/?w=1",
        "mongodb://me:hunter2hunter2@db/?no-such-option=1",
        "mongodb://me:hunter2hunter2@db:port/",
        "mongodb://me:hunter2/hunter2@db/",
        "mongodb://me:hunter2?hunter2@db/",
        "mongodb://me:hunter2@hunter2@db/",
        "mongodb://me:hunter2:hunter2@db/",
        "mongodb://me:hunter2%@db/",
        "mongodb://db/?tls=true&tlsCertificateKeyFilePassword=hunter2&tlsCertificateKeyFile=/x",
    ],
)
def test_no_refusal_shows_a_password(url: str) -> None:
    with pytest.raises(InvalidTarget) as caught:
        MongoDBDriver.connect(url, "images")
    chain: BaseException | None = caught.value
    while chain is not None:
        assert "hunter2" not in f"{chain} {chain!r}"
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)


def test_passwords_of_all_characters_work(guarded: Callable[[str], str]) -> None:
    with MongoDBDriver.connect(guarded("writer"), "images") as driver:
        assert driver.info() is None


@pytest.mark.parametrize("kind", ["client", "database"])
def test_a_given_client_is_used_as_it_is(
    kind: str, connect: Connect, database: "Database[dict[str, Any]]", records: list[Record]
) -> None:
    target = database.client if kind == "client" else database
    assert find_driver(target) is MongoDBDriver
    driver = connect(target)
    driver.create("text")
    driver.put(records)
    driver.close()
    with connect() as other:
        assert other.count() == len(records)
    assert database.command("ping")["ok"]


def test_a_client_without_a_database_gets_the_default_one(mongodb_url: str) -> None:
    client: MongoClient[dict[str, Any]] = MongoClient(mongodb_url.replace("/imagematch", "/"))
    with client, MongoDBDriver.connect(client, "driver-test") as driver:
        driver.create("text")
        assert "imagematch.driver-test" in client["imagematch"].list_collection_names()
        driver.drop()


def test_options_for_a_given_client_are_refused(database: "Database[dict[str, Any]]") -> None:
    with pytest.raises(InvalidTarget, match="appName"):
        MongoDBDriver.connect(database, "images", appName="x")
    with pytest.raises(InvalidTarget, match="config"):
        MongoDBDriver.connect(database.client["config"], "images")


class _Commands(monitoring.CommandListener):
    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.seen.append(dict(event.command))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


def test_every_call_says_how_safe_it_is_to_be(
    url: str, connect: Connect, records: list[Record]
) -> None:
    """Whatever the client that is given was told."""
    commands = _Commands()
    client: MongoClient[dict[str, Any]] = MongoClient(
        url, event_listeners=[commands], w=1, readPreference="nearest", tz_aware=True
    )
    with client:
        driver = connect(client)
        driver.create("text")
        with driver.loading():
            driver.put(records[:30])
        driver.put(records)
        driver.delete(["000"])
        driver.get(["001"])
        driver.refresh()
        driver.candidates([Query((1,)), Query((2,))])
        driver.scan(None, 10)
        driver.count()
        driver.drop()
    writes = [command for command in commands.seen if "writeConcern" in command]
    reads = [command for command in commands.seen if {"find", "aggregate"} & command.keys()]
    names = {"insert", "update", "delete", "createIndexes", "dropIndexes", "drop"}
    assert {next(iter(command)) for command in writes} == names
    assert not [c for c in commands.seen if names & c.keys() and "writeConcern" not in c]
    assert all(c["writeConcern"] == {"w": "majority", "j": True} for c in writes)
    levels = {command["readConcern"]["level"] for command in reads}
    replicated = "replicaSet" in url
    assert levels == ({"local", "snapshot"} if replicated else {"local"})
    assert not [c for c in reads if "$readPreference" in c and replicated]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_an_instance_is_not_carried_over_a_fork(connect: Connect) -> None:
    driver = connect()
    driver.create("text")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            driver.count()
        except StorageError as err:
            os.write(writer, f"{err.kind}: {err}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert pipe.read() == (
            "bad-request: MongoDB was opened before a fork; open it again in the child process"
        )
    os.waitpid(child, 0)
    assert driver.count() == 0


def test_no_error_of_a_server_shows_a_password(guarded: Callable[..., str]) -> None:
    with (
        MongoDBDriver.connect(guarded("writer", "hunter2hunter2"), "images") as driver,
        pytest.raises(StorageError, match="authSource=admin") as caught,
    ):
        driver.info()
    assert "hunter2" not in f"{caught.value} {caught.value!r}"
