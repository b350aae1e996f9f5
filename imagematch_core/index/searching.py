"""Searching an index: arguments → views → matches → hits."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from more_itertools import chunked

from ..arguments import check_cutoff, check_number
from ..errors import PictureError
from ..ingest import PreparedPicture
from ..matching.comparing import signature_for, views_of
from ..matching.search import Matches, find
from ..model import Hit, Hits, Metadata, Orientation, Signature, orientations_of
from ..protocol.values import MAX_BATCH_RECORDS, MAX_CANDIDATES, Stored
from ..records.bodies import load_body, load_signature
from ..records.filtering import Filter
from ..signatures.algorithm import Algorithm, View, check_level
from ..sources import PictureLike
from ..sources.limits import Limits
from ..store import Store


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """The options of a search, checked.

    Attributes:
        cutoff: of the hits' distances, strict.
        limit: the most hits; None means all.
        candidates: fetched for each view; None lets them follow the size of the index.
        where: what a hit must be.
        all_orientations: whether copies are looked for in all of them.
        level: how thorough the search is.
    """

    cutoff: float
    limit: int | None
    candidates: int | None
    where: Filter
    all_orientations: bool
    level: int

    @classmethod
    def of(
        cls,
        algorithm: Algorithm,
        cutoff: float | None,
        limit: int | None,
        candidates: int | None,
        where: Metadata | None,
        all_orientations: bool,
        thorough: int,
    ) -> "SearchOptions":
        """Check what a user gave, and fill in what the algorithm knows."""
        return cls(
            level=check_level(thorough),
            limit=None if limit is None else check_number("limit", limit, 0),
            cutoff=check_cutoff(cutoff, algorithm.default_cutoff),
            candidates=None
            if candidates is None
            else check_number("candidates", candidates, 1, MAX_CANDIDATES),
            where=Filter.of(where),
            all_orientations=all_orientations,
        )

    @property
    def orientations(self) -> tuple[Orientation, ...]:
        """Those in which copies are looked for."""
        return orientations_of(self.all_orientations)


@dataclass(frozen=True, slots=True)
class Searcher:
    """Searches what a store holds."""

    store: Store
    algorithm: Algorithm
    limits: Limits

    def search(
        self,
        source: PictureLike | Signature | PreparedPicture | Stored,
        options: SearchOptions,
        *,
        leave_out: str | None = None,
    ) -> Hits:
        """Search with a picture, or a record; the one with the id `leave_out` is no hit."""
        views = self._views(source, options)
        if leave_out is not None and options.candidates is not None:
            # It finds itself, and must not take the place of another.
            most = min(options.candidates + 1, MAX_CANDIDATES)
            options = replace(options, candidates=most)
        return self._hits(next(self._find([views], options)), options, leave_out=leave_out)

    def search_many(
        self, sources: Iterable[PictureLike | Signature | PreparedPicture], options: SearchOptions
    ) -> Iterator[Hits]:
        """Search with many pictures, asking the database for several at once."""
        errors: deque[PictureError | None] = deque()

        def queries() -> Iterator[Sequence[View]]:
            for source in sources:
                views: Sequence[View] = ()
                error = None
                try:
                    views = self._views(source, options)
                except PictureError as err:
                    error = err
                errors.append(error)
                yield views

        return (
            self._hits(matches, options, error=errors.popleft())
            for matches in self._find(queries(), options)
        )

    def _views(
        self, source: PictureLike | Signature | PreparedPicture | Stored, options: SearchOptions
    ) -> Sequence[View]:
        looked_at = options.orientations, options.level
        if isinstance(source, Stored):
            signature = load_signature(source, self.algorithm.name)
            return self.algorithm.views_from_signature(signature, *looked_at)
        if isinstance(source, PreparedPicture):
            signature_for(self.algorithm, source.signature)
            return self.algorithm.views(source.canvas, *looked_at)
        return views_of(self.algorithm, source, *looked_at, self.limits)

    def _find(self, queries: Iterable[Sequence[View]], options: SearchOptions) -> Iterator[Matches]:
        return find(
            self.store,
            self.algorithm,
            queries,
            cutoff=options.cutoff,
            candidates=options.candidates,
            where=options.where,
        )

    def _hits(
        self,
        matches: Matches,
        options: SearchOptions,
        *,
        leave_out: str | None = None,
        error: PictureError | None = None,
    ) -> Hits:
        most = len(matches.found) if options.limit is None else options.limit
        hits: list[Hit] = []
        found = (match for match in matches.found if match.id != leave_out)
        # One that was deleted since gives its place to the next, so more may be looked up.
        for batch in chunked(found, min(most, MAX_BATCH_RECORDS) or 1):
            bodies = {
                stored.id: load_body(stored)
                for stored in self.store.get(match.id for match in batch)
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
                    else self.algorithm.rarity(
                        match.distance, options.level, options.all_orientations
                    ),
                )
                for match in batch
                if match.id in bodies
            ]
            if len(hits) >= most:
                break
        return Hits(
            tuple(hits[:most]), cutoff=options.cutoff, truncated=matches.truncated, error=error
        )
