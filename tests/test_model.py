"""The values that users get: immutable, and slices keep what the whole knows."""

import copy
import pickle
from collections.abc import Sequence
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

import imagematch_core as imagematch
from imagematch_core import Groups, Hits, Linkages
from tests.drawings import drawing


@pytest.fixture
def listings() -> tuple[Hits, Groups, Linkages]:
    with imagematch.open("memory://") as index:
        for seed, size in [(1, 200), (1, 120), (1, 90), (2, 200), (2, 120)]:
            index.add(drawing(seed).resize((size, size)), id=f"{seed}-{size}")
        hits = index.search(drawing(1), candidates=2, cutoff=0.3)
        groups = index.duplicates(candidates=2, linkages=True)
        assert groups.linkages is not None
        return hits, groups, groups.linkages


def test_slices_keep_what_the_whole_knows(listings: tuple[Hits, Groups, Linkages]) -> None:
    hits, groups, linkages = listings
    assert len(hits) == 2
    assert hits.truncated
    assert isinstance(hits[:1], Hits)
    assert (list(hits[:1]), hits[:1].truncated, hits[:1].cutoff) == ([hits[0]], True, 0.3)
    assert groups.truncated
    assert (groups[:1].truncated, groups[:1].linkages) == (True, linkages)
    assert (linkages[:1].cutoff, linkages[:1].reach) == (linkages.cutoff, linkages.reach)


def test_they_are_immutable_sequences(listings: tuple[Hits, Groups, Linkages]) -> None:
    for listing in listings:
        anything: Any = listing
        assert isinstance(listing, Sequence)
        assert listing[-1] in listing
        assert next(reversed(listing)) == listing[-1]
        assert not listing[:0]
        assert listing[:] == listing
        with pytest.raises(TypeError):
            anything[0] = anything[0]
        with pytest.raises(AttributeError):
            anything.append(anything[0])
        with pytest.raises(FrozenInstanceError):
            anything._elements = ()
        assert copy.deepcopy(listing) == listing
        assert pickle.loads(pickle.dumps(listing)) == listing


def test_why_a_source_could_not_be_searched_with_stays_with_its_hits() -> None:
    with imagematch.open("memory://") as index:
        (hits,) = index.search_many([b"no picture"])
    assert isinstance(hits.error, imagematch.NotAPicture)
    assert hits[:1].error is hits.error


def test_an_entry_has_a_signature_that_can_be_searched_with_and_added() -> None:
    with imagematch.open("memory://") as index, imagematch.open("memory://") as other:
        index.add(drawing(1), id="a", metadata={"n": 1})
        entry = index.get("a")
        assert entry
        assert entry.signature == imagematch.signature(drawing(1))
        assert [hit.id for hit in index.search(entry.signature)] == ["a"]
        other.add(entry.signature, id="b")
        assert [one.signature for one in other.entries()] == [entry.signature]


def test_none_is_not_given_and_an_empty_mapping_clears() -> None:
    with imagematch.open("memory://") as index:
        index.add(drawing(1), id="a", metadata={"n": 1})
        index.add(drawing(1), id="a", metadata=None)
        assert [entry.metadata for entry in index.entries({"n": 1})] == [{"n": 1}]
        index.update("a", {})
        assert [entry.metadata for entry in index.entries()] == [{}]
        assert index.count({"n": 1}) == 0
