"""The two collections of an index: one for its marker, one for its records. See layout.json."""

import json
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from importlib.resources import files
from threading import Lock, Thread
from typing import Any

from bson import CodecOptions, ObjectId
from imagematch_core.protocol import ErrorKind, ForeignIndex, IndexLayoutError, StorageError
from pymongo import IndexModel, ReadPreference, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, OperationFailure
from pymongo.read_concern import ReadConcern

from .kinds import kind_of
from .server import Server
from .target import Document

_FILE = json.loads(files(__package__).joinpath("layout.json").read_text("utf-8"))
LAYOUT: int = _FILE["layout"]
MARKER: Document = {"_id": "imagematch"}

_INDEXES = [
    IndexModel(**{**index, "keys": list(index["keys"].items())}) for index in _FILE["indexes"]
]
_NO_SUCH_INDEX = 27


class Collections:
    """The parts of an index.

    The marker is one document: `layout`, `records` (the id in the name of the collection of
    records), `info` once the creation has completed, `loading` while there are no indexes, and
    `refreshes`, a count that is written for the sake of writing.
    Each creation makes a collection of records with a new name. So a writer that is late for a
    `drop`, whose write makes the collection again, writes to one that nobody reads.

    Attributes:
        marker: the collection of the marker, with the concerns that every call needs.
        server: what holds the collections.
    """

    def __init__(self, database: "Database[Document]", index: str) -> None:
        # Servers and given clients have defaults of their own, so all of it is said at each call.
        self._database: Database[Document] = database.with_options(
            codec_options=CodecOptions(),
            read_preference=ReadPreference.PRIMARY,
            write_concern=WriteConcern("majority", j=True),
            # Not 'majority', which after an election can be behind what was acknowledged.
            read_concern=ReadConcern("local"),
        )
        self._index = index
        self.marker = self._database[marker_name(index)]
        self.server = Server(self._database)
        self._lock = Lock()
        self._building: Future[None] | None = None

    def find_marker(self, session: ClientSession | None = None) -> Document | None:
        """Return the marker; None if there is none of ours.

        Raises:
            IndexLayoutError: another version of the driver made it.
        """
        marker: Document | None = self.marker.find_one(MARKER, session=session)
        if marker is None or "layout" not in marker:
            return None
        if marker["layout"] != LAYOUT:
            raise IndexLayoutError(marker["layout"], LAYOUT)
        return marker

    def current(self, session: ClientSession | None = None) -> Document:
        """Return the marker of an index whose creation has completed.

        Raises:
            StorageError: MISSING_INDEX.
        """
        marker = self.find_marker(session)
        if marker is None or "info" not in marker:
            raise self._missing()
        return marker

    def records(self, marker: Document) -> "Collection[Document]":
        """Return the collection of records that a marker names."""
        return self._database[records_name(self._index, marker["records"])]

    def create(self, info: str) -> str:
        """Create the index, or finish that, and return the text of the first who did."""
        marker = self.find_marker() or self._mark()
        if "info" not in marker:
            self._create_indexes(marker)
        # The first sets it.
        self.marker.update_one({**MARKER, "info": {"$exists": False}}, {"$set": {"info": info}})
        self.confirm(marker)
        return str(self.current()["info"])

    def drop(self) -> None:
        """Remove the index, and what writers left that were late for an earlier drop."""
        if self.find_marker() is not None:
            self.marker.drop()
        pattern = f"^{records_name(self._index, '[0-9a-f]{24}')}$".replace(".", r"\.")
        names = self._database.list_collection_names(filter={"name": {"$regex": pattern}})
        # Asked afterwards, since the marker of a new creation is older than its collection.
        marker = self.find_marker()
        for name in names:
            if marker is None or name != self.records(marker).name:
                self._database.drop_collection(name)

    def check_options(self, marker: Document) -> None:
        """Refuse records in a collection that orders ids otherwise, loses them, or is sharded.

        `confirm` and `catch_up` wait for the shard of the marker, and for no other one.

        Raises:
            StorageError: BAD_REQUEST.
        """
        name = self.records(marker).name
        for description in self._database.list_collections(filter={"name": name}):
            for wrong in ("collation", "capped"):
                if wrong in description["options"]:
                    raise StorageError(
                        ErrorKind.BAD_REQUEST,
                        f"the collection {name!r} was made with {wrong!r}, so it can't hold an "
                        "index; drop it and add the pictures again",
                    )
            if self.server.is_router and self._shards(marker) > 1:
                raise StorageError(
                    ErrorKind.BAD_REQUEST,
                    f"{self.marker.name!r} and {name!r} lie on several shards, where a search may "
                    "miss what was just acknowledged; move both to one shard, without sharding",
                )

    def confirm(self, marker: Document) -> None:
        """Wait until all that this call wrote or read is acknowledged.

        A write that changes nothing waits as any other does for what was written before it.

        Raises:
            StorageError: MISSING_INDEX, if the index was dropped. A write that came later, which
                made the collection of records again, is undone.
        """
        same = {**MARKER, "records": marker["records"]}
        if not self.marker.update_one(same, {"$set": {"layout": LAYOUT}}).matched_count:
            self.records(marker).drop()
            raise self._missing()

    def catch_up(self) -> None:
        """Wait until the server has all that was acknowledged, by whatever primary.

        A majority takes a write only from the primary that has all of it. Who may not write reads
        linearizably, which waits until the server writes its journal, ten times a second.
        """
        level = "local"
        if self.server.is_replicated:
            try:
                ours = {**MARKER, "layout": LAYOUT}
                if self.marker.update_one(ours, {"$inc": {"refreshes": 1}}).matched_count:
                    return
            except OperationFailure as err:
                if kind_of(err) not in (ErrorKind.DENIED, ErrorKind.READ_ONLY):
                    raise
            level = "linearizable"
        self.marker.with_options(read_concern=ReadConcern(level)).find_one(MARKER, {"_id": 1})

    def begin_loading(self) -> Document | None:
        """Drop the indexes of an empty collection.

        Returns:
            What to call `build_indexes` with; None if they are there.
        """
        marker = self.current()
        if "loading" not in marker:
            if self.records(marker).find_one({}, {"_id": 1}) is not None:
                return None
            marker["loading"] = ObjectId()
            self.marker.update_one(MARKER, {"$set": {"loading": marker["loading"]}})
            for index in _INDEXES:
                self._drop_index(marker, index.document["name"])
        return marker

    def build_indexes(self, marker: Document) -> None:
        """Build what `begin_loading` dropped.

        Not to be bound by time: the server gives up a build whose time is over, but goes on with
        one whose client is gone.
        """
        self._create_indexes(marker)
        # Not if another one has begun to load since.
        self.marker.update_one(
            {**MARKER, "loading": marker["loading"]}, {"$unset": {"loading": ""}}
        )
        self.confirm(marker)

    def build_indexes_aside(self, marker: Document, seconds: float) -> None:
        """Build them in a thread, which goes on if the `seconds` to wait for it are over."""
        with self._lock:
            if self._building is not None and not self._building.done():
                return
            building = self._building = Future()
        Thread(target=_run, args=(building, self.build_indexes, marker), daemon=True).start()
        with suppress(TimeoutError):
            building.result(seconds)

    def _shards(self, marker: Document) -> int:
        """Return how many shards hold the index; each answers with a document of its own."""
        collections = (self.marker, self.records(marker))
        places = (one.aggregate([{"$collStats": {"count": {}}}]) for one in collections)
        return len({place.get("shard") for documents in places for place in documents})

    def _mark(self) -> Document:
        """Store a marker, unless another creator has just done so; return the one that is there."""
        # Asked in this order, since that creator's marker is as old as its collection.
        names = self._database.list_collection_names(filter={"name": self.marker.name})
        if names and self.find_marker() is None:
            raise ForeignIndex(
                f"the database {self._database.name!r} has a collection {self.marker.name!r} that "
                "imagematch did not create; choose another name for the index, or another database"
            )
        with suppress(DuplicateKeyError):
            self.marker.insert_one({**MARKER, "layout": LAYOUT, "records": ObjectId()})
        marker = self.find_marker()
        if marker is None:
            raise self._missing()
        return marker

    def _create_indexes(self, marker: Document) -> None:
        # By default all members that hold data must be up.
        quorum: Document = {"commitQuorum": "majority"} if self.server.is_replicated else {}
        self.records(marker).create_indexes(_INDEXES, **quorum)

    def _drop_index(self, marker: Document, name: str) -> None:
        try:
            self.records(marker).drop_index(name)
        except OperationFailure as err:
            if err.code != _NO_SUCH_INDEX:
                raise

    def _missing(self) -> StorageError:
        return StorageError(
            ErrorKind.MISSING_INDEX,
            f"the database {self._database.name!r} holds no index {self._index!r}",
        )


def marker_name(index: str) -> str:
    """Return the name of the collection of an index's marker."""
    name: str = _FILE["marker_collection"]
    return name.replace("{index}", _spelled(index))


def records_name(index: str, records: object) -> str:
    """Return the name of a collection of records. No index has it, since theirs have no dots."""
    name: str = _FILE["record_collection"]
    return name.replace("{index}", _spelled(index)).replace("{id}", str(records))


def _spelled(index: str) -> str:
    """Return an index's name as it stands in names of collections: MongoDB keeps '.system.'."""
    return "System" if index == "system" else index


def _run(future: Future[None], function: Callable[..., None], *args: Any) -> None:
    try:
        function(*args)
    except BaseException as err:  # noqa: BLE001 - raised where the result is asked for
        future.set_exception(err)
    else:
        future.set_result(None)
