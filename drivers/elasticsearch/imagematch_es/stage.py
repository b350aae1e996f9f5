"""Elasticsearch as the conformance suite needs it beyond the driver.

The URL's user must be allowed to manage index templates and, where there are passwords, users.
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from elasticsearch import ApiError, Elasticsearch
from imagematch_conformance.bench import MAIN
from imagematch_conformance.network import closed_port
from imagematch_conformance.stage import Impossible, Stage
from imagematch_core.protocol import ErrorKind, Stored

from .target import from_url

_TEMPLATE = "imagematch-certify"
_REFUSED = f"imagematch-{MAIN}-refused*"
_USER = "imagematch-certify-nobody"

_IMPOSED: Mapping[ErrorKind, Mapping[str, Any]] = {
    ErrorKind.READ_ONLY: {"settings": {"index.blocks.write": True}},
    # The block that Elasticsearch sets when a disk is nearly full.
    ErrorKind.FULL: {"settings": {"index.blocks.read_only_allow_delete": True}},
    ErrorKind.BAD_REQUEST: {"mappings": {"_source": {"enabled": False}}},
}


class ElasticsearchStage(Stage):
    """Does with a client what others may do to an index."""

    @contextmanager
    def stranger(self, index: str) -> Iterator[Callable[[], bool]]:
        name = f"imagematch-{index}"
        with self._connected() as client:
            client.index(index=name, id="mine", document={"text": "precious"})
            yield lambda: client.get(index=name, id="mine")["_source"] == {"text": "precious"}
            client.indices.delete(index=name)

    def half_created(self, index: str) -> AbstractContextManager[None]:  # noqa: ARG002 - see Stage
        raise Impossible("an index and its alias are created in one step")

    @contextmanager
    def other_layout(self, index: str) -> Iterator[None]:
        name = f"imagematch-{index}.1"
        with self._connected() as client:
            meta = client.indices.get_mapping(index=name)[name]["mappings"]["_meta"]
            other = {"imagematch": meta["imagematch"] | {"layout": 2}}
            client.indices.put_mapping(index=name, meta=other)
            yield
            client.indices.put_mapping(index=name, meta=meta)

    def blocked(self, index: str) -> AbstractContextManager[None]:  # noqa: ARG002 - see Stage
        raise Impossible("writers take no locks that others could hold")

    def stored(self, index: str) -> Iterable[Stored]:
        with self._connected() as client:
            answer = client.search(index=f"imagematch-{index}.1", size=10_000)
        return [
            Stored(hit["_id"], base64.b64decode(hit["_source"]["signature"]), _body(hit["_source"]))
            for hit in answer["hits"]["hits"]
        ]

    @contextmanager
    def client(self) -> Iterator[tuple[Any, Callable[[], object]]]:
        with self._connected() as client:
            yield client, client.cluster.health

    @contextmanager
    def refusing(self, kind: ErrorKind) -> Iterator[str]:
        if kind is ErrorKind.UNAVAILABLE:
            yield self.at_address("127.0.0.1", closed_port())
        elif kind in _IMPOSED:
            with self._imposed(_IMPOSED[kind]):
                yield self.url
        elif not self._parts()["user"]:
            raise Impossible("this server asks for no password")
        elif kind is ErrorKind.DENIED:
            with self._connected() as client:
                try:
                    client.security.put_user(username=_USER, password=_USER, roles=[])
                except ApiError as err:
                    raise Impossible(f"this server can't make users: {err.message}") from err
                parts = self._parts()
                yield f"{parts['scheme']}{_USER}:{_USER}@{parts['hosts']}{parts['rest']}"
                client.security.delete_user(username=_USER)
        else:
            with super().refusing(kind) as url:
                yield url

    @contextmanager
    def _imposed(self, template: Mapping[str, Any]) -> Iterator[None]:
        with self._connected() as client:
            self._clear(client)
            client.indices.put_index_template(
                name=_TEMPLATE, index_patterns=[_REFUSED], priority=1_000, template=template
            )
            yield
            client.indices.delete_index_template(name=_TEMPLATE)
            self._clear(client)

    def _clear(self, client: Elasticsearch) -> None:
        for name in client.indices.get(index=_REFUSED):
            client.indices.delete(index=name)

    @contextmanager
    def _connected(self) -> Iterator[Elasticsearch]:
        client, _ = from_url(self.url, {})
        with client:
            yield client


def _body(source: Mapping[str, Any]) -> str:
    return str(source["body"] if "body" in source else source["large_body"])
