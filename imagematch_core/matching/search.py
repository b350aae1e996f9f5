"""Views of a query → the records nearest to it. The same answer on every database.

Words fetch candidates, their signatures tell which of them are worth a closer look, and the bodies
of these are read to compare them as the algorithm does.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from more_itertools import chunked, constrained_batches

from ..model import Orientation, Signature
from ..protocol.values import MAX_CANDIDATES, MAX_QUERIES, Candidate, Query
from ..records.bodies import load_body, load_signature
from ..records.filtering import Filter
from ..signatures.algorithm import Algorithm, View
from ..store import Store
from ..telemetry import SEARCH, count, spanned

FIRST_CANDIDATES = 1_000
"""Fetched for each view where no number is given. Where as many share two words or more with it, as
in a very large index, the most that a database gives are fetched. What is left out otherwise shares
a single word: among a million records one of 48 altered copies did."""
_TOGETHER = 1_000
"""Candidates measured at a time."""
_NEAREST = 32
"""Candidates that are compared at a time where not all are wanted, the nearest first."""


@dataclass(frozen=True, slots=True)
class Match:
    """A record that is nearer than the cutoff to a query.

    Attributes:
        id: of the record.
        distance: to the query.
        score: the largest number of words that it shares with a view.
        orientation: what turns the query into the record.
        drawn: whether both look like drawings, see `Nearness`.
    """

    id: str
    distance: float
    score: int
    orientation: Orientation
    drawn: bool


class Chooser(Protocol):
    """Leaves out candidates, by their ids, of a query, by its number."""

    def possible(self, number: int, candidates: Sequence[str]) -> Sequence[str]:
        """Return those that are worth comparing at all."""
        ...

    def wanted(self, number: int, found: Sequence[Match], candidates: Sequence[str]) -> list[str]:
        """Return those that are still to be compared, after these were found since it was asked."""
        ...


@dataclass(frozen=True, slots=True)
class Matches:
    """The matches of one query by (distance, id), and whether there may be more.

    Attributes:
        found: in order.
        truncated: a view had as many candidates as were asked for.
    """

    found: list[Match]
    truncated: bool


def find(
    store: Store,
    algorithm: Algorithm,
    queries: Iterable[Sequence[View]],
    *,
    cutoff: float,
    candidates: int | None,
    where: Filter = Filter(),
    chooser: Chooser | None = None,
) -> Iterator[Matches]:
    """Find, for each query, the records whose distance to it is under `cutoff`.

    Every candidate is measured against all views, whichever of them fetched it. Queries are asked
    for in batches, and answered in order.

    Args:
        store: holds signatures of `algorithm`.
        queries: the views of each query, in the order in which equal distances are decided.
        cutoff: strict: a distance that equals it is no match.
        candidates: fetched for each view and filter, those that share most words first; None lets
            them follow the size of the index, see `FIRST_CANDIDATES`.
        where: which records may be found. What is not asked of the database by tags is looked at
            in what is near, so that more `candidates` may find more.
        chooser: leaves candidates out; those that it no longer wants after the nearest ones
            have been compared. Without it, all that are worth it are compared.
    """
    prepared = (
        (
            number,
            views,
            [
                Query(words, tags, candidates or FIRST_CANDIDATES)
                for words in algorithm.query_words(views)
                for tags in where.tags
            ],
        )
        for number, views in enumerate(queries)
    )
    batches = constrained_batches(
        prepared, MAX_QUERIES, MAX_QUERIES, get_len=lambda one: len(one[2]), strict=False
    )
    for batch in batches:
        answers = iter(store.candidates([query for *_, asked in batch for query in asked]))
        for number, views, asked in batch:
            answered = [(query, next(answers)) for query in asked]
            if candidates is None:
                answered = _widened(store, answered)
            full = [query.limit for query, answer in answered if len(answer) >= query.limit]
            truncated = bool(full)
            if truncated:
                SEARCH.info("truncated: a view has %d candidates, as many as asked for", max(full))
                count("search.truncated")
            with spanned(SEARCH, "measure"):
                found = [answer for _, answer in answered]
                choice = (chooser, number) if chooser else None
                matches = _measure(store, algorithm, views, found, cutoff, where, choice)
            yield Matches(matches, truncated)


def _widened(
    store: Store, answered: Sequence[tuple[Query, list[Candidate]]]
) -> list[tuple[Query, list[Candidate]]]:
    """Ask again, for the most there are, where the last candidate shares several words."""
    short = [
        query for query, answer in answered if len(answer) >= query.limit and answer[-1].shared > 1
    ]
    wide = [replace(query, limit=MAX_CANDIDATES) for query in short]
    again = dict(zip(short, zip(wide, store.candidates(wide), strict=True), strict=True))
    return [again.get(query, (query, answer)) for query, answer in answered]


def _measure(
    store: Store,
    algorithm: Algorithm,
    views: Sequence[View],
    answers: Iterable[Sequence[Candidate]],
    cutoff: float,
    where: Filter,
    choice: tuple[Chooser, int] | None,
) -> list[Match]:
    candidates = [candidate for answer in answers for candidate in answer]
    signatures = {candidate.id: candidate.signature for candidate in candidates}
    worth: dict[str, float] = {}
    for some in chunked(signatures.items(), _TOGETHER):
        apart = algorithm.distances(views, [signature for _, signature in some]).min(axis=0)
        near = apart < (algorithm.first_cutoff or cutoff)
        worth |= {some[at][0]: float(apart[at]) for at in np.flatnonzero(near)}
    scores = dict.fromkeys(worth, 0)
    for candidate in candidates:
        if candidate.id in scores:
            scores[candidate.id] = max(candidate.shared, scores[candidate.id])
    ids: Sequence[str] = list(worth)
    if choice:
        chooser, number = choice
        ids = chooser.possible(number, sorted(worth, key=lambda one: (worth[one], one)))
    matches: list[Match] = []
    new: list[Match] = []
    for at, together in enumerate(chunked(ids, _NEAREST if choice else _TOGETHER)):
        chosen = chooser.wanted(number, new, together) if choice and at else together
        found = _signatures(store, algorithm, chosen, signatures, where)
        compared = algorithm.compare(views, list(found.values()))
        new = [
            Match(entry_id, one.distance, scores[entry_id], views[one.view].orientation, one.drawn)
            for entry_id, one in zip(found, compared, strict=True)
            if one.distance < cutoff
        ]
        matches += new
    return sorted(matches, key=lambda match: (match.distance, match.id))


def _signatures(
    store: Store, algorithm: Algorithm, ids: Sequence[str], data: Mapping[str, bytes], where: Filter
) -> dict[str, Signature]:
    """Return the whole signatures of the wanted candidates, without those deleted since."""
    if algorithm.first_cutoff is None and where.is_answered_by_tags:
        return {entry_id: Signature(algorithm.name, data[entry_id]) for entry_id in ids}
    return {
        found.id: load_signature(found, algorithm.name)
        for found in store.get(ids)
        if where.is_answered_by_tags or where.holds(load_body(found))
    }
