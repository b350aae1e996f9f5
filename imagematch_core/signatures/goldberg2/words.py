"""Words: bits of a signature in groups, by which near copies find each other in a database.

The entries of a signature are projected on the directions that tell different pictures apart best
and change least between copies, the discriminants of Strecha et al. 2012 (LDAHash: improved
matching with smaller descriptors); of each slot a random rotation of these is drawn, and a bit is
the sign of one of its axes. Half of the slots know the entries of one side of the picture only, so
that what covers another side changes none of their words. A word is the slot that it belongs to
and the bits of that slot. Of each slot one word is stored. A query asks for that word and for those
that a copy is most likely to have instead (Lv et al. 2007: Multi-Probe LSH).
"""

from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .blocks import Means
from .entries import SECOND_NEIGHBOURS, entries
from .products import product

SLOTS = 16
PROBES = 512
"""The most words that are asked for with one view."""
MOST_BITS = 26
"""Of a word."""
USUAL = 64
"""As a sum, the usual difference between a picture and a copy of it."""
SHIFT = 20
"""Binary digits that are cut off from the sums of whole numbers."""
_UNCERTAIN = 9
"""Bits of a slot that may be wrong."""
_WRONG = 4
"""As many of these at once."""
_LOWEST = -(1 << 31)

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What words are made with, see `benchmarks/train_words.py`.

    Attributes:
        discriminants: the entries' shares in each direction, shape (496, directions).
        axes: the directions' shares in each bit, shape (directions, 16 × 26).
        doubt: by the magnitude of a sum, how unlikely it is that the bit is right, shape (sums,):
            -log of the probability, in 64ths.
        price: how much more unlikely it is that it is wrong, shape (sums,).
    """

    discriminants: NDArray[np.float32]
    axes: NDArray[np.float64]
    doubt: NDArray[np.int64]
    price: NDArray[np.int64]


@cache
def trained() -> Trained:
    """Return what ships, from `words.npz`."""
    with np.load(Path(__file__).with_name("words.npz"), allow_pickle=False) as kept:
        return Trained(
            kept["discriminants"].astype(np.float32),
            kept["axes"].astype(np.float64),
            kept["doubt"].astype(np.int64),
            kept["price"].astype(np.int64),
        )


def stored(means: Means, bits: int) -> Numbers:
    """Return the words to store of each signature: shape (len(means), 16), ascending.

    Args:
        means: shape (n, 81).
        bits: of a word, at most 26.
    """
    return _words(_sums(means, bits) > 0, bits)


def asked(means: Means, bits: int, probes: int = PROBES) -> Numbers:
    """Return the words to ask for with each view: shape (len(means), probes), ascending.

    The own word of each slot, and of all others those that a copy has most likely.

    Args:
        means: shape (n, 81).
        bits: of a word, at most 26.
        probes: from 16 to 16 × 256.
    """
    known = trained()
    sums = _sums(means, bits)
    words = _words(sums > 0, bits)
    magnitudes = np.minimum(np.abs(sums), len(known.price) - 1).astype(np.intp)
    # Of equal magnitudes the first bit counts, so that no algorithm of sorting decides.
    order = np.argsort(magnitudes, axis=-1, kind="stable")[..., :_UNCERTAIN]
    prices = known.price[np.take_along_axis(magnitudes, order, axis=-1)]
    flips = _flips()
    # All of these are whole numbers that floats hold exactly; only of floats are products fast.
    price = product(prices.reshape(-1, _UNCERTAIN).astype(np.float32), flips.T)
    costs = price.reshape(len(means), SLOTS, -1) + known.doubt[magnitudes].sum(axis=-1)[..., None]
    costs[..., 0] = 0  # the own words first
    count = SLOTS * len(flips)
    unique = costs.reshape(len(means), count).astype(np.int64) * count + np.arange(count)
    slots, chosen = np.divmod(np.partition(unique, probes - 1)[:, :probes] % count, len(flips))
    ones = np.take_along_axis(1 << order, slots[..., None], axis=1).astype(np.float64)
    masks = (ones * flips[chosen]).sum(axis=-1).astype(np.int64)
    return np.sort(np.take_along_axis(words, slots, axis=1) ^ masks)


def _sums(means: Means, bits: int) -> NDArray[np.float64]:
    """Whole numbers, in 64ths of the usual difference between copies: shape (n, 16, bits)."""
    known = trained()
    values = np.concatenate([entries(means), entries(means, SECOND_NEIGHBOURS)], axis=-1)
    # Whole numbers below 2²⁴, and then below 2⁵³: exact in any order.
    projected = product(values.astype(np.float32), known.discriminants)
    axes = known.axes.reshape(-1, SLOTS, MOST_BITS)[..., :bits].reshape(-1, SLOTS * bits)
    sums = product(projected.astype(np.float64), axes)
    return np.floor(sums / (1 << SHIFT) + 0.5).reshape(len(means), SLOTS, bits)


def _words(is_set: NDArray[np.bool_], bits: int) -> Numbers:
    """Slot and bits in one signed 32-bit number, the slot above all bits that a word may have."""
    slot = np.arange(SLOTS, dtype=np.int64) << MOST_BITS
    return np.asarray(_LOWEST + slot + is_set @ (1 << np.arange(bits, dtype=np.int64)))


@cache
def _flips() -> NDArray[np.float32]:
    """Which of the uncertain bits to turn over: shape (256, 9), the empty one first."""
    subsets = [
        subset for count in range(_WRONG + 1) for subset in combinations(range(_UNCERTAIN), count)
    ]
    flips = np.zeros((len(subsets), _UNCERTAIN), np.float32)
    for row, subset in zip(flips, subsets, strict=True):
        row[list(subset)] = 1
    return flips
