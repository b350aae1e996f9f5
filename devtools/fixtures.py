"""Fixtures for tests that need a real server: `pytest_plugins = ["devtools.fixtures"]`.

The `…_url` fixtures share one server for the whole run, that of the environment where there is
one: a test keeps to an index, schema or database name of its own. The `killable_…` fixtures
start a server for one test, which may kill it and restart it.
"""

from collections.abc import Iterator

import pytest

from devtools.servers import LocalServer, private, running


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with running("postgresql") as server:
        yield server.url


@pytest.fixture(scope="session")
def postgresql_16_url() -> Iterator[str]:
    with running("postgresql-16") as server:
        yield server.url


@pytest.fixture(scope="session")
def mongodb_url() -> Iterator[str]:
    """A replica set of one member."""
    with running("mongodb") as server:
        yield server.url


@pytest.fixture(scope="session")
def mongodb_standalone_url() -> Iterator[str]:
    with running("mongodb-standalone") as server:
        yield server.url


@pytest.fixture(scope="session")
def elasticsearch_url() -> Iterator[str]:
    with running("elasticsearch") as server:
        yield server.url


@pytest.fixture(scope="session")
def elasticsearch_8_url() -> Iterator[str]:
    with running("elasticsearch-8") as server:
        yield server.url


@pytest.fixture
def killable_postgresql() -> Iterator[LocalServer]:
    with private("postgresql") as server:
        yield server


@pytest.fixture
def killable_mongodb() -> Iterator[LocalServer]:
    with private("mongodb") as server:
        yield server


@pytest.fixture
def killable_elasticsearch() -> Iterator[LocalServer]:
    with private("elasticsearch") as server:
        yield server
