"""An index of pictures: add, search, delete. It knows no database and no algorithm."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from heapq import merge
from typing import Any, Self

from more_itertools import chunked, ilen, unique_justseen

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
    AddReport,
    Item,
    Progress,
    Recorder,
    add_many,
    add_one,
    check_is_many,
)
from .matching.comparing import views_of
from .matching.groups import Groups, components, group, in_order
from .matching.linkage import Links
from .matching.pairs import Viewed
from .matching.search import Matches, find
from .model import (
    ALL_ORIENTATIONS,
    UPRIGHT,
    Entry,
    Hit,
    IndexInfo,
    Metadata,
    Orientation,
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
    with_changes,
    with_words,
)
from .records.identity import check_id
from .records.metadata import check_metadata, where_tags
from .signatures import get_algorithm
from .signatures.algorithm import DEFAULT_LEVEL, View, check_level
from .sources import PictureLike
from .sources.limits import Limits
from .store import Store


class Hits(list[Hit]):
    """Hits by (distance, id).

    Attributes:
        truncated: a query had as many candidates as were asked for: more of them may find more.
        error: of `search_many`: why this source could not be searched with.
    """

    truncated: bool = False
    error: PictureError | None = None


@dataclass(slots=True)
class CopyReport:
    """The result of copying an index.

    Attributes:
        copied: written.
        unchanged: there already, exactly so.
        newer: left alone, since what is there was written later.
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
    **driver_options: Any,
) -> "Index":
    """Open an index, creating it if it is absent.

    Args:
        target: a storage URL such as 'sqlite:///photos.db', or a client object of a database
            whose driver takes one.
        index: `[a-z][a-z0-9_-]{0,39}`; one database holds many.
        algorithm: of a new index; None takes the best. An existing index keeps its own, and
            another one given here is an error.
        create: False raises `IndexNotFound` where there is none.
        auto_refresh: whether a search sees what this index wrote before. Without, it sees what
            was there at the last `refresh()`, at the latest.
        limits: bounds on what is read and decoded for one picture.
        timeout: seconds for one call to the database, retries included.
        driver_options: of the driver; they beat those in the URL.

    Raises:
        DriverError: there is no driver for the target.
        AlgorithmError: the algorithm is unknown, or not the one that the index holds.
        IndexNotFound, ForeignIndex, IndexFormatError, IndexLayoutError: of the index.
        StorageError: the database can't be reached, or refuses us.
    """
    wanted = get_algorithm(algorithm)
    store = Store.open(target, index, timeout=timeout, auto_refresh=auto_refresh, **driver_options)
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


class Index:
    """Pictures and their signatures in one database. Threads may share it; see `open_index`.

    Attributes:
        name: of the index.
        info: what the index remembers about itself.
    """

    def __init__(self, store: Store, name: str, info: IndexInfo, limits: Limits) -> None:
        self.name = name
        self.info = info
        self._store = store
        self._limits = limits
        self._algorithm = get_algorithm(info.algorithm)
        self._recorder = Recorder(self._algorithm, limits)

    def __repr__(self) -> str:
        return f"<Index {self.name!r} at {self._store.target}, {self.info.algorithm}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def add(
        self,
        source: PictureLike | Signature,
        *,
        id: str | None = None,  # noqa: A002 - what everybody calls it
        path: str | None = None,
        metadata: Metadata | None = None,
    ) -> str:
        """Add a picture, or replace the one with its id; return the id.

        A picture that has not changed is not signed again.

        Args:
            source: path, URL (http, https, s3, gs), bytes, binary file object, Pillow image,
                array or `Signature`.
            id: in place of the one made from the path, or from the content without one.
            path: to store in place of the source's own.
            metadata: a mapping that JSON can hold; None keeps what is stored.

        Raises:
            PictureError: the picture can't be used.
            ItemError: id, path or metadata can't be stored.
            StorageError: the database failed.
        """
        return add_one(self._store, self._recorder, Item(source, id, path, metadata))

    def add_many(
        self,
        sources: Iterable[PictureLike | Signature | Item],
        *,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> AddReport:
        """Add any number of pictures, in memory that does not grow with it.

        What fails is collected, the rest goes on. It can be interrupted and run again:
        what is there already is not signed again.

        Args:
            sources: as for `add`, or `Item`s. Of several with one id the last wins.
            workers: processes that sign. A picture that kills one is named in the report. 1
                signs in this process; None does so for a few, and uses all cores for more.
            progress: called with the number of sources done since the last call.

        Raises:
            ArgumentError: a single picture is given.
            StorageError: the database failed. What was stored stays.
        """
        check_is_many(sources)
        return add_many(self._store, self._recorder, sources, processes=workers, progress=progress)

    def search(
        self,
        source: PictureLike | Signature | None = None,
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
            id: in place of a source: search with a picture of the index, which is left out.
                Only what its signature tells is used, so fewer views and orientations.
            cutoff: find distances below it; None takes the algorithm's own.
            limit: the most hits; None for all.
            candidates: 1 to 10,000 records are measured for each view of the query, those that
                share most words with it. `.truncated` says that there were as many.
            where: metadata that a hit must have; a list means any of its values.
            all_orientations: also mirrored, rotated by quarter turns and negative.
            thorough: 0 looks at the picture as it is and without its borders, 1 also finds what
                was cut out of another picture in common ways, 2 in most ways. A higher level
                asks for more and finds more, near copies and others.

        Raises:
            PictureError: the picture can't be used.
            EntryNotFound: the index holds no such id.
            ItemError: there can't be such an id.
            FilterError: `where` can't be asked.
            StorageError: the database failed.
        """
        orientations = _orientations(all_orientations)
        level = check_level(thorough)
        if source is not None and id is None:
            views = views_of(self._algorithm, source, orientations, level, self._limits)
        elif id is not None and source is None:
            level = 0
            _in_range("candidates", candidates, 1, MAX_CANDIDATES)
            candidates = min(candidates + 1, MAX_CANDIDATES)  # the record finds itself
            views = self._algorithm.views_from_signature(self._one(id).signature, orientations)
        else:
            raise ArgumentError("search with a picture or with id=, one of them")
        matches = next(self._find([views], cutoff, candidates, where))
        return self._hits(matches, limit, level, all_orientations, leave_out=id)

    def search_many(
        self,
        sources: Iterable[PictureLike | Signature],
        *,
        cutoff: float | None = None,
        limit: int | None = None,
        candidates: int = 1_000,
        where: Metadata | None = None,
        all_orientations: bool = False,
        thorough: int = DEFAULT_LEVEL,
    ) -> Iterator[Hits]:
        """Search with many pictures, asking the database for several at once.

        What can be asked is what `search` takes.

        Yields:
            The hits of each source, in order; none and `.error` where it can't be used.

        Raises:
            ArgumentError: a single picture is given.
        """
        check_is_many(sources)
        orientations = _orientations(all_orientations)
        level = check_level(thorough)
        errors: deque[PictureError | None] = deque()

        def queries() -> Iterator[Sequence[View]]:
            for source in sources:
                views: Sequence[View] = ()
                error = None
                try:
                    views = views_of(self._algorithm, source, orientations, level, self._limits)
                except PictureError as err:
                    error = err
                errors.append(error)
                yield views

        for matches in self._find(queries(), cutoff, candidates, where):
            hits = self._hits(matches, limit, level, all_orientations)
            hits.error = errors.popleft()
            yield hits

    def get(self, id: str) -> Entry | None:  # noqa: A002
        """Return the picture with this id, None if there is none.

        Raises:
            ItemError: there can't be such an id.
        """
        return next(map(load_entry, self._store.get([check_id(id)])), None)

    def update(self, id: str, metadata: Metadata | None) -> None:  # noqa: A002
        """Replace the metadata of a picture whole.

        Raises:
            EntryNotFound: the index holds no such id.
            ItemError: there can't be such an id, or the metadata can't be stored.
        """
        checked_metadata = None if metadata is None else check_metadata(metadata)
        with self._recorder.replacing:
            record = with_changes(self._one(id), {"metadata": checked_metadata})
            self._put(with_words(self._algorithm, [record]))

    def delete(
        self, ids: str | Iterable[str] | None = None, *, where: Metadata | None = None
    ) -> int:
        """Delete pictures by id, or all that have certain metadata; return how many.

        Raises:
            ItemError: there can't be such an id; nothing was deleted.
        """
        if (ids is None) == (where is None):
            raise ArgumentError("delete by ids or by where=, one of them")
        if ids is not None:
            several = isinstance(ids, Iterable) and not isinstance(ids, str | bytes)
            return self._store.delete(map(check_id, ids if several else [ids]))
        if not where:
            raise FilterError("an empty where would delete everything: use drop() for that")
        found = (stored.id for stored in self._stored(where))
        return sum(self._store.delete(batch) for batch in chunked(found, MAX_BATCH_RECORDS))

    def count(self, where: Metadata | None = None) -> int:
        """How many pictures there are, or how many have certain metadata; exact."""
        return self._store.count() if where is None else ilen(self._stored(where))

    def records(self, where: Metadata | None = None) -> Iterator[Entry]:
        """All pictures, or those with certain metadata, as a stream in the order of ids."""
        return map(load_entry, self._stored(where))

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
            cutoff: link distances below it; None takes the algorithm's own for groups, which
                may be lower than that of a search.
            candidates: measured for each picture, 1 to 10,000.
            where: look only at pictures with this metadata.
            all_orientations: also those orientations that follow from a stored signature.
            linkages: also find how the groups hang together at other cutoffs.
        """
        orientations = _orientations(all_orientations)

        def views(stored: Stored) -> Sequence[View]:
            return self._algorithm.views_from_signature(stored.signature, orientations)

        def pictures(ids: Iterable[str]) -> list[Viewed]:
            return [(load_entry(found), views(found)) for found in self._store.get(ids)]

        near = _cutoff(cutoff, self._algorithm.grouping_cutoff(all_orientations))
        links = Links(near) if linkages else None
        linked, truncated = components(
            self._store,
            self._algorithm,
            ((stored.id, views(stored)) for stored in self._stored(where)),
            cutoff=near,
            candidates=_in_range("candidates", candidates, 1, MAX_CANDIDATES),
            filters=where_tags(where),
            links=links,
        )
        found = (
            group(self._algorithm, members) for members in map(pictures, linked) if len(members) > 1
        )
        groups = in_order(found, truncated=truncated)
        groups.linkages = links.linkages(self._algorithm, pictures) if links else None
        return groups

    def copy_to(self, other: "Index", *, progress: Progress | None = None) -> CopyReport:
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
        report = CopyReport()
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
        """Make everything written by anyone until now visible to everyone's searches."""
        self._store.refresh()

    def drop(self) -> None:
        """Remove the index with all that is in it."""
        self._store.drop()

    def close(self) -> None:
        """Release connections, and make visible to other `Index` objects what this one wrote.

        With `auto_refresh=False` they see it after `refresh()`, or when the database shows it. A
        client object that was given stays open.
        """
        self._store.close()

    def server_version(self) -> str:
        """Name and version of the database."""
        return self._store.server_version()

    def _find(
        self,
        queries: Iterable[Sequence[View]],
        cutoff: float | None,
        candidates: int,
        where: Metadata | None,
    ) -> Iterator[Matches]:
        return find(
            self._store,
            self._algorithm,
            queries,
            cutoff=_cutoff(cutoff, self._algorithm.default_cutoff),
            candidates=_in_range("candidates", candidates, 1, MAX_CANDIDATES),
            filters=where_tags(where),
        )

    def _hits(
        self,
        matches: Matches,
        limit: int | None,
        thorough: int,
        all_orientations: bool,
        leave_out: str | None = None,
    ) -> Hits:
        most = len(matches.found) if limit is None else _in_range("limit", limit, 0, None)
        hits = Hits()
        hits.truncated = matches.truncated
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
                    self._algorithm.rarity(match.distance, thorough, all_orientations),
                )
                for match in batch
                if match.id in bodies
            ]
            if len(hits) >= most:
                break
        del hits[most:]
        return hits

    def _stored(self, where: Metadata | None) -> Iterator[Stored]:
        streams = [self._store.scan(tags) for tags in where_tags(where)]
        by_id = merge(*streams, key=lambda stored: stored.id)
        return unique_justseen(by_id, key=lambda stored: stored.id)

    def _one(self, entry_id: str) -> Stored:
        for stored in self._store.get([check_id(entry_id)]):
            return stored
        raise EntryNotFound(f"index {self.name!r} holds no id {entry_id!r}")

    def _put(self, records: Sequence[Record]) -> None:
        for entry_id, failure in self._store.put(records).items():
            raise StorageError(failure.kind, f"{entry_id!r} was not stored: {failure.reason}")


def _orientations(all_of_them: bool) -> tuple[Orientation, ...]:
    return ALL_ORIENTATIONS if all_of_them else (UPRIGHT,)


def _cutoff(cutoff: float | None, default: float) -> float:
    if cutoff is None:
        return default
    if not 0 <= cutoff <= 1:
        raise ArgumentError(f"cutoff must be a distance from 0 to 1, not {cutoff!r}")
    return cutoff


def _in_range(name: str, value: int, least: int, most: int | None) -> int:
    if value < least or (most is not None and value > most):
        bounds = f"at least {least}" if most is None else f"{least} to {most}"
        raise ArgumentError(f"{name} must be {bounds}, not {value!r}")
    return value
