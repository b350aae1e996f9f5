"""Views of a query → the records nearest to it. The same answer on every database."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from more_itertools import chunked, constrained_batches

from ..model import Orientation
from ..protocol.values import MAX_QUERIES, Candidate, Query
from ..signatures.algorithm import Algorithm, View
from ..store import Store

_TOGETHER = 1_000
"""Candidates measured at a time."""


@dataclass(frozen=True, slots=True)
class Match:
    """A record that is nearer than the cutoff to one of the views.

    Attributes:
        id: of the record.
        distance: the smallest one, over all views.
        score: the largest number of words that it shares with a view.
        orientation: of the first view that has this distance.
    """

    id: str
    distance: float
    score: int
    orientation: Orientation


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
    """Find, for each query, the records whose distance to one of its views is under `cutoff`.

    Every candidate is measured against all views, whichever of them fetched it; of equal
    distances the first view counts. Queries are asked for in batches, and answered in order.

    Args:
        store: holds signatures of `algorithm`.
        algorithm: measures.
        queries: the views of each query, in the order in which equal distances are decided.
        cutoff: strict: a distance that equals it is no match.
        candidates: fetched for each view and filter, those that share most words first.
        filters: sets of tags; a record must carry all of one set.
    """
    batches = constrained_batches(
        queries,
        MAX_QUERIES,
        MAX_QUERIES,
        get_len=lambda views: len(views) * len(filters),
        strict=False,
    )
    for batch in batches:
        asked = [
            [
                Query(words, tags, candidates)
                for words in algorithm.query_words(views)
                for tags in filters
            ]
            for views in batch
        ]
        answers = iter(store.candidates([query for group in asked for query in group]))
        for views, group in zip(batch, asked, strict=True):
            answered = [next(answers) for _ in group]
            yield Matches(
                _measure(algorithm, views, answered, cutoff),
                truncated=any(len(answer) >= candidates for answer in answered),
            )


def _measure(
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
    if not signatures:
        return []
    matches = []
    for some in chunked(signatures.items(), _TOGETHER):
        distances = algorithm.distances(views, [signature for _, signature in some])
        nearest = distances.argmin(axis=0)  # the first of equal ones
        smallest = distances.min(axis=0)
        matches += [
            Match(entry_id, float(distance), scores[entry_id], views[view].orientation)
            for (entry_id, _), distance, view in zip(some, smallest, nearest, strict=True)
            if distance < cutoff
        ]
    return sorted(matches, key=lambda match: (match.distance, match.id))
