import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagematch_core.errors import AlgorithmError
from imagematch_core.signatures.goldberg1.packing import LONG, PAIRS, SHORT, pack, unpack

from .strategies import Entries, entries


@given(entries())
def test_what_is_stored_comes_back(found: Entries) -> None:
    packed = pack(found)
    symmetric = np.array_equal(found[PAIRS.forward], -found[PAIRS.backward])
    assert len(packed) == (SHORT if symmetric else LONG)
    assert np.array_equal(unpack(packed), found)
    assert unpack(packed).dtype == np.int8


def test_the_stored_form_is_kept() -> None:
    found = np.zeros(PAIRS.length, np.int8)
    found[PAIRS.forward[:4]] = [-2, -1, 1, 2]
    found[PAIRS.backward[:4]] = [2, 1, -1, -2]
    # digits 0 1 3, 4 2 2, then 2 2 2: the first one the least significant, in base 5
    assert pack(found) == bytes([80, 64, *[62] * 89])


@pytest.mark.parametrize(
    ("place", "value"), [(PAIRS.forward[0], 3), (0, 1), (PAIRS.backward[5], -3)]
)
def test_what_is_no_signature_is_not_stored(place: int, value: int) -> None:
    found = np.zeros(PAIRS.length, np.int8)
    found[place] = value
    with pytest.raises(ValueError, match="entries"):
        pack(found)


def test_another_length_is_not_stored() -> None:
    with pytest.raises(ValueError, match="648"):
        pack(np.zeros(324, np.int8))


@given(st.binary(max_size=200))
def test_other_bytes_are_refused(data: bytes) -> None:
    valid = len(data) in {SHORT, LONG} and max(data) < 125
    if not valid:
        with pytest.raises(AlgorithmError, match="not a signature of goldberg-1"):
            unpack(data)


@pytest.mark.parametrize(("length", "last"), [(SHORT, 0), (SHORT, 124), (LONG, 2), (LONG, 124)])
def test_the_unused_part_of_the_last_byte_is_zero(length: int, last: int) -> None:
    with pytest.raises(AlgorithmError, match="last byte"):
        unpack(bytes([62] * (length - 1) + [last]))


@pytest.mark.parametrize("data", [bytes([62] * 90 + [125]), bytes([255] * 91)])
def test_bytes_that_stand_for_nothing_are_refused(data: bytes) -> None:
    with pytest.raises(AlgorithmError, match="124"):
        unpack(data)
