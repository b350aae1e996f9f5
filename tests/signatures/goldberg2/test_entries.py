"""Entries: differences seen against their surroundings, in units of their median."""

from statistics import mean, median

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from imagematch_core.signatures.algorithm import Pairs
from imagematch_core.signatures.goldberg2.entries import (
    LARGEST,
    NEIGHBOURS,
    SECOND_NEIGHBOURS,
    UNIT,
    entries,
)

MEANS = arrays(np.uint8, 81) | arrays(np.uint8, 81, elements=st.integers(100, 104))


def slowly(means: list[int], pairs: Pairs) -> list[int]:
    """By the definition, in fractions of Python."""

    def at(row: int, column: int) -> int:
        return means[9 * min(max(row, 0), 8) + min(max(column, 0), 8)]

    contrast = [
        at(i // 9, i % 9)
        - mean(at(i // 9 + down, i % 9 + right) for down in (-1, 0, 1) for right in (-1, 0, 1)) / 2
        for i in range(81)
    ]
    places = list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    differences = [contrast[second] - contrast[first] for first, second in places]
    unit = max(median(map(abs, differences)), 0.5)
    found = []
    for (first, second), difference in zip(places, differences, strict=True):
        multiple = min(int(UNIT * abs(difference) / unit + 0.5 + 1e-9), LARGEST)
        multiple *= abs(means[second] - means[first]) >= 2
        found.append(multiple if difference > 0 else -multiple)
    return found


@given(means=MEANS)
def test_entries_by_their_definition(means: NDArray[np.uint8]) -> None:
    for pairs in (NEIGHBOURS, SECOND_NEIGHBOURS):
        assert entries(means, pairs).tolist() == slowly(means.tolist(), pairs)


@given(means=arrays(np.uint8, 81))
def test_the_negative_has_opposite_entries(means: NDArray[np.uint8]) -> None:
    assert np.array_equal(entries(255 - means), -entries(means))


@given(means=arrays(np.uint8, 81, elements=st.integers(0, 100)), lift=st.integers(0, 155))
def test_brightness_does_not_matter(means: NDArray[np.uint8], lift: int) -> None:
    assert np.array_equal(entries(means + np.uint8(lift)), entries(means))


def test_contrast_hardly_matters() -> None:
    means = np.random.default_rng(0).integers(0, 60, 81).astype(np.uint8) * 2
    same = np.abs(entries(means * np.uint8(2)) - entries(means)) <= 1
    assert same.mean() > 0.95


def test_many_at_once() -> None:
    means = np.random.default_rng(0).integers(0, 256, (3, 4, 81), dtype=np.uint8)
    found = entries(means)
    assert found.shape == (3, 4, 272)
    assert np.array_equal(found[2, 1], entries(means[2, 1]))


def test_each_pair_once() -> None:
    for pairs, count in ((NEIGHBOURS, 272), (SECOND_NEIGHBOURS, 224)):
        found = {frozenset(pair) for pair in zip(*map(list, pairs), strict=True)}
        assert len(found) == len(pairs.first) == count
