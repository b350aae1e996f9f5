"""Words: stored ones are among those asked for, and near copies share some."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from imagematch_core.signatures.goldberg2.entries import NEIGHBOURS, SECOND_NEIGHBOURS, entries
from imagematch_core.signatures.goldberg2.words import PROBES, SLOTS, _terms, asked, stored

BITS = (23, 28)
MEANS = arrays(np.uint8, (2, 81))


def sums_of(means: NDArray[np.uint8], bits: int) -> list[list[int]]:
    values = [*entries(means).tolist(), *entries(means, SECOND_NEIGHBOURS).tolist()]
    terms = _terms().T.tolist()[: SLOTS * bits]
    sums = [sum(values[i] if i >= 0 else -values[-1 - i] for i in row) for row in terms]
    return [sums[bits * slot : bits * slot + bits] for slot in range(SLOTS)]


def words_by_definition(means: NDArray[np.uint8], bits: int) -> list[list[int]]:
    """Of each slot, the words to ask for, the stored one first."""
    found = []
    for slot, sums in enumerate(sums_of(means, bits)):
        word = sum(1 << bit for bit, value in enumerate(sums) if value > 0)
        uncertain = sorted(range(bits), key=lambda bit: (sums[bit] ** 2, bit))[:9]
        flips = [subset for count in range(5) for subset in combinations(range(9), count)]
        flips.sort(key=lambda subset: sum(sums[uncertain[place]] ** 2 for place in subset))
        found.append(
            [
                -(2**31) + (slot << bits) + (word ^ sum(1 << uncertain[place] for place in subset))
                for subset in flips[:PROBES]
            ]
        )
    return found


@pytest.mark.parametrize("bits", BITS)
def test_words_by_their_definition(bits: int) -> None:
    random = np.random.default_rng(1)
    means = np.vstack(
        [random.integers(0, 256, (4, 81)), np.cumsum(random.integers(-9, 10, (4, 81)), 1) + 128]
    ).astype(np.uint8)
    for row, kept, wanted in zip(means, stored(means, bits), asked(means, bits), strict=True):
        by_slot = words_by_definition(row, bits)
        assert kept.tolist() == [words[0] for words in by_slot]
        assert wanted.tolist() == sorted(word for words in by_slot for word in words)


@pytest.mark.parametrize("bits", BITS)
@given(means=MEANS)
def test_words_keep_the_protocol(bits: int, means: NDArray[np.uint8]) -> None:
    for kept, wanted in zip(stored(means, bits).tolist(), asked(means, bits).tolist(), strict=True):
        assert set(kept) <= set(wanted)
        for words in (kept, wanted):
            assert words == sorted(set(words))
            assert -(2**31) <= words[0] <= words[-1] < 2**31
        assert len(kept) == SLOTS
        assert len(wanted) == SLOTS * PROBES <= 1_000


def test_words_of_all_slots_differ() -> None:
    for bits in BITS:
        lowest, highest = np.zeros((1, 81), np.uint8), np.arange(81, dtype=np.uint8)[None] * 3
        slots = [set((stored(means, bits) + 2**31 >> bits)[0]) for means in (lowest, highest)]
        assert slots[0] == slots[1]
        assert len(slots[0]) == SLOTS


def test_each_sum_has_eight_terms() -> None:
    count = len(NEIGHBOURS.first) + len(SECOND_NEIGHBOURS.first)
    terms = _terms().T
    assert terms.shape == (SLOTS * 28, 8)
    for row in np.where(terms < 0, -1 - terms, terms).tolist():
        assert len(set(row)) == 8
        assert set(row) <= set(range(count))


def test_a_little_noise_keeps_words() -> None:
    random = np.random.default_rng(3)
    means = random.integers(20, 236, (50, 81))
    noisy = means + random.integers(-4, 5, means.shape)
    kept, wanted = stored(means.astype(np.uint8), 23), asked(noisy.astype(np.uint8), 23)
    shared = [len(set(a) & set(b)) for a, b in zip(kept.tolist(), wanted.tolist(), strict=True)]
    assert min(shared) >= 1
