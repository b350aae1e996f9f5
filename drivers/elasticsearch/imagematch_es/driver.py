"""The driver for `elasticsearch://host:9200`. Its settings and mapping are in index.json."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, ClassVar, Self

from elastic_transport import ConnectionError as ElasticConnectionError
from elasticsearch import BadRequestError, Elasticsearch, NotFoundError
from imagematch_core.protocol import (
    BulkError,
    Candidate,
    Capability,
    Driver,
    ErrorKind,
    Lifetime,
    Nesting,
    Query,
    Record,
    StorageError,
    Stored,
)
from more_itertools import chunked

from . import documents
from .errors import body_of, check, explained, failure, kind_of
from .found import Found, FoundTogether, found_in
from .layout import Names, creation, foreign
from .scope import Alone, Scope, Together
from .target import counts, from_url

_BRIEFLY = 0.01
"""Seconds that a request gets for which no time is left: the client takes none of 0."""


class ElasticsearchDriver(Driver):
    """An index in Elasticsearch, one document for each record; or several, to read as one."""

    api: ClassVar[tuple[int, int]] = (1, 0)
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.PERSISTENT, Capability.MULTI_PROCESS, Capability.REMOTE}
    )
    client_types: ClassVar[tuple[str, ...]] = (
        "elasticsearch.Elasticsearch",
        "elasticsearch._sync.client.Elasticsearch",
    )

    def __init__(
        self,
        client: Elasticsearch,
        names: Names,
        timeout: float,
        settings: Mapping[str, int],
        *,
        own: bool,
    ) -> None:
        super().__init__(timeout)
        self._client = client
        self._names = names
        self._settings = settings
        self._own = own
        self._scope: Scope | None = None  # until it is asked for
        self._lifetime = Lifetime("Elasticsearch")
        self._loading = Nesting()
        self._hosts = len(client.transport.node_pool)

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        names = Names(index)
        if isinstance(target, str):
            client, rest = from_url(target, options)
            return cls(client, names, timeout, counts(rest), own=True)
        return cls(target, names, timeout, counts(options), own=False)

    @classmethod
    def classify(cls, exc: BaseException) -> ErrorKind | None:
        return kind_of(exc)

    def info(self) -> str | None:
        found = self._found()
        return None if found is None else self._checked(found)

    def create(self, info: str) -> str:
        made = self._found() is None and self._make(info)
        found = self._found()
        if found is None:
            raise StorageError(
                ErrorKind.TRANSIENT, f"{self._names.alias} was dropped while it was being created"
            )
        try:
            stored = self._checked(found)
        except StorageError:
            if made:
                self.drop()
            raise
        # It waits for the shards, without which the first search would fail.
        self.refresh()
        return stored

    def members(self) -> Sequence[str]:
        return self._reached(anew=True).members

    def put(self, records: Sequence[Record]) -> None:
        self._reached().check_writable()
        made = {record.id: documents.document(record) for record in records}
        stored = {} if self._loading else self._documents(list(made), ["digest"])
        changed = {
            record_id: document
            for record_id, (document, digest) in made.items()
            if stored.get(record_id) != {"digest": digest}
        }
        if len(changed) < len(made):
            # What is stored already may be another writer's, and not be on the disk yet.
            with self._server() as server:
                check(body_of(server.indices.flush(index=self._names.alias)))
        results = self._bulk(
            part
            for record_id, document in changed.items()
            for part in ({"index": {"_id": record_id}}, document)
        )
        failures = {result["_id"]: failure(result) for result in results if "error" in result}
        if failures:
            raise BulkError(failures)

    def delete(self, ids: Sequence[str]) -> int:
        self._reached().check_writable()
        results = self._bulk({"delete": {"_id": record_id}} for record_id in ids)
        for result in results:
            if "error" in result:
                check(result)
        return sum(result["result"] == "deleted" for result in results)

    def get(self, ids: Sequence[str]) -> list[Stored]:
        found = self._documents(ids, documents.READ)
        large = [record_id for record_id, source in found.items() if documents.is_large(source)]
        for batch in chunked(large, documents.AT_ONCE):
            read = self._documents(batch, documents.READ_LARGE)
            for record_id in batch:
                if record_id in read:
                    found[record_id] = read[record_id]
                else:  # deleted since
                    del found[record_id]
        return [documents.stored(record_id, source) for record_id, source in found.items()]

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        scope = self._reached()
        asked = [documents.search(query, scope.ties) for query in queries if query.words]
        found = iter(self._searches(asked))
        return [
            documents.candidates(next(found)["hits"], scope.id_of) if query.words else []
            for query in queries
        ]

    def scan(self, after: str | None, limit: int, tags: Sequence[str] = ()) -> list[Stored]:
        scope = self._reached(anew=after is None)
        for index, start in scope.parts(after):
            with _present(scope):
                if page := self._page(scope, index, start, limit, tags):
                    return page
        return []

    def count(self) -> int:
        asked = {"size": 0, "track_total_hits": True}
        return int(self._search(self._names.alias, asked)["total"]["value"])

    def refresh(self) -> None:
        with self._server() as server:
            check(body_of(server.indices.refresh(index=self._names.alias)))

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Write without looking first what is there already."""
        with self._loading.entered():
            yield

    def optimize(self) -> None:
        """Merge each shard into one segment: a word is then looked up once, not in each of them."""
        with self._server() as server:
            check(body_of(server.indices.forcemerge(index=self._names.alias, max_num_segments=1)))
        self.refresh()

    def drop(self) -> None:
        found = self._found()
        if found is not None:
            found.scope().check_writable()
        if isinstance(found, Found):
            # Gone is gone, whoever else removed it meanwhile.
            with self._server() as server, suppress(NotFoundError):
                server.indices.delete(index=found.concrete, master_timeout=self._milliseconds())

    def close(self) -> None:
        if self._lifetime.end() and self._own:
            self._client.close()

    def server_version(self) -> str:
        # Not `GET /`, which some builds don't answer.
        with self._server() as server:
            answer = server.nodes.info(metric="process", filter_path="nodes.*.version")
        versions = sorted({node["version"] for node in body_of(answer)["nodes"].values()})
        return f"Elasticsearch {', '.join(versions)}"

    @contextmanager
    def _server(self) -> Iterator[Elasticsearch]:
        """The client, set for one request in the time that is left for it."""
        self._lifetime.check()
        try:
            yield self._client.options(
                request_timeout=max(self.remaining(), _BRIEFLY),
                # Each further host is tried once where one can't be reached; nothing is repeated.
                max_retries=self._hosts - 1,
                retry_on_timeout=False,
                retry_on_status=(),
            )
        except (BadRequestError, ElasticConnectionError) as err:
            if (explanation := explained(err)) is None:
                raise
            raise explanation from err

    def _milliseconds(self) -> str:
        """Return how long the server may wait before it begins to write.

        No longer than we wait for it: what failed here must not be done after what came later.
        """
        return f"{max(int(self.remaining() * 1000), 1)}ms"

    def _checked(self, found: Found | FoundTogether) -> str:
        """Return the core's text, and remember whose records are meant."""
        text = found.info()
        self._scope = found.scope()
        return text

    def _reached(self, *, anew: bool = False) -> Scope:
        """Return whose records are meant.

        Args:
            anew: look which indexes an alias of several has now.
        """
        scope = self._scope
        if isinstance(scope, Alone) or (scope and not scope.is_outdated and not anew):
            return scope
        found = self._found()
        if found is None:
            return Alone(self._names.alias)  # the request that follows says that it is missing
        self._checked(found)
        return found.scope()

    def _found(self) -> Found | FoundTogether | None:
        """Return what has the name of this index; None if nothing has."""
        try:
            with self._server() as server:
                answer = server.indices.get(index=self._names.alias, flat_settings=True)
        except NotFoundError:
            return None
        return found_in(self._names, body_of(answer))

    def _make(self, info: str) -> bool:
        """Create the index; False if somebody else just did."""
        try:
            with self._server() as server:
                server.indices.create(
                    **creation(self._names, info, self._settings),
                    master_timeout=self._milliseconds(),
                )
        except BadRequestError as err:
            if err.message != "resource_already_exists_exception":
                raise
            if self._found() is None and self._has_concrete():
                raise foreign(self._names) from err
            return False
        return True

    def _has_concrete(self) -> bool:
        with self._server() as server:
            return bool(server.indices.exists(index=self._names.concrete))

    def _bulk(self, operations: Iterable[Mapping[str, Any] | str]) -> list[Any]:
        """Return the result of each operation, once all that succeeded are on the disk."""
        listed: list[Any] = list(operations)  # the client wants mappings, and takes JSON too
        if not listed:
            return []
        with self._server() as server:
            answer = server.bulk(
                index=self._names.alias,
                operations=listed,
                require_alias=True,
                timeout=self._milliseconds(),
            )
        return [result for item in body_of(answer)["items"] for result in item.values()]

    def _search(self, index: str, request: Mapping[str, Any]) -> Any:
        """Return the hits of one search, from all shards."""
        with self._server() as server:
            answer = server.search(index=index, allow_partial_search_results=False, **request)
        check(body_of(answer))
        return answer["hits"]

    def _page(
        self, scope: Scope, index: str, after: str | None, limit: int, tags: Sequence[str]
    ) -> list[Stored]:
        """Return a page of the records in one of the indexes that are meant."""
        while hits := self._search(index, documents.scan(after, limit, tags))["hits"]:
            concrete, ids = hits[0]["_index"], documents.ids(hits)
            if page := self.get([scope.id_of(concrete, own_id) for own_id in ids]):
                return page
            after = ids[-1]  # all of them were deleted since
        return []

    def _searches(self, requests: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Return the hits of each search, from all shards."""
        if not requests:
            return []
        searches = [
            part
            for request in requests
            for part in ({"allow_partial_search_results": False}, request)
        ]
        with self._server() as server:
            answer = server.msearch(index=self._names.alias, searches=searches)
        responses = body_of(answer)["responses"]
        for response in responses:
            check(response)
        return [response["hits"] for response in responses]

    def _documents(self, ids: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Any]]:
        """These fields of the documents that are there, by id, written a moment ago or not."""
        if not ids:
            return {}
        scope = self._reached()
        if not all(map(scope.holds, ids)):
            scope = self._reached(anew=True)
        places = [
            {"_index": index, "_id": own_id}
            for record_id in ids
            for index, own_id in scope.places(record_id)
        ]
        with self._server() as server:
            answer = server.mget(docs=places, source_includes=fields)
        read = body_of(answer)["docs"]
        with _present(scope):
            for document in read:
                if "error" in document:
                    check(document)
        return {
            scope.id_of(each["_index"], each["_id"]): each["_source"]
            for each in read
            if each["found"]
        }


@contextmanager
def _present(scope: Scope) -> Iterator[None]:
    """Take an index that is missing for one that has left its alias, where there are several."""
    try:
        yield
    except (NotFoundError, StorageError) as err:
        kind = err.kind if isinstance(err, StorageError) else kind_of(err)
        if isinstance(scope, Together) and kind is ErrorKind.MISSING_INDEX:
            raise scope.changed() from err
        raise
