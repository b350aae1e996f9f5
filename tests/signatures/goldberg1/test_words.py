import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagematch_core.signatures.goldberg1.words import slotted, words

from . import reference
from .strategies import Entries, entries


@given(entries())
def test_words_are_numbers_of_16_signs(found: Entries) -> None:
    assert words(found).tolist() == reference.words(found.tolist())


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=100), st.data())
def test_words_of_any_number_and_length(values: list[int], data: st.DataObject) -> None:
    count, trits = (data.draw(st.integers(1, min(len(values), 39))) for _ in range(2))
    found = words(np.array(values, np.int8), count, trits)
    assert found.tolist() == reference.words(values, count, trits)


@given(entries())
def test_stored_words_are_distinct_ascending_and_signed_32_bit(found: Entries) -> None:
    plain = words(found).tolist()
    stored = slotted(words(found)).tolist()
    assert stored == sorted(set(stored))
    assert stored == [i * 3**16 + word - 2**31 for i, word in enumerate(plain)]
    assert stored[0] >= -(2**31)
    assert stored[-1] < 2**31


@given(st.lists(entries(), min_size=1, max_size=4))
def test_words_of_many_are_those_of_each(found: list[Entries]) -> None:
    assert words(np.stack(found)).tolist() == [words(one).tolist() for one in found]


@pytest.mark.parametrize(("count", "trits"), [(11, 2), (2, 11), (2, 40)])
def test_more_than_there_is_is_refused(count: int, trits: int) -> None:
    with pytest.raises(ValueError, match="entries"):
        words(np.zeros(10 if trits < 40 else 100, np.int8), count, trits)
