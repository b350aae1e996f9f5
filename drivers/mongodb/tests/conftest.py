"""Real servers for the tests of the driver for MongoDB."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from devtools.fixtures import (  # noqa: F401 - fixtures
    killable_mongodb,
    mongodb_standalone_url,
    mongodb_url,
)
from devtools.servers import LocalServer
from guarded_mongodb import GuardedMongoDB, users_of
from imagematch_core.protocol import Record
from pymongo import MongoClient
from pymongo.database import Database

from imagematch_mongodb import MongoDBDriver

INDEX = "driver-test"


@pytest.fixture(params=["replica set", "standalone"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of a server of each topology."""
    name = "mongodb_url" if request.param == "replica set" else "mongodb_standalone_url"
    found: str = request.getfixturevalue(name)
    return found


@pytest.fixture
def database(url: str) -> Iterator["Database[dict[str, Any]]"]:
    """The database of that URL, as others see it."""
    client: MongoClient[dict[str, Any]] = MongoClient(url)
    with client:
        yield client.get_default_database()


@pytest.fixture
def connect(
    url: str, database: "Database[dict[str, Any]]"
) -> Iterator[Callable[..., MongoDBDriver]]:
    """Opens instances of an index, which is not there before and after the test."""
    opened: list[MongoDBDriver] = []

    def remove() -> None:
        for name in database.list_collection_names(filter={"name": {"$regex": INDEX}}):
            database.drop_collection(name)

    def open_one(target: object = url, **options: Any) -> MongoDBDriver:
        opened.append(MongoDBDriver.connect(target, INDEX, **options))
        return opened[-1]

    remove()
    yield open_one
    for driver in opened:
        driver.close()
    remove()


@pytest.fixture(scope="session")
def guarded() -> Iterator[Callable[[str], str]]:
    """A server that asks for passwords: gives the URL for one of its users."""
    server = LocalServer(GuardedMongoDB())
    try:
        server.wait()
        yield users_of(server.url)
    finally:
        server.stop()


@pytest.fixture
def records() -> list[Record]:
    """A few records, of which two in three have a tag."""
    return [
        Record(
            f"{number:03}",
            (1, 100 + number),
            ('["a",1]',) if number % 3 else (),
            b"signature",
            f'{{"n":{number}}}',
        )
        for number in range(50)
    ]
