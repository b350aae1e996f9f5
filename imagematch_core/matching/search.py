"""Views of a query → the records nearest to it. The same answer on every database.

Words fetch candidates, their signatures tell which of them are worth a closer look, and the bodies
of these are read to compare them as the algorithm does.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from more_itertools import chunked, constrained_batches

from ..model import Orientation, Signature
from ..protocol.values import MAX_QUERIES, Candidate, Query
from ..records.bodies import load_signature
from ..signatures.algorithm import Algorithm, View
from ..store import Store
from ..telemetry import SEARCH, count, spanned

_TOGETHER = 1_000
"""Candidates measured at a time."""


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
    candidates: int,
    filters: Sequence[tuple[str, ...]] = ((),),
) -> Iterator[Matches]:
    """Find, for each query, the records whose distance to it is under `cutoff`.

    Every candidate is measured against all views, whichever of them fetched it. Queries are asked
    for in batches, and answered in order.

    Args:
        store: holds signatures of `algorithm`.
        algorithm: measures.
        queries: the views of each query, in the order in which equal distances are decided.
        cutoff: strict: a distance that equals it is no match.
        candidates: fetched for each view and filter, those that share most words first.
        filters: sets of tags; a record must carry all of one set.
    """
    prepared = (
        (
            views,
            [
                Query(words, tags, candidates)
                for words in algorithm.query_words(views)
                for tags in filters
            ],
        )
        for views in queries
    )
    batches = constrained_batches(
        prepared, MAX_QUERIES, MAX_QUERIES, get_len=lambda one: len(one[1]), strict=False
    )
    for batch in batches:
        answers = iter(store.candidates([query for _, asked in batch for query in asked]))
        for views, asked in batch:
            answered = [next(answers) for _ in asked]
            truncated = any(len(answer) >= candidates for answer in answered)
            if truncated:
                SEARCH.info("truncated: a view has %d candidates, as many as asked for", candidates)
                count("search.truncated")
            with spanned(SEARCH, "measure"):
                matches = _measure(store, algorithm, views, answered, cutoff)
            yield Matches(matches, truncated)


def _measure(
    store: Store,
    algorithm: Algorithm,
    views: Sequence[View],
    answers: Iterable[Sequence[Candidate]],
    cutoff: float,
) -> list[Match]:
    scores: dict[str, int] = {}
    signatures: dict[str, bytes] = {}
    for candidate in (candidate for answer in answers for candidate in answer):
        scores[candidate.id] = max(candidate.shared, scores.get(candidate.id, 0))
        signatures[candidate.id] = candidate.signature
    matches = []
    for some in chunked(signatures.items(), _TOGETHER):
        apart = algorithm.distances(views, [signature for _, signature in some]).min(axis=0)
        worth = apart < (algorithm.first_cutoff or cutoff)
        ids = [entry_id for (entry_id, _), near in zip(some, worth, strict=True) if near]
        found = _signatures(store, algorithm, ids, signatures)
        compared = algorithm.compare(views, list(found.values()))
        matches += [
            Match(entry_id, one.distance, scores[entry_id], views[one.view].orientation, one.drawn)
            for entry_id, one in zip(found, compared, strict=True)
            if one.distance < cutoff
        ]
    return sorted(matches, key=lambda match: (match.distance, match.id))


def _signatures(
    store: Store, algorithm: Algorithm, ids: Sequence[str], data: Mapping[str, bytes]
) -> dict[str, Signature]:
    """The whole signatures of candidates. One that was deleted since is left out."""
    if algorithm.first_cutoff is None:
        return {entry_id: Signature(algorithm.name, data[entry_id]) for entry_id in ids}
    return {found.id: load_signature(found, algorithm.name) for found in store.get(ids)}
