"""Words: stored ones are among those asked for, and near copies share some."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from imagematch_core.signatures.goldberg2.entries import LARGEST, SECOND_NEIGHBOURS, entries
from imagematch_core.signatures.goldberg2.words import (
    MOST_BITS,
    PROBES,
    SHIFT,
    SLOTS,
    asked,
    stored,
    trained,
)

BITS = (20, 26)
MEANS = arrays(np.uint8, (2, 81))


def sums_of(means: NDArray[np.uint8], bits: int) -> list[list[int]]:
    known = trained()
    values = np.array([*entries(means).tolist(), *entries(means, SECOND_NEIGHBOURS).tolist()])
    projected = values @ known.discriminants.astype(np.int64)
    sums = projected @ known.axes.astype(np.int64)
    rounded = [(one + (1 << SHIFT - 1)) >> SHIFT for one in sums.tolist()]
    return [rounded[MOST_BITS * slot :][:bits] for slot in range(SLOTS)]


def words_by_definition(means: NDArray[np.uint8], bits: int) -> tuple[list[int], list[int]]:
    """The words to store, and those to ask for."""
    known = trained()
    own, others = [], []
    for slot, sums in enumerate(sums_of(means, bits)):
        word = sum(1 << bit for bit, value in enumerate(sums) if value > 0)
        sizes = [min(abs(value), len(known.price) - 1) for value in sums]
        uncertain = sorted(range(bits), key=lambda bit: (sizes[bit], bit))[:9]
        doubt = sum(int(known.doubt[size]) for size in sizes)
        first = -(2**31) + (slot << MOST_BITS)
        own.append(first + word)
        flips = [subset for count in range(5) for subset in combinations(range(9), count)]
        for number, subset in enumerate(flips[1:]):
            wrong = [uncertain[place] for place in subset]
            price = sum(int(known.price[sizes[bit]]) for bit in wrong)
            flipped = first + (word ^ sum(1 << bit for bit in wrong))
            others.append((doubt + price, slot, number, flipped))
    return own, [one[-1] for one in sorted(others)]


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("probes", [16, 128, PROBES])
def test_words_by_their_definition(bits: int, probes: int) -> None:
    random = np.random.default_rng(1)
    means = np.vstack(
        [random.integers(0, 256, (4, 81)), np.cumsum(random.integers(-9, 10, (4, 81)), 1) + 128]
    ).astype(np.uint8)
    for row, kept, wanted in zip(
        means, stored(means, bits), asked(means, bits, probes), strict=True
    ):
        own, others = words_by_definition(row, bits)
        assert kept.tolist() == own
        assert wanted.tolist() == sorted(own + others[: probes - SLOTS])


@pytest.mark.parametrize("bits", BITS)
@given(means=MEANS)
def test_words_keep_the_protocol(bits: int, means: NDArray[np.uint8]) -> None:
    for kept, wanted in zip(stored(means, bits).tolist(), asked(means, bits).tolist(), strict=True):
        assert set(kept) <= set(wanted)
        for words in (kept, wanted):
            assert words == sorted(set(words))
            assert -(2**31) <= words[0] <= words[-1] < 2**31
        assert len(kept) == SLOTS
        assert len(wanted) == PROBES <= 1_000


def test_words_of_all_slots_differ() -> None:
    for bits in BITS:
        lowest, highest = np.zeros((1, 81), np.uint8), np.arange(81, dtype=np.uint8)[None] * 3
        slots = [set((stored(means, bits) + 2**31 >> MOST_BITS)[0]) for means in (lowest, highest)]
        assert slots[0] == slots[1]
        assert len(slots[0]) == SLOTS


def test_no_sum_is_too_large_to_be_exact() -> None:
    known = trained()
    projected = LARGEST * np.abs(known.discriminants).sum(axis=0)
    assert projected.max() < 2**24
    assert (projected @ np.abs(known.axes)).max() < 2**53


def test_what_is_less_certain_costs_less() -> None:
    known = trained()
    assert (np.diff(known.price) >= 0).all()
    assert (np.diff(known.doubt) <= 0).all()
    assert known.price[0] == 0


def test_a_little_noise_keeps_words() -> None:
    random = np.random.default_rng(3)
    means = random.integers(20, 236, (50, 81))
    noisy = means + random.integers(-4, 5, means.shape)
    kept, wanted = stored(means.astype(np.uint8), 20), asked(noisy.astype(np.uint8), 20)
    shared = [len(set(a) & set(b)) for a, b in zip(kept.tolist(), wanted.tolist(), strict=True)]
    assert min(shared) >= 1
