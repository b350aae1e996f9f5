"""An index of pictures: add, search, delete. It is the same for all databases and algorithms."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass
from heapq import merge
from threading import Lock
from typing import Any, Self

from more_itertools import chunked, ilen, unique_justseen

from .arguments import check_cutoff, check_number, check_seconds
from .errors import (
    AlgorithmError,
    ArgumentError,
    EntryNotFound,
    FilterError,
    IndexNotFound,
    PictureError,
    StorageError,
)
from .ingest import (
    AddResult,
    Item,
    PreparedPicture,
    Recorder,
    add_many,
    add_one,
    check_is_many,
    prepare,
)
from .matching.comparing import signature_for, views_of
from .matching.groups import Groups, groups_of, link
from .matching.linkage import MARGIN, Links
from .matching.pairs import Viewed
from .matching.search import Matches, find
from .model import (
    ALL_ORIENTATIONS,
    UPRIGHT,
    Entry,
    Hit,
    Hits,
    IndexInfo,
    Metadata,
    Orientation,
    Progress,
    Signature,
)
from .protocol.values import MAX_BATCH_RECORDS, MAX_CANDIDATES, Record, Stored
from .records.bodies import (
    copy_of,
    dump_info,
    is_newer,
    load_body,
    load_entry,
    load_info,
    load_signature,
    with_changes,
    with_words,
)
from .records.filtering import Filter
from .records.identity import check_id, id_of_path
from .records.metadata import check_metadata
from .signatures import get_algorithm
from .signatures.algorithm import DEFAULT_LEVEL, View, check_level
from .sources import PictureLike
from .sources.limits import Limits
from .store import Store
from .telemetry import SEARCH, SLOW_SECONDS, spanned


@dataclass(frozen=True, slots=True)
class UniqueAddResult:
    """The result of adding a picture unless the index holds a near copy of it.

    Attributes:
        id: of the picture that was added; None if there are near copies.
        near: these, the nearest first; empty if it was added.
    """

    id: str | None
    near: Hits


@dataclass(slots=True)
class CopyResult:
    """The result of copying an index.

    Attributes:
        copied: pictures that were written.
        unchanged: pictures that the other index held already, exactly so.
        newer: pictures left alone, since the other index's were written later.
    """

    copied: int = 0
    unchanged: int = 0
    newer: int = 0


def open_index(
    target: Any,
    *,
    index: str = "images",
    algorithm: str | None = None,
    create: bool = True,
    auto_refresh: bool = True,
    limits: Limits = Limits(),
    timeout: float = 30.0,
    slow_seconds: float = SLOW_SECONDS,
    **driver_options: Any,
) -> "Index":
    """Open an index, creating it if it is absent.

    Args:
        target: a storage URL such as 'sqlite:///photos.db', or a client object of a database
            whose driver takes one.
        index: the name of the index, `[a-z][a-z0-9_-]{0,39}`; one database holds many.
        algorithm: of a new index; without it the best. An existing index keeps its own, and
            another one given here is an error.
        create: False raises `IndexNotFound` if there is no index.
        auto_refresh: whether a search sees what this index wrote before. Without, it sees what
            was there at the last `refresh()`, at the latest.
        limits: bounds on what is read and decoded for one picture.
        timeout: seconds for one call to the database, retries included.
        slow_seconds: a call to the database that takes longer is logged as slow.
        driver_options: options of the driver; they override those in the URL.

    Raises:
        ArgumentError: `timeout` or `slow_seconds` is not a positive number.
        DriverError: there is no driver for the target.
        AlgorithmError: the algorithm is unknown, or not the one that the index holds.
        IndexNotFound, ForeignIndex, IndexFormatError, IndexLayoutError: of the index.
        StorageError: the database can't be reached, or refuses us.
    """
    wanted = get_algorithm(algorithm)
    store = Store.open(
        target,
        index,
        timeout=timeout,
        auto_refresh=auto_refresh,
        slow_seconds=slow_seconds,
        **driver_options,
    )
    try:
        text = store.info()
        if text is None:
            if not create:
                raise IndexNotFound(f"{store.target} has no index {index!r}")
            text = store.create(dump_info(wanted.name))
        info = load_info(text)
        if algorithm is not None and info.algorithm != wanted.name:
            raise AlgorithmError(
                f"index {index!r} holds signatures of {info.algorithm!r}, not of {wanted.name!r}: "
                "open it without algorithm=, or choose another index name"
            )
        return Index(store, index, info, limits)
    except BaseException:
        store.close()
        raise


def ddl(
    target: Any, *, index: str = "images", algorithm: str | None = None, **driver_options: Any
) -> str:
    """Return the statements that create an index, for migrations of one's own.

    The database is not asked. Once it has run them, `open(…, create=False)` needs no right to
    create anything.

    Args:
        target: as for `open`.
        index: the name of the index.
        algorithm: of the index; without it the best.
        driver_options: as for `open`.

    Raises:
        ArgumentError: the database has no such statements, as MongoDB and Elasticsearch.
        DriverError: there is no driver for the target.
        AlgorithmError: the algorithm is unknown.
    """
    info = dump_info(get_algorithm(algorithm).name)
    store = Store.open(target, index, **driver_options)
    try:
        return store.ddl(info)
    finally:
        store.close()


class Index:
    """Pictures and their signatures in one database. Threads may share it; see `open_index`.

    Attributes:
        name: the name of the index.
        info: the facts that the index stores about itself, its algorithm among them.
    """

    def __init__(self, store: Store, name: str, info: IndexInfo, limits: Limits) -> None:
        self.name = name
        self.info = info
        self._store = store
        self._limits = limits
        self._algorithm = get_algorithm(info.algorithm)
        self._recorder = Recorder(self._algorithm, limits)
        self._admitting = Lock()

    def __repr__(self) -> str:
        return f"<Index {self.name!r} at {self._store.target}, {self.info.algorithm}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def add(
        self,
        source: PictureLike | Signature | PreparedPicture,
        *,
        id: str | None = None,  # noqa: A002 - what everybody calls it
        path: str | None = None,
        metadata: Metadata | None = None,
        replace: bool = True,
    ) -> str:
        """Add a picture, or replace the one with its id; return the id.

        A picture that has not changed is not signed again. The same bytes have the same id, so a
        picture that is uploaded twice replaces itself, unless each upload has an `id` of its own.

        Args:
            source: path, URL (http, https, s3, gs), bytes, binary file object, Pillow image,
                array, `Signature` or what `prepare` returned.
            id: the id; without it, `id_of(source)` for a path or URL, else made from the content.
            path: the path or URL to store; without it, the source's own.
            metadata: a mapping that JSON can hold; without it, what is stored is kept.
            replace: False raises `EntryExists` where the index holds the id. If another process
                adds the same id within the same milliseconds, the last one wins.

        Raises:
            PictureError: the picture can't be used.
            ItemError: id, path or metadata can't be stored.
            EntryExists: with `replace=False`.
            StorageError: the database failed.
        """
        return add_one(self._store, self._recorder, Item(source, id, path, metadata, replace))

    def add_unless_near(
        self,
        source: PictureLike | PreparedPicture,
        *,
        id: str | None = None,  # noqa: A002
        path: str | None = None,
        metadata: Metadata | None = None,
        replace: bool = True,
        cutoff: float | None = None,
        candidates: int = 1_000,
        where: Metadata | None = None,
        all_orientations: bool = False,
        thorough: int = DEFAULT_LEVEL,
    ) -> UniqueAddResult:
        """Add a picture unless the index holds a near copy of it. It is decoded once.

        A record with its own id is no near copy, so that the same call may be repeated. Of two
        near copies that threads add at once through one `Index`, one is added; other processes
        don't wait for each other.

        Args:
            source: as for `add`, but for a `Signature`.
            id: this and the next three as for `add`.
            path: see there.
            metadata: see there.
            replace: see there.
            cutoff: this and the others as for `search`.
            candidates: see there.
            where: see there.
            all_orientations: see there.
            thorough: see there.

        Raises:
            ArgumentError: an argument is out of its range, or not of its type.
            PictureError: the picture can't be used.
            ItemError: id, path or metadata can't be stored.
            EntryExists: with `replace=False`.
            FilterError: `where` can't be asked.
            StorageError: the database failed.
        """
        prepared = source if isinstance(source, PreparedPicture) else self.prepare(source)
        item = Item(prepared, id, path, metadata, replace)
        own_id = self._recorder.resolve(item).id
        with self._admitting:
            near = self._search(
                prepared,
                leave_out=own_id,
                cutoff=cutoff,
                limit=None,
                candidates=candidates,
                where=where,
                all_orientations=all_orientations,
                thorough=thorough,
            )
            if near:
                return UniqueAddResult(None, near)
            return UniqueAddResult(add_one(self._store, self._recorder, item), near)

    def prepare(self, source: PictureLike) -> PreparedPicture:
        """Decode a picture once, to search with it and add it.

        Args:
            source: as for `add`, but for a `Signature`.

        Raises:
            PictureError: the picture can't be used.
        """
        return prepare(self._algorithm, source, self._limits)

    def add_many(
        self,
        sources: Iterable[PictureLike | Signature | PreparedPicture | Item],
        *,
        workers: int | None = None,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> AddResult:
        """Add any number of pictures, in memory that does not grow with it.

        Failures are collected, and the rest goes on. It can be interrupted and run again:
        pictures that have not changed are not signed again.

        Args:
            sources: as for `add`, or `Item`s. Of several with one id the last wins.
            workers: processes that sign. A picture that kills one is named in the result. 1
                signs in this process; without it, so are a few, and more use all cores.
            executor: signs in place of processes of ours, on other machines perhaps: any
                `concurrent.futures.Executor`, such as Dask's `Client.get_executor()`. imagematch
                is installed there, and files have the same paths. `workers` is then how many
                pictures it signs at a time. It stays open.
            progress: called with the number of sources done since the last call.

        Raises:
            ArgumentError: `sources` is a single picture, `workers` is less than 1, or the executor
                takes no more.
            StorageError: the database failed. What was stored stays.
        """
        check_is_many(sources)
        processes = None if workers is None else check_number("workers", workers, 1)
        return add_many(
            self._store,
            self._recorder,
            sources,
            processes=processes,
            executor=executor,
            progress=progress,
        )

    def search(
        self,
        source: PictureLike | Signature | PreparedPicture | None = None,
        *,
        id: str | None = None,  # noqa: A002
        cutoff: float | None = None,
        limit: int | None = None,
        candidates: int = 1_000,
        where: Metadata | None = None,
        all_orientations: bool = False,
        thorough: int = DEFAULT_LEVEL,
    ) -> Hits:
        """Find the pictures that are near copies of one.

        Args:
            source: as for `add`.
            id: instead of a source: search with a picture of the index, which is left out of the
                hits. Only what is stored of it is used: with goldberg-1 fewer orientations.
            cutoff: find distances below it; without it, the algorithm's own.
            limit: the most hits; without it, all.
            candidates: 1 to 10,000: how many pictures are measured for each view of the query,
                those that share most words with it. `Hits.truncated` says that there may be more.
            where: metadata that a hit must have: a value, a list (any of its values), or a
                mapping with conditions: 'not' (a value or a list), '<', '<=', '>', '>=' (numbers,
                or strings such as ISO dates) and 'exists'. Values and lists are asked of the
                database; conditions are looked at in what is near, so where `Hits.truncated` is
                set more `candidates` may find more.
            all_orientations: also find mirrored, rotated (by quarter turns) and negative copies.
            thorough: 0 looks at the picture as it is and without its borders, 1 also finds what
                was cut out of another picture in common ways, 2 in most ways. A higher level
                asks for more and finds more, near copies and others.

        Raises:
            ArgumentError: an argument is out of its range, or not of its type.
            PictureError: the picture can't be used.
            EntryNotFound: the index holds no such id.
            ItemError: there can't be such an id.
            FilterError: `where` can't be asked.
            StorageError: the database failed.
        """
        if (source is None) == (id is None):
            raise ArgumentError("search with a picture or with id=, one of them")
        return self._search(
            source,
            leave_out=id,
            cutoff=cutoff,
            limit=limit,
            candidates=candidates,
            where=where,
            all_orientations=all_orientations,
            thorough=thorough,
        )

    def search_many(
        self,
        sources: Iterable[PictureLike | Signature | PreparedPicture],
        *,
        cutoff: float | None = None,
        limit: int | None = None,
        candidates: int = 1_000,
        where: Metadata | None = None,
        all_orientations: bool = False,
        thorough: int = DEFAULT_LEVEL,
    ) -> Iterator[Hits]:
        """Search with many pictures, asking the database for several at once.

        Args:
            sources: as for `add`.
            cutoff: this and the others as for `search`.
            limit: see there.
            candidates: see there.
            where: see there.
            all_orientations: see there.
            thorough: see there.

        Returns:
            An iterator over the hits of each source, in order. Where a source can't be used there
            are none, and `Hits.error` says why.

        Raises:
            ArgumentError: an argument is out of its range, or not of its type.
            FilterError: `where` can't be asked.
            StorageError: the database failed.
        """
        check_is_many(sources)
        orientations = _orientations(all_orientations)
        level = check_level(thorough)
        most = _most(limit)
        below = check_cutoff(cutoff, self._algorithm.default_cutoff)
        errors: deque[PictureError | None] = deque()

        def queries() -> Iterator[Sequence[View]]:
            for source in sources:
                views: Sequence[View] = ()
                error = None
                try:
                    views = self._views(source, orientations, level)
                except PictureError as err:
                    error = err
                errors.append(error)
                yield views

        found = self._find(queries(), below, candidates, where)
        return (
            self._hits(matches, below, most, level, all_orientations, error=errors.popleft())
            for matches in found
        )

    def get(self, id: str) -> Entry | None:  # noqa: A002
        """Return the picture with this id, None if there is none.

        `id_of` gives the id of a picture that was added by its path or URL.

        Raises:
            ItemError: there can't be such an id.
        """
        return next(map(self._entry, self._store.get([check_id(id)])), None)

    def update(self, id: str, metadata: Metadata) -> None:  # noqa: A002
        """Replace the metadata of a picture as a whole; `{}` clears it.

        A run of `add_many` on this `Index` that signs the picture meanwhile keeps it. If another
        process writes the same id within the same milliseconds, the last one wins.

        Raises:
            EntryNotFound: the index holds no such id.
            ItemError: there can't be such an id, or the metadata can't be stored.
        """
        check_id(id)
        checked = check_metadata(metadata)
        with self._recorder.replacing:
            record = with_changes(self._one(id), {"metadata": checked})
            self._put(with_words(self._algorithm, [record]))

    def delete(
        self,
        ids: str | Iterable[str] | None = None,
        *,
        where: Metadata | None = None,
        path: str | None = None,
        path_prefix: str | None = None,
    ) -> int:
        """Delete pictures by id, or all with certain metadata or paths; return how many.

        Args:
            ids: one id or several. `id_of` gives the id of a picture that was added by its path.
            where: instead of ids, metadata that the pictures have, as for `search`.
            path: instead of ids, their path, as it is stored.
            path_prefix: instead of ids, what their stored path begins with.

        Raises:
            ArgumentError: ids are given with something else, or nothing is given.
            ItemError: there can't be such an id; nothing was deleted.
            FilterError: `where` or a path is empty, or can't be asked.
        """
        chosen = [one for one in (where, path, path_prefix) if one is not None]
        if (ids is None) != bool(chosen):
            raise ArgumentError("delete by ids, or by where=, path= or path_prefix=")
        if ids is not None:
            several = isinstance(ids, Iterable) and not isinstance(ids, str | bytes)
            return self._store.delete(map(check_id, ids if several else [ids]))
        if not all(chosen):
            raise FilterError("an empty where would delete everything: use drop() for that")
        wanted = Filter.of(where, path=path, path_prefix=path_prefix)
        found = (stored.id for stored in self._stored(wanted))
        return sum(self._store.delete(batch) for batch in chunked(found, MAX_BATCH_RECORDS))

    def count(
        self,
        where: Metadata | None = None,
        *,
        path: str | None = None,
        path_prefix: str | None = None,
    ) -> int:
        """Return the exact number of pictures, or of those that `entries` would give."""
        if where is None and path is None and path_prefix is None:
            return self._store.count()
        return ilen(self._stored(Filter.of(where, path=path, path_prefix=path_prefix)))

    def entries(
        self,
        where: Metadata | None = None,
        *,
        path: str | None = None,
        path_prefix: str | None = None,
        after: str | None = None,
    ) -> Iterator[Entry]:
        """Iterate over pictures in the order of ids.

        The database finds a `path`, and values of `where`. For a `path_prefix` and conditions all
        other pictures are read too.

        Args:
            where: only those with this metadata, as for `search`.
            path: only those with this path, as it is stored.
            path_prefix: only those whose stored path begins so.
            after: only those with ids above this one: the next page begins after the last id of
                the one before.

        Raises:
            FilterError: `where` or a path can't be asked.
        """
        wanted = Filter.of(where, path=path, path_prefix=path_prefix)
        return map(self._entry, self._stored(wanted, after))

    def duplicates(
        self,
        *,
        cutoff: float | None = None,
        candidates: int = 1_000,
        where: Metadata | None = None,
        all_orientations: bool = False,
        linkages: bool = False,
    ) -> Groups:
        """Group the pictures of the index into near copies, by their stored signatures.

        Args:
            cutoff: link distances below it; without it, the algorithm's own for groups, which may
                be lower than that of a search.
            candidates: 1 to 10,000: how many pictures are measured for each.
            where: look only at pictures with this metadata, as for `search`.
            all_orientations: also in those orientations that follow from a stored signature.
            linkages: also find the groups at other cutoffs, for a report.

        Raises:
            ArgumentError: an argument is out of its range, or not of its type.
            FilterError: `where` can't be asked.
            StorageError: the database failed.
        """
        orientations = _orientations(all_orientations)

        def views(stored: Stored) -> Sequence[View]:
            signature = load_signature(stored, self._algorithm.name)
            return self._algorithm.views_from_signature(signature, orientations)

        def pictures(ids: Iterable[str]) -> list[Viewed]:
            return [(self._entry(found), views(found)) for found in self._store.get(ids)]

        wanted = Filter.of(where)
        near = check_cutoff(cutoff, self._algorithm.grouping_cutoff(all_orientations))
        links = Links(near, MARGIN if linkages else 0.0)
        truncated = link(
            self._store,
            self._algorithm,
            ((stored.id, views(stored)) for stored in self._stored(wanted)),
            links,
            candidates=check_number("candidates", candidates, 1, MAX_CANDIDATES),
            where=wanted,
        )
        return groups_of(
            self._algorithm,
            links,
            pictures,
            truncated=truncated,
            linkages=links.linkages(self._algorithm, pictures) if linkages else None,
        )

    def copy_to(self, other: "Index", *, progress: Progress | None = None) -> CopyResult:
        """Copy every picture into another index, whatever database that is in.

        It streams, and can be interrupted and run again: what is there already is left alone, and
        so is what was written later there than here.

        Raises:
            AlgorithmError: the other index holds signatures of another format.
            StorageError: a database failed. What was copied stays.
        """
        theirs = other._algorithm
        if theirs.signature_format != self._algorithm.signature_format:
            raise AlgorithmError(
                f"signatures of {self.info.algorithm!r} can't be copied into an index of "
                f"{other.info.algorithm!r}: add the pictures themselves there"
            )
        report = CopyResult()
        with other._store.loading() if other._store.is_empty() else nullcontext():
            for page in chunked(self._store.scan(), MAX_BATCH_RECORDS):
                there = {found.id: found for found in other._store.get(kept.id for kept in page)}
                changed = [kept for kept in page if there.get(kept.id) != kept]
                new = [
                    copy_of(kept)
                    for kept in changed
                    if kept.id not in there or not is_newer(there[kept.id], kept)
                ]
                other._put(with_words(theirs, new))
                report.copied += len(new)
                report.unchanged += len(page) - len(changed)
                report.newer += len(changed) - len(new)
                if progress:
                    progress(len(page))
        return report

    def refresh(self) -> None:
        """Make everything that anyone has written until now visible to all searches."""
        self._store.refresh()

    def drop(self) -> None:
        """Remove the index and everything in it."""
        self._store.drop()

    def close(self) -> None:
        """Release connections, and make visible to other `Index` objects what this one wrote.

        With `auto_refresh=False` they see it after `refresh()`, or when the database shows it. A
        client object that was passed to `open` stays open.
        """
        self._store.close()

    def server_version(self, *, timeout: float | None = None) -> str:
        """Return the name and version of the database: it answers.

        Args:
            timeout: seconds to wait, for a health check that has less time than other calls;
                without it, as long as these.

        Raises:
            ArgumentError: `timeout` is not a positive number.
            StorageError: the database does not answer, or refuses us.
        """
        return self._store.server_version(timeout)

    def healthy(self, timeout: float = 1.0) -> bool:
        """Return whether the database answers, and holds the index.

        Args:
            timeout: seconds; that of `open` is for everything else.

        Raises:
            ArgumentError: `timeout` is not a positive number.
            Closed: after `close()`.
        """
        return self._store.answers(check_seconds("timeout", timeout))

    def _search(
        self,
        source: PictureLike | Signature | PreparedPicture | None,
        *,
        leave_out: str | None,
        cutoff: float | None,
        limit: int | None,
        candidates: int,
        where: Metadata | None,
        all_orientations: bool,
        thorough: int,
    ) -> Hits:
        orientations = _orientations(all_orientations)
        level = check_level(thorough)
        most = _most(limit)
        below = check_cutoff(cutoff, self._algorithm.default_cutoff)
        check_number("candidates", candidates, 1, MAX_CANDIDATES)
        if leave_out is not None:
            candidates = min(candidates + 1, MAX_CANDIDATES)  # the record finds itself
        with spanned(SEARCH, "search"):
            if source is None:
                stored = load_signature(self._one(leave_out or ""), self._algorithm.name)
                views: Sequence[View] = self._algorithm.views_from_signature(
                    stored, orientations, level
                )
            else:
                views = self._views(source, orientations, level)
            matches = next(self._find([views], below, candidates, where))
            return self._hits(matches, below, most, level, all_orientations, leave_out=leave_out)

    def _views(
        self,
        source: PictureLike | Signature | PreparedPicture,
        orientations: Sequence[Orientation],
        level: int,
    ) -> Sequence[View]:
        if isinstance(source, PreparedPicture):
            signature_for(self._algorithm, source.signature)
            return self._algorithm.views(source.canvas, orientations, level)
        return views_of(self._algorithm, source, orientations, level, self._limits)

    def _find(
        self,
        queries: Iterable[Sequence[View]],
        cutoff: float,
        candidates: int,
        where: Metadata | None,
    ) -> Iterator[Matches]:
        return find(
            self._store,
            self._algorithm,
            queries,
            cutoff=cutoff,
            candidates=check_number("candidates", candidates, 1, MAX_CANDIDATES),
            where=Filter.of(where),
        )

    def _hits(
        self,
        matches: Matches,
        cutoff: float,
        most: int | None,
        thorough: int,
        all_orientations: bool,
        *,
        leave_out: str | None = None,
        error: PictureError | None = None,
    ) -> Hits:
        most = len(matches.found) if most is None else most
        hits: list[Hit] = []
        found = (match for match in matches.found if match.id != leave_out)
        # One that was deleted since gives its place to the next, so more may be looked up.
        for batch in chunked(found, min(most, MAX_BATCH_RECORDS) or 1):
            bodies = {
                stored.id: load_body(stored)
                for stored in self._store.get(match.id for match in batch)
            }
            hits += [
                Hit(
                    match.id,
                    match.distance,
                    bodies[match.id]["path"],
                    bodies[match.id]["metadata"],
                    match.score,
                    match.orientation,
                    None
                    if match.drawn
                    else self._algorithm.rarity(match.distance, thorough, all_orientations),
                )
                for match in batch
                if match.id in bodies
            ]
            if len(hits) >= most:
                break
        found_hits = tuple(hits[:most])
        return Hits(found_hits, cutoff=cutoff, truncated=matches.truncated, error=error)

    def _entry(self, stored: Stored) -> Entry:
        return load_entry(stored, self._algorithm.name)

    def _stored(self, wanted: Filter, after: str | None = None) -> Iterator[Stored]:
        start = None if after is None else check_id(after)
        streams: list[Iterable[Stored]] = [self._store.scan(tags, start) for tags in wanted.scanned]
        if wanted.path is not None:
            streams.append(self._by_path(wanted, start))
        by_id = merge(*streams, key=lambda stored: stored.id)
        found = unique_justseen(by_id, key=lambda stored: stored.id)
        if wanted.is_answered_by_tags:
            return found
        return (stored for stored in found if wanted.holds(load_body(stored)))

    def _by_path(self, wanted: Filter, after: str | None) -> Iterator[Stored]:
        """Yield the record whose id follows from the path, which has no tag of it."""
        own_id = id_of_path(wanted.path or "")
        if after is None or own_id > after:
            for stored in self._store.get([own_id]):
                if wanted.is_tagged(load_body(stored)):
                    yield stored

    def _one(self, entry_id: str) -> Stored:
        for stored in self._store.get([check_id(entry_id)]):
            return stored
        raise EntryNotFound(f"index {self.name!r} holds no id {entry_id!r}")

    def _put(self, records: Sequence[Record]) -> None:
        for entry_id, failure in self._store.put(records).items():
            raise StorageError(failure.kind, f"{entry_id!r} was not stored: {failure.reason}")


def _orientations(all_of_them: bool) -> tuple[Orientation, ...]:
    return ALL_ORIENTATIONS if all_of_them else (UPRIGHT,)


def _most(limit: int | None) -> int | None:
    return None if limit is None else check_number("limit", limit, 0)
