"""An index of pictures, the same for all databases and algorithms."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from threading import Lock
from typing import Self

from more_itertools import chunked, ilen

from ..arguments import check_cutoff, check_number, check_seconds
from ..errors import AlgorithmError, ArgumentError, EntryNotFound, FilterError
from ..ingest import (
    AddResult,
    Item,
    PreparedPicture,
    Recorder,
    add_many,
    add_one,
    check_is_many,
    prepare,
)
from ..matching.groups import Groups, group_near_copies
from ..matching.linkage import MARGIN, Links
from ..model import Entry, Hits, IndexInfo, Metadata, Progress, Signature, orientations_of
from ..protocol.values import MAX_BATCH_RECORDS, MAX_CANDIDATES, Stored
from ..records.bodies import load_entry, load_signature, with_changes, with_words
from ..records.filtering import Filter
from ..records.identity import check_id
from ..records.metadata import check_metadata
from ..signatures import get_algorithm
from ..signatures.algorithm import DEFAULT_LEVEL, View
from ..sources import PictureLike
from ..sources.limits import Limits
from ..store import Store
from ..telemetry import SEARCH, spanned
from .copying import CopyResult, copy
from .listing import listed
from .searching import Searcher, SearchOptions


@dataclass(frozen=True, slots=True)
class UniqueAddResult:
    """The result of adding a picture unless the index holds a near copy of it.

    Attributes:
        id: of the picture that was added; None if there are near copies.
        near: these, the nearest first; empty if it was added.
    """

    id: str | None
    near: Hits


class Index:
    """Pictures and their signatures in one database. `open` makes it; threads may share it.

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
        self._searcher = Searcher(store, self._algorithm, limits)
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
        candidates: int | None = None,
        where: Metadata | None = None,
        all_orientations: bool = False,
        thorough: int = DEFAULT_LEVEL,
    ) -> UniqueAddResult:
        """Add a picture unless the index holds a near copy of it. It is decoded once.

        A record with its own id is no near copy, so that the same call may be repeated. Of two
        near copies that threads add at once through one `Index`, one is added; other processes
        don't wait for each other.

        Args:
            source: as for `add`, but for a `Signature`. So are `id`, `path`, `metadata` and
                `replace`; the others are options of `search`.

        Raises:
            ArgumentError: an argument is out of its range, or not of its type.
            PictureError: the picture can't be used.
            ItemError: id, path or metadata can't be stored.
            EntryExists: with `replace=False`.
            FilterError: `where` is invalid.
            StorageError: the database failed.
        """
        prepared = source if isinstance(source, PreparedPicture) else self.prepare(source)
        item = Item(prepared, id, path, metadata, replace)
        own_id = self._recorder.resolve(item).id
        options = SearchOptions.of(
            self._algorithm, cutoff, None, candidates, where, all_orientations, thorough
        )
        with self._admitting, spanned(SEARCH, "search"):
            near = self._searcher.search(prepared, options, leave_out=own_id)
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
        """Add any number of pictures, in memory that does not grow with their number.

        Failures are collected, and the rest goes on. It can be interrupted and run again:
        pictures that have not changed are not signed again.

        Args:
            sources: as for `add`, or `Item`s. Of several with one id the last wins.
            workers: processes that sign. A picture that kills one is named in the result. 1
                signs in this process; without it, so are a few, and more use all cores.
            executor: signs instead of processes of ours, perhaps on other machines: any
                `concurrent.futures.Executor`, such as Dask's `Client.get_executor()`. imagematch
                must be installed there, and files must have the same paths. `workers` is then how
                many pictures it signs at a time. It stays open.
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
        candidates: int | None = None,
        where: Metadata | None = None,
        all_orientations: bool = False,
        thorough: int = DEFAULT_LEVEL,
    ) -> Hits:
        """Find the pictures that are near copies of one.

        Args:
            source: as for `add`.
            id: instead of a source: search with a picture of the index, which is left out of the
                hits. Only what is stored of it is used, so goldberg-1 looks in fewer orientations.
            cutoff: find distances below it; without it, the algorithm's own.
            limit: the most hits; without it, all.
            candidates: 1 to 10,000: how many pictures are measured for each view of the query,
                those that share most words with it. Without it 1,000, or 10,000 if as many as
                1,000 share two words or more, as in a very large index. `Hits.truncated` says that
                there may be more.
            where: metadata that a hit must have: a value, a list (any of its values), or a
                mapping with conditions: 'not' (a value or a list), '<', '<=', '>', '>=' (numbers,
                or strings such as ISO dates) and 'exists'. The database filters by values and
                lists; conditions are checked among near copies, so if `Hits.truncated` is set,
                more `candidates` may find more.
            all_orientations: also find mirrored, rotated (by quarter turns) and negative copies.
            thorough: how hard to look for crops. 0 finds few of them, 1 most, and 2 some more,
                in about 3.5 times the time of 1.

        Raises:
            ArgumentError: an argument is out of its range, or not of its type.
            PictureError: the picture can't be used.
            EntryNotFound: the index holds no such id.
            ItemError: the id is invalid.
            FilterError: `where` is invalid.
            StorageError: the database failed.
        """
        if (source is None) == (id is None):
            raise ArgumentError("search with a picture or with id=, one of them")
        options = SearchOptions.of(
            self._algorithm, cutoff, limit, candidates, where, all_orientations, thorough
        )
        with spanned(SEARCH, "search"):
            if source is not None:
                return self._searcher.search(source, options)
            return self._searcher.search(self._one(id or ""), options, leave_out=id)

    def search_many(
        self,
        sources: Iterable[PictureLike | Signature | PreparedPicture],
        *,
        cutoff: float | None = None,
        limit: int | None = None,
        candidates: int | None = None,
        where: Metadata | None = None,
        all_orientations: bool = False,
        thorough: int = DEFAULT_LEVEL,
    ) -> Iterator[Hits]:
        """Search with many pictures, asking the database for several at once.

        Args:
            sources: as for `add`; the options are those of `search`.

        Returns:
            An iterator over the hits of each source, in order. Where a source can't be used there
            are none, and `Hits.error` says why.

        Raises:
            ArgumentError: an argument is out of its range, or not of its type.
            FilterError: `where` is invalid.
            StorageError: the database failed.
        """
        check_is_many(sources)
        options = SearchOptions.of(
            self._algorithm, cutoff, limit, candidates, where, all_orientations, thorough
        )
        return self._searcher.search_many(sources, options)

    def get(self, id: str) -> Entry | None:  # noqa: A002
        """Return the picture with this id, None if there is none.

        `id_of` gives the id of a picture that was added by its path or URL.

        Raises:
            ItemError: the id is invalid.
        """
        return next(map(self._entry, self._store.get([check_id(id)])), None)

    def update(self, id: str, metadata: Metadata) -> None:  # noqa: A002
        """Replace the metadata of a picture as a whole; `{}` clears it.

        A run of `add_many` on this `Index` that signs the picture meanwhile keeps it. If another
        process writes the same id within the same milliseconds, the last one wins.

        Raises:
            EntryNotFound: the index holds no such id.
            ItemError: the id is invalid, or the metadata can't be stored.
        """
        check_id(id)
        checked = check_metadata(metadata)
        with self._recorder.replacing:
            record = with_changes(self._one(id), {"metadata": checked})
            self._store.put_all(with_words(self._algorithm, [record]))

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
            ItemError: the id is invalid; nothing was deleted.
            FilterError: `where` or a path is empty or invalid.
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
        found = (stored.id for stored in listed(self._store, wanted))
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
        return ilen(listed(self._store, Filter.of(where, path=path, path_prefix=path_prefix)))

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
            FilterError: `where` or a path is invalid.
        """
        wanted = Filter.of(where, path=path, path_prefix=path_prefix)
        return map(self._entry, listed(self._store, wanted, after))

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
            FilterError: `where` is invalid.
            StorageError: the database failed.
        """
        orientations = orientations_of(all_orientations)

        def views(stored: Stored) -> Sequence[View]:
            signature = load_signature(stored, self._algorithm.name)
            return self._algorithm.views_from_signature(signature, orientations, mutual=True)

        wanted = Filter.of(where)
        near = check_cutoff(cutoff, self._algorithm.grouping_cutoff(all_orientations))
        return group_near_copies(
            self._algorithm,
            self._store,
            listed(self._store, wanted),
            views,
            Links(near, MARGIN if linkages else 0.0),
            candidates=check_number("candidates", candidates, 1, MAX_CANDIDATES),
            linkages=linkages,
            where=wanted,
        )

    def copy_to(self, other: "Index", *, progress: Progress | None = None) -> CopyResult:
        """Copy every picture into another index, whatever database that is in.

        It streams, and can be interrupted and run again: what is there already is left alone, and
        so is what was written there later than here.

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
        return copy(self._store, other._store, theirs, progress)

    def refresh(self) -> None:
        """Make everything that anyone has written until now visible to all searches."""
        self._store.refresh()

    def optimize(self, *, timeout: float = 3_600.0) -> None:
        """Let the database tidy up after many pictures were added or replaced.

        Searches then take less time; what they find stays the same. Elasticsearch merges the index
        into one segment, PostgreSQL cleans and analyzes the table, SQLite rewrites the whole file,
        for which it needs that much space once more. MongoDB needs nothing of that kind.

        Args:
            timeout: seconds it may take.

        Raises:
            ArgumentError: `timeout` is not a positive number.
            StorageError: the database failed, or needs longer.
        """
        self._store.optimize(check_seconds("timeout", timeout))

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
        """Return the name and version of the database, which shows that it answers.

        Args:
            timeout: seconds to wait, for a health check that has less time than other calls;
                without it, those of `open`.

        Raises:
            ArgumentError: `timeout` is not a positive number.
            StorageError: the database does not answer, or refuses access.
        """
        return self._store.server_version(timeout)

    def healthy(self, timeout: float = 1.0) -> bool:
        """Return whether the database answers, and holds the index.

        Args:
            timeout: seconds to wait; that of `open` does not apply.

        Raises:
            ArgumentError: `timeout` is not a positive number.
            Closed: after `close()`.
        """
        return self._store.answers(check_seconds("timeout", timeout))

    def _entry(self, stored: Stored) -> Entry:
        return load_entry(stored, self._algorithm.name)

    def _one(self, entry_id: str) -> Stored:
        for stored in self._store.get([check_id(entry_id)]):
            return stored
        raise EntryNotFound(f"index {self.name!r} holds no id {entry_id!r}")
