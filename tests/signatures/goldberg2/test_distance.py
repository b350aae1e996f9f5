"""Distances, against whole numbers and square roots of Python."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from imagematch_core import AlgorithmError
from imagematch_core.signatures.goldberg2.distance import distances, stack
from imagematch_core.signatures.goldberg2.entries import entries

MEANS = arrays(np.uint8, (3, 81))


def slowly(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    pairs = [*zip(entries(a).tolist(), entries(b).tolist(), strict=True)]
    whole = relative(pairs)
    if whole >= 0.5:
        return whole
    # All but 41 of 272, and those that differ as much as the last of these.
    largest = sorted(abs(x - y) for x, y in pairs)[-42]
    return relative([(x, y) for x, y in pairs if abs(x - y) <= largest], nothing=0.0)


def relative(pairs: list[tuple[int, int]], nothing: float = 1.0) -> float:
    total = sqrt(sum(x * x for x, _ in pairs)) + sqrt(sum(y * y for _, y in pairs))
    return sqrt(sum((x - y) ** 2 for x, y in pairs)) / total if total else nothing


@given(a=MEANS, b=MEANS)
def test_distances_to_the_last_bit(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> None:
    assert distances(a, b).tolist() == [[slowly(x, y) for y in b] for x in a]


@given(a=MEANS, noise=arrays(np.int8, (3, 81), elements={"min_value": -9, "max_value": 9}))
def test_distances_of_copies_to_the_last_bit(a: NDArray[np.uint8], noise: NDArray[np.int8]) -> None:
    b = np.clip(a.astype(np.int16) + noise, 0, 255).astype(np.uint8)
    assert distances(a, b).tolist() == [[slowly(x, y) for y in b] for x in a]


def test_what_covers_a_part_of_a_copy_is_left_out() -> None:
    means = np.random.default_rng(1).integers(0, 256, (1, 81), dtype=np.uint8)
    covered = means.copy()
    covered[0, :2] = 255
    assert distances(means, covered).item() < 0.02


def test_more_than_fit_together() -> None:
    stored = np.random.default_rng(0).integers(0, 256, (9000, 81), dtype=np.uint8)
    found = distances(stored[:2], stored)
    assert found[0, 0] == found[1, 1] == 0.0
    assert found[1, 8999] == slowly(stored[1], stored[8999])


def test_opposites_are_as_far_apart_as_can_be() -> None:
    means = np.random.default_rng(0).integers(0, 256, (1, 81), dtype=np.uint8)
    assert distances(means, 255 - means).item() == 1.0


def test_nothing_is_far_from_everything() -> None:
    flat = np.full((1, 81), 9, np.uint8)
    other = np.arange(81, dtype=np.uint8)[None] * 3
    assert distances(flat, np.vstack([flat, other])).tolist() == [[1.0, 1.0]]


def test_none_at_all() -> None:
    assert stack([]).shape == (0, 81)
    assert distances(stack([]), stack([bytes(81)])).shape == (0, 1)
    assert distances(stack([bytes(81)]), stack([])).shape == (1, 0)


@pytest.mark.parametrize("wrong", [b"", bytes(80), bytes(91), bytes(163)])
def test_what_is_no_signature(wrong: bytes) -> None:
    with pytest.raises(AlgorithmError, match="goldberg-2"):
        stack([bytes(81), wrong])
