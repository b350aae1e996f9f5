"""The driver for `mongodb://host/database`."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar, Self

import pymongo
from imagematch_core.protocol import (
    BulkError,
    Candidate,
    Capability,
    Closed,
    Driver,
    ErrorKind,
    Failure,
    Lifetime,
    Nesting,
    Query,
    Record,
    StorageError,
    Stored,
    first_page,
)
from pymongo import InsertOne, ReplaceOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import (
    BulkWriteError,
    InvalidOperation,
    OperationFailure,
    ServerSelectionTimeoutError,
)

from .candidates import candidates, tagged
from .kinds import kind_of, kind_of_error
from .layout import Collections
from .target import Document, from_object, from_url

CLOSE_SECONDS = 1.0
"""After which closing no longer waits for the server, which ends forgotten sessions by itself."""

_AUTHENTICATION_FAILED = 18
_STORED = {"signature": 1, "body": 1}


class MongoDBDriver(Driver):
    """An index in a collection of its own, marked by a document in another one.

    A record is a document, found by its words or tags through multikey indexes.
    """

    api: ClassVar[tuple[int, int]] = (1, 0)
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.PERSISTENT, Capability.MULTI_PROCESS, Capability.REMOTE}
    )
    client_types: ClassVar[tuple[str, ...]] = (
        "pymongo.database.Database",
        "pymongo.mongo_client.MongoClient",
        "pymongo.synchronous.database.Database",
        "pymongo.synchronous.mongo_client.MongoClient",
    )

    def __init__(
        self, database: "Database[Document]", index: str, timeout: float, *, owned: bool
    ) -> None:
        super().__init__(timeout)
        self._client = database.client
        self._owned = owned
        self._index = Collections(database, index)
        self._lifetime = Lifetime("MongoDB")
        self._loading = Nesting()

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        if isinstance(target, str):
            return cls(from_url(target, options, timeout), index, timeout, owned=True)
        return cls(from_object(target, options), index, timeout, owned=False)

    @classmethod
    def classify(cls, exc: BaseException) -> ErrorKind | None:
        return kind_of(exc)

    def info(self) -> str | None:
        with self._call():
            marker = self._index.find_marker()
            if marker is None:
                return None
            self._index.check_options(marker)
            return marker.get("info")

    def create(self, info: str) -> str:
        with self._call():
            return self._index.create(info)

    def put(self, records: Sequence[Record]) -> None:
        with self._call():
            marker = self._index.current()
            if "loading" in marker and not self._loading:
                self._index.build_indexes_aside(marker, self.remaining() / 2)
            failures = _write(self._index.records(marker), records)
            self._index.confirm(marker)
        if failures:
            raise BulkError(failures)

    def delete(self, ids: Sequence[str]) -> int:
        with self._call():
            records = self._index.records(self._index.current())
            return records.delete_many({"_id": {"$in": list(ids)}}).deleted_count

    def get(self, ids: Sequence[str]) -> list[Stored]:
        with self._call():
            records = self._index.records(self._index.current())
            found = {
                document["_id"]: _stored(document)
                for document in records.find({"_id": {"$in": list(ids)}}, _STORED)
            }
        return [found[record_id] for record_id in ids if record_id in found]

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        with self._snapshot() as (records, session):
            return candidates(records, queries, session)

    def scan(self, after: str | None, limit: int, tags: Sequence[str] = ()) -> list[Stored]:
        with (
            self._snapshot() as (records, session),
            records.find(
                {"_id": {"$gt": after or ""}, **tagged(tags)},
                _STORED,
                sort=[("_id", 1)],
                limit=limit,
                batch_size=limit,
                session=session,
            ) as documents,
        ):
            return first_page(map(_stored, documents))

    def count(self) -> int:
        with self._snapshot() as (records, session):
            return records.count_documents({}, session=session)

    def refresh(self) -> None:
        """Wait until snapshots hold all that was acknowledged, which an election can delay."""
        with self._call():
            self._index.catch_up()

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Leave out the indexes of an empty collection, and build them at the end."""
        with self._call():
            marker = self._index.begin_loading()
        with self._loading.entered():
            yield
        if marker is not None:
            self._index.build_indexes(marker)

    def drop(self) -> None:
        with self._call():
            self._index.drop()

    def close(self) -> None:
        if self._lifetime.end() and self._owned:
            # It tells the server that its sessions end, and looks for one that has gone.
            with pymongo.timeout(CLOSE_SECONDS):
                self._client.close()

    def server_version(self) -> str:
        with self._call():
            return f"MongoDB {self._client.server_info()['version']}"

    @contextmanager
    def _call(self) -> Iterator[None]:
        """Bound whatever is asked of the server by the time that is left."""
        self._lifetime.check()
        seconds = self.time_left()
        try:
            with pymongo.timeout(seconds):
                self._index.server.check()
                yield
        except ServerSelectionTimeoutError as err:
            if not self._index.server.is_silent:
                raise
            raise StorageError(
                ErrorKind.TIMEOUT, f"MongoDB did not answer in the {seconds:.3g} s given"
            ) from err
        except OperationFailure as err:
            if err.code != _AUTHENTICATION_FAILED:
                raise
            raise StorageError(
                ErrorKind.AUTH,
                "authentication failed; a user of another database than the one in the URL needs "
                "its name, as in ?authSource=admin",
            ) from err
        except InvalidOperation as err:
            if not self._lifetime.closed:
                raise
            raise Closed("this index was closed") from err

    @contextmanager
    def _snapshot(self) -> "Iterator[tuple[Collection[Document], ClientSession | None]]":
        """The records, and a session in which all reads of a call see the same moment.

        None where the topology has no snapshots. Even so a cursor meets each record once whose
        words stay: a document that is replaced keeps its place and its entries in the indexes.
        """
        with self._call(), ExitStack() as stack:
            session = None
            if self._index.server.has_snapshots:
                session = stack.enter_context(self._client.start_session(snapshot=True))
            yield self._index.records(self._index.current(session)), session


def _write(collection: "Collection[Document]", records: Sequence[Record]) -> dict[str, Failure]:
    """Insert what is new, which is much faster than upserting, and replace what differs."""
    documents = {record.id: _document(record) for record in records}
    writes: dict[str, InsertOne[Document] | ReplaceOne[Document]] = {
        record_id: InsertOne(document) for record_id, document in documents.items()
    }
    for found in collection.find({"_id": {"$in": list(documents)}}):
        record_id = found["_id"]
        if found == documents[record_id]:
            writes.pop(record_id, None)
        else:
            writes[record_id] = ReplaceOne({"_id": record_id}, documents[record_id], upsert=True)
    if not writes:
        return {}
    try:
        collection.bulk_write(list(writes.values()), ordered=False)
    except BulkWriteError as err:
        if err.details["writeConcernErrors"]:
            raise
        ids = list(writes)
        return {
            ids[error["index"]]: Failure(error["errmsg"], kind_of_error(error))
            for error in err.details["writeErrors"]
        }
    return {}


def _document(record: Record) -> Document:
    document: Document = {
        "_id": record.id,
        "words": list(record.words),
        "signature": record.signature,
    }
    if record.tags:
        document["tags"] = list(record.tags)
    return {**document, "body": record.body}


def _stored(document: Document) -> Stored:
    return Stored(document["_id"], document["signature"], document["body"])
