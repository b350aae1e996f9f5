"""The data that all drivers answer from, and the oracle that says what is right."""

import lzma
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from imagematch_core.model import Signature
from imagematch_core.protocol import (
    MAX_CALL_CANDIDATES,
    MAX_QUERIES,
    MAX_QUERY_WORDS,
    Candidate,
    Query,
)
from imagematch_core.signatures import get_algorithm

from imagematch_conformance import digest, oracle
from imagematch_conformance.corpus import Corpus, sixteen, sixty_three
from imagematch_conformance.records import record

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

import make_corpus

CORPORA = [sixty_three(), sixteen()]


def test_the_data_files_can_be_made_anew() -> None:
    for name, content in make_corpus.made().items():
        shipped = (make_corpus.DATA / f"{name}.xz").read_bytes()
        assert lzma.decompress(shipped) == content, name


def test_the_shipped_digest_is_the_oracles() -> None:
    assert digest.oracle_digest() == digest.shipped_digests()["goldberg-1"]


def test_the_shipped_digest_of_pictures_is_that_of_the_core() -> None:
    """If the default algorithm is changed on purpose: `python conformance/tools/make_corpus.py`."""
    found = digest.picture_digest(digest.picture_answers_in_memory())
    assert found == digest.shipped_digests()[digest.DEFAULT]


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.name)
def test_records_and_queries_are_within_bounds(corpus: Corpus) -> None:
    assert len(corpus.records) > 2_500
    ids = [one.id.encode() for one in corpus.records]
    assert ids == sorted(set(ids))
    for one in (*corpus.records, *corpus.queries):
        assert all(low < high for low, high in pairwise(one.words))
        assert one.words[0] >= -(2**31)
        assert one.words[-1] < 2**31
        assert list(one.tags) == sorted(set(one.tags))
    assert len(corpus.queries) == MAX_QUERIES
    assert sum(one.limit for one in corpus.queries) <= MAX_CALL_CANDIDATES
    assert max(len(one.words) for one in corpus.queries) <= MAX_QUERY_WORDS


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.name)
def test_limits_cut_through_ties(corpus: Corpus) -> None:
    """So that a wrong order of equal candidates is seen."""
    cut = 0
    for query in corpus.queries:
        more = Query(query.words, query.tags, query.limit + 1)
        answer = oracle.candidates(corpus.records, more)
        cut += len(answer) > query.limit and answer[-1].shared == answer[-2].shared
    assert cut >= 5


def test_the_oracle_reads_signatures_as_goldberg_1_does() -> None:
    algorithm = get_algorithm("goldberg-1")
    for one in sixty_three().records[::7]:
        assert algorithm.stored_words([one.signature]) == [one.words]


def test_the_oracle_measures_as_goldberg_1_does() -> None:
    algorithm = get_algorithm("goldberg-1")
    corpus = sixty_three()
    signatures = [one.signature for one in corpus.records[::11]]
    for asked in corpus.asked[::9]:
        (view,) = algorithm.views_from_signature(Signature("goldberg-1", asked), _upright())
        expected = [
            oracle.distance(oracle.entries(asked), oracle.entries(one)) for one in signatures
        ]
        assert algorithm.distances([view], signatures)[0].tolist() == expected


def _upright() -> list[object]:
    from imagematch_core.model import Orientation

    return [Orientation()]


def test_the_oracle_answers_by_hand() -> None:
    records = [
        record("b", [1, 2, 3], ["t"]),
        record("a", [1, 2], ["t"]),
        record("\uffee", [1, 9], ["t"]),
        record("😀", [1, 9], ["t"]),
        record("no tag", [1, 2, 3]),
        record("no word", [7], ["t"]),
    ]
    expected = [
        Candidate("b", 3, b"signature"),
        Candidate("a", 2, b"signature"),
        Candidate("\uffee", 1, b"signature"),
        Candidate("😀", 1, b"signature"),
    ]
    for limit in range(1, 6):
        assert oracle.candidates(records, Query((1, 2, 3, 4), ("t",), limit)) == expected[:limit]


def test_distances_by_hand() -> None:
    one, other = np.array([3, 4, 0]), np.array([3, 4, 5])
    assert oracle.distance(one, one) == 0
    assert oracle.distance(one, -one) == 1
    assert oracle.distance(one, other) == 5 / (5 + 50**0.5)


def test_the_digest_notices_every_bit() -> None:
    answers = {"c": [[Candidate("a", 1, b"s"), Candidate("b", 1, b"s")], []]}
    hits = [[("a", 0.1), ("b", 0.2)]]
    found = {
        digest.digest(answers, hits),
        digest.digest({"d": answers["c"]}, hits),
        digest.digest({"c": [answers["c"][0][::-1], []]}, hits),
        digest.digest({"c": answers["c"][::-1]}, hits),
        digest.digest({"c": [[Candidate("a", 2, b"s"), Candidate("b", 1, b"s")], []]}, hits),
        digest.digest({"c": [[Candidate("a", 1, b"t"), Candidate("b", 1, b"s")], []]}, hits),
        digest.digest(answers, [[("a", np.nextafter(0.1, 1)), ("b", 0.2)]]),
        digest.digest(answers, [[("b", 0.1), ("a", 0.2)]]),
        digest.digest(answers, []),
    }
    assert len(found) == 9
