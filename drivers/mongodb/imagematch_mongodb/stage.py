"""MongoDB as the conformance suite needs it beyond the driver.

Where there are passwords, the URL's user must be allowed to manage users.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from bson import ObjectId
from imagematch_conformance.bench import MAIN
from imagematch_conformance.network import closed_port
from imagematch_conformance.stage import Impossible, Stage
from imagematch_core.protocol import ErrorKind, Stored
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database

from .layout import LAYOUT, MARKER, marker_name, records_name
from .target import DATABASE, Document

_USER = "imagematch-certify-reader"
_REFUSED = f"{MAIN}-refused"


class MongoDBStage(Stage):
    """Does with a client what others may do to a database."""

    @contextmanager
    def stranger(self, index: str) -> Iterator[Callable[[], bool]]:
        theirs = [{**MARKER, "mine": "precious"}]
        with self._marker(index) as collection:
            collection.insert_many(theirs)
            yield lambda: list(collection.find()) == theirs
            collection.drop()

    @contextmanager
    def half_created(self, index: str) -> Iterator[None]:
        with self._marker(index) as collection:
            collection.insert_one({**MARKER, "layout": LAYOUT, "records": ObjectId()})
        yield

    @contextmanager
    def other_layout(self, index: str) -> Iterator[None]:
        with self._marker(index) as collection:
            collection.update_one(MARKER, {"$inc": {"layout": 1}})
            yield
            collection.update_one(MARKER, {"$inc": {"layout": -1}})

    def blocked(self, index: str) -> AbstractContextManager[None]:  # noqa: ARG002 - see Stage
        raise Impossible("what blocks writers to one collection blocks those to all others too")

    def stored(self, index: str) -> Iterable[Stored]:
        with self._marker(index) as collection:
            marker = collection.find_one(MARKER)
            if marker is None:
                return []
            return [
                Stored(document["_id"], document["signature"], document["body"])
                for document in collection.database[records_name(index, marker["records"])].find()
            ]

    @contextmanager
    def client(self) -> Iterator[tuple[Any, Callable[[], object]]]:
        with self._client() as client:
            yield client, lambda: client.admin.command("ping")

    @contextmanager
    def refusing(self, kind: ErrorKind) -> Iterator[str]:
        match kind:
            case ErrorKind.AUTH:
                yield self._as_user("nobody", "certainly-wrong")
            case ErrorKind.UNAVAILABLE:
                yield self.at_address("127.0.0.1", closed_port())
            case ErrorKind.BAD_REQUEST:
                with self._marker(_REFUSED) as collection:
                    marker = {**MARKER, "layout": LAYOUT, "records": ObjectId()}
                    name = records_name(_REFUSED, marker["records"])
                    collection.database.create_collection(name, collation={"locale": "de"})
                    collection.insert_one(marker)
                    yield self.url
                    collection.database.drop_collection(name)
                    collection.drop()
            case ErrorKind.DENIED if self._parts()["user"]:
                with self._database() as database:
                    database.command("createUser", _USER, pwd=_USER, roles=["read"])
                    yield self._as_user(_USER, _USER, database.name)
                    database.command("dropUser", _USER)
            case _:
                raise Impossible(f"a server that refuses with '{kind}' refuses others too")

    def at_address(self, host: str, port: int) -> str:
        """Told to ask no other server, which members of a replica set would name."""
        return self._with_options(super().at_address(host, port), directConnection="true")

    def address(self) -> tuple[str, int]:
        with self._client() as client:
            client.admin.command("ping")
            if client.address is None:
                raise Impossible("the client does not say where it is connected to")
            return client.address

    def _as_user(self, name: str, password: str, source: str = "admin") -> str:
        parts = self._parts()
        url = f"{parts['scheme']}{name}:{password}@{parts['hosts']}{parts['rest']}"
        return self._with_options(url, authSource=source)

    def _with_options(self, url: str, **options: str) -> str:
        parts = urlsplit(url)
        kept = dict(parse_qsl(parts.query)) | options
        if "directConnection" in kept:
            kept.pop("replicaSet", None)
        return parts._replace(path=parts.path or "/", query=urlencode(kept)).geturl()

    @contextmanager
    def _client(self) -> Iterator["MongoClient[Document]"]:
        with MongoClient[Document](self.url) as client:
            yield client

    @contextmanager
    def _database(self) -> Iterator["Database[Document]"]:
        with self._client() as client:
            yield client.get_default_database(DATABASE)

    @contextmanager
    def _marker(self, index: str) -> Iterator["Collection[Document]"]:
        with self._database() as database:
            yield database[marker_name(index)]
