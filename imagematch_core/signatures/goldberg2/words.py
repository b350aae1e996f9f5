"""Words: bits of a signature in groups, by which near copies find each other in a database.

A bit is the sign of a sum of eight entries, drawn at random with random signs. A word is the slot
that it belongs to and the bits of that slot. Of each slot one word is stored. A query asks for
that word and for those that differ from it in the bits that are least certain.
"""

from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .blocks import Means
from .entries import SECOND_NEIGHBOURS, entries
from .products import product

SLOTS = 16
PROBES = 62
"""The most words that are asked for in each slot: 992 altogether."""
_UNCERTAIN = 9
"""Bits of a slot that may be wrong."""
_WRONG = 4
"""As many of these at once."""
_LOWEST = -(1 << 31)

Numbers = NDArray[np.int64]
Sums = NDArray[np.int32]


def stored(means: Means, bits: int) -> Numbers:
    """Return the words to store of each signature: shape (len(means), 16), ascending.

    Args:
        means: shape (n, 81).
        bits: of a word, at most 28.
    """
    return _words(_sums(means, bits) > 0, bits)


def asked(means: Means, bits: int, probes: int = PROBES) -> Numbers:
    """Return the words to ask for with each view: shape (len(means), 16 × probes), ascending.

    The word itself, and those that are cheapest to get to: turning a bit over costs the square
    of its sum.
    """
    sums = _sums(means, bits)
    words = _words(sums > 0, bits)
    costs = sums * sums
    # Of equal costs the first bit counts, so that no algorithm of sorting decides.
    order = np.argsort(costs, axis=-1, kind="stable")[..., :_UNCERTAIN]
    flips = _flips()
    # All of these are whole numbers that floats hold exactly; only of floats are products fast.
    least = np.take_along_axis(costs, order, axis=-1).astype(np.float32)
    total = product(least.reshape(-1, _UNCERTAIN), flips.T).reshape(len(means), SLOTS, -1)
    unique = total.astype(np.int32) * len(flips) + np.arange(len(flips), dtype=np.int32)
    cheapest = np.partition(unique, probes - 1, axis=-1)[..., :probes] % len(flips)
    masks = flips[cheapest].astype(np.float64) @ (1 << order).astype(np.float64)[..., None]
    asked_for = words[..., None] ^ masks[..., 0].astype(np.int64)
    return np.sort(asked_for.reshape(len(means), SLOTS * probes), axis=-1)


def _sums(means: Means, bits: int) -> Sums:
    """Shape (n, 16, bits), each at most 768."""
    values = np.concatenate([entries(means), entries(means, SECOND_NEIGHBOURS)], axis=-1)
    # So that -1 - i is the place of the opposite of entry i.
    both = np.concatenate([values, -values[:, ::-1]], axis=-1)
    # Not as a product with a matrix: BLAS gives that to all cores, and waits for the busiest.
    terms = np.take(both, _terms()[:, : SLOTS * bits], axis=1)
    return np.sum(terms, axis=1, dtype=np.int32).reshape(len(means), SLOTS, bits)


def _words(is_set: NDArray[np.bool_], bits: int) -> Numbers:
    """Slot and bits in one signed 32-bit number; those of different slots never meet."""
    slot = np.arange(SLOTS, dtype=np.int64) << bits
    return np.asarray(_LOWEST + slot + is_set @ (1 << np.arange(bits, dtype=np.int64)))


@cache
def _flips() -> NDArray[np.float32]:
    """Which of the uncertain bits to turn over: shape (subsets, 9), the empty one first."""
    subsets = [
        subset for count in range(_WRONG + 1) for subset in combinations(range(_UNCERTAIN), count)
    ]
    flips = np.zeros((len(subsets), _UNCERTAIN), np.float32)
    for row, subset in zip(flips, subsets, strict=True):
        row[list(subset)] = 1
    return flips


@cache
def _terms() -> NDArray[np.intp]:
    """Return the eight entries that each bit sums: shape (8, 448), from `sums.npy`.

    i stands for the entry i, -1 - i for its opposite. Drawn by `benchmarks/draw_sums.py`.
    """
    drawn = np.load(Path(__file__).with_name("sums.npy"), allow_pickle=False)
    return np.ascontiguousarray(drawn.T, np.intp)
