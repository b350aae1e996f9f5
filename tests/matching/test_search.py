"""Search against brute force over the records that share a word."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import imagematch_core as imagematch
from imagematch_core import Signature
from imagematch_core.model import ALL_ORIENTATIONS, UPRIGHT, Orientation
from imagematch_core.signatures import get_algorithm
from imagematch_core.sources import open_picture
from tests.drawings import drawing

ALGORITHM = get_algorithm("goldberg-1")


def family(seed: int, size: int) -> list[Signature]:
    """Signatures of one picture under more and more noise."""
    original = np.asarray(drawing(seed)).astype(int)
    noise = np.random.default_rng(seed).integers(-128, 128, original.shape)
    return [
        imagematch.signature(
            np.clip(original + noise * step // size, 0, 255).astype(np.uint8), ALGORITHM.name
        )
        for step in range(size)
    ]


SIGNATURES = [signature for seed in range(12) for signature in family(seed, 12)]


@pytest.fixture(scope="module")
def crowd() -> Iterator[imagematch.Index]:
    with imagematch.open("memory://", algorithm=ALGORITHM.name) as index:
        index.add_many(
            imagematch.Item(signature, id=f"{n:03}") for n, signature in enumerate(SIGNATURES)
        )
        yield index


def brute_force(
    query: Signature, cutoff: float, orientations: tuple[Orientation, ...]
) -> list[tuple[str, float, int, Orientation]]:
    """Every record, one by one, each view in turn."""
    found = []
    for n, stored in enumerate(SIGNATURES):
        words = set(ALGORITHM.stored_words([stored.data])[0])
        best: tuple[float, Orientation] | None = None
        score = 0
        for view in ALGORITHM.views_from_signature(query, orientations):
            score = max(score, len(words & set(ALGORITHM.query_words([view])[0])))
            distance = float(ALGORITHM.distances([view], [stored.data])[0, 0])
            if best is None or distance < best[0]:
                best = (distance, view.orientation)
        if score and best and best[0] < cutoff:
            found.append((f"{n:03}", best[0], score, best[1]))
    return sorted(found, key=lambda one: (one[1], one[0]))


@settings(max_examples=60)
@given(
    query=st.integers(0, len(SIGNATURES) - 1),
    cutoff=st.floats(0, 1) | st.just(0.45),
    limit=st.none() | st.integers(0, 20),
    everywhere=st.booleans(),
)
def test_the_same_hits_as_brute_force(
    crowd: imagematch.Index, query: int, cutoff: float, limit: int | None, everywhere: bool
) -> None:
    orientations = ALL_ORIENTATIONS if everywhere else (UPRIGHT,)
    hits = crowd.search(SIGNATURES[query], cutoff=cutoff, limit=limit, all_orientations=everywhere)
    expected = brute_force(SIGNATURES[query], cutoff, orientations)[:limit]
    assert [(h.id, h.distance, h.score, h.orientation) for h in hits] == expected


@given(query=st.integers(0, len(SIGNATURES) - 1))
def test_a_cutoff_at_a_distance_leaves_that_one_out(crowd: imagematch.Index, query: int) -> None:
    hits = crowd.search(SIGNATURES[query], cutoff=1.0)
    for hit in hits[:5]:
        below = crowd.search(SIGNATURES[query], cutoff=hit.distance)
        assert [one.id for one in below] == [one.id for one in hits if one.distance < hit.distance]


def test_a_record_is_measured_against_views_that_did_not_fetch_it() -> None:
    # One of two equal pictures is fetched by the negative view alone if that has the only
    # candidate; its distance must still come from the upright one.
    picture = drawing(3)
    with (
        imagematch.open("memory://", algorithm=ALGORITHM.name) as index,
        open_picture(picture) as opened,
    ):
        index.add(picture, id="a")
        views = ALGORITHM.views(ALGORITHM.canvas(opened), ALL_ORIENTATIONS)
        assert len(views) == 16
        (hit,) = index.search(picture, candidates=1, all_orientations=True)
        assert (hit.distance, hit.orientation) == (0.0, UPRIGHT)


def test_a_score_is_that_of_the_view_that_shares_most_words() -> None:
    algorithm = get_algorithm("goldberg-2")
    most_come_last = True
    for picture in map(drawing, range(8)):
        with imagematch.open("memory://") as index, open_picture(picture) as opened:
            canvas = algorithm.canvas(opened)
            (stored,) = algorithm.stored_words([algorithm.signature(canvas).data])
            asked = algorithm.query_words(algorithm.views(canvas, [UPRIGHT]))
            shared = [number for words in asked if (number := len({*words}.intersection(stored)))]
            most_come_last &= shared[-1] == max(shared)
            index.add(picture)
            (hit,) = index.search(picture)
            assert hit.score == max(shared)
    assert not most_come_last


def test_more_is_measured_where_a_view_has_more_than_a_thousand_candidates() -> None:
    signature = SIGNATURES[0]
    ids = [f"{number:04}" for number in range(1_100)]
    with imagematch.open("memory://", algorithm=ALGORITHM.name) as index:
        index.add_many(imagematch.Item(signature, id=one) for one in ids)
        hits = index.search(signature)
        assert ([hit.id for hit in hits], hits.truncated) == (ids, False)
        (hits,) = index.search_many([signature])
        assert ([hit.id for hit in hits], hits.truncated) == (ids, False)
        hits = index.search(signature, candidates=1_000)
        assert ([hit.id for hit in hits], hits.truncated) == (ids[:1_000], True)
