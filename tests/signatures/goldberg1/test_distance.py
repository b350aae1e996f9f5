import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagematch_core.errors import AlgorithmError
from imagematch_core.signatures.goldberg1.distance import distances
from imagematch_core.signatures.goldberg1.packing import pack

from .strategies import Entries, entries


def by_numpy(a: Entries, b: Entries) -> float:
    one, other = a.astype(int), b.astype(int)
    total = np.linalg.norm(other) + np.linalg.norm(one)
    return float(np.linalg.norm(other - one) / total) if total else 1.0


@given(entries(), st.lists(entries(), max_size=6))
def test_distances_are_those_of_the_formula_to_the_bit(a: Entries, others: list[Entries]) -> None:
    found = distances(pack(a), [pack(b) for b in others])
    assert found.tolist() == [by_numpy(a, b) for b in others]
    assert found.dtype == np.float64


@given(entries().filter(np.any), entries())
def test_a_distance_is_symmetric_bounded_and_zero_on_itself(a: Entries, b: Entries) -> None:
    one, other = pack(a), pack(b)
    assert distances(one, [other]) == distances(other, [one])
    assert 0 <= distances(one, [other])[0] <= 1
    assert distances(one, [one])[0] == 0


@given(entries().filter(np.any), entries())
def test_negating_both_changes_nothing(a: Entries, b: Entries) -> None:
    assert distances(pack(a), [pack(b)]) == distances(pack(-a), [pack(-b)])


def test_bytes_that_are_no_signature_are_refused() -> None:
    good = pack(np.zeros(648, np.int8))
    for bad in (b"", good[:-1], b"\xff" * len(good)):
        with pytest.raises(AlgorithmError, match="not a signature"):
            distances(good, [good, bad])
        with pytest.raises(AlgorithmError, match="not a signature"):
            distances(bad, [good])
