"""Real servers for the tests of the driver for Elasticsearch."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from devtools.fixtures import elasticsearch_url  # noqa: F401 - a fixture
from devtools.servers import LocalServer
from elasticsearch import Elasticsearch
from guarded_elasticsearch import Guarded
from imagematch_core.protocol import Record

from imagematch_es import ElasticsearchDriver
from imagematch_es.target import from_url


@pytest.fixture(scope="session")
def guarded() -> Iterator[Guarded]:
    """A server with TLS, several users, and hardly any room for waiting writes."""
    recipe = Guarded()
    server = LocalServer(recipe)
    try:
        recipe.server = server
        server.wait()
        yield recipe
    finally:
        server.stop()


@pytest.fixture
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:  # noqa: F811
    """A client of the server that the driver uses, as others may have one."""
    found, _ = from_url(elasticsearch_url, {})
    with found:
        yield found


Connect = Callable[..., ElasticsearchDriver]


def record(
    record_id: str,
    words: tuple[int, ...] = (1,),
    tags: tuple[str, ...] = (),
    body: str = "{}",
) -> Record:
    """A record whose signature tells which it is."""
    return Record(record_id, words, tags, record_id.encode()[:9] or b"-", body)


@pytest.fixture
def connect(elasticsearch_url: str, client: Elasticsearch) -> Iterator[Connect]:  # noqa: F811
    """Opens instances of the driver; before and after, all indexes of the tests are removed."""

    def remove() -> None:
        for name in client.indices.get(index="imagematch-test*,test-*", expand_wildcards="all"):
            client.indices.delete(index=name)

    opened = []

    def open_one(
        index: str = "test", url: str = elasticsearch_url, **options: Any
    ) -> ElasticsearchDriver:
        opened.append(ElasticsearchDriver.connect(url, index, **options))
        return opened[-1]

    remove()
    yield open_one
    for driver in opened:
        driver.close()
    remove()


@pytest.fixture
def template(client: Elasticsearch) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Puts an index template in force for all that the tests create."""
    name = "imagematch-tests"

    def impose(template: dict[str, Any]) -> None:
        client.indices.put_index_template(
            name=name, index_patterns=["imagematch-test*"], priority=900, template=template
        )

    yield impose
    client.options(ignore_status=404).indices.delete_index_template(name=name)
