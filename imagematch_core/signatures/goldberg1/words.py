"""Words of a signature: pieces of it as numbers, by which similar signatures find each other."""

import numpy as np
from numpy.typing import NDArray

WORDS = 63
TRITS = 16
_MOST_TRITS = 39
_SLOT = 3**TRITS
_BIAS = 1 << 31


def words(entries: NDArray[np.int8], count: int = WORDS, trits: int = TRITS) -> NDArray[np.int64]:
    """image-match's words.

    Of `trits` consecutive entries the signs are digits in base 3, 0 for negative and 2 for
    positive, the first one the least significant. The pieces begin at evenly spread places; what
    reaches beyond the end is taken for 0.

    Args:
        entries: shape (…, length).
        count: of words, at most `length`.
        trits: entries in a word, at most `length` and 39.

    Returns:
        Shape (…, count), each from 0 to 3 ** trits - 1.

    Raises:
        ValueError: too many words or entries in a word.
    """
    length = entries.shape[-1]
    if trits > min(length, _MOST_TRITS):
        raise ValueError(
            f"a word of {trits} entries is longer than the signature, {length} entries, "
            f"or than a number can hold, {_MOST_TRITS}"
        )
    if count > length:
        raise ValueError(f"{count} words are more than the signature has entries, {length}")
    starts = np.linspace(0, length, count, endpoint=False).astype(np.intp)
    around = [(0, 0)] * (entries.ndim - 1)
    digits = np.pad(np.sign(entries) + 1, [*around, (0, trits)], constant_values=1)
    numbers = np.zeros((*entries.shape[:-1], count), np.int64)
    for place in range(trits):
        numbers += 3**place * digits[..., starts + place].astype(np.int64)
    return numbers


def slotted(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Words of 16 trits as signed 32-bit numbers that never meet those of another place.

    Args:
        numbers: shape (…, count).

    Returns:
        `place · 3 ** 16 + word - 2 ** 31` of each: distinct and ascending, of the same shape.
    """
    return np.asarray(numbers + np.arange(numbers.shape[-1]) * _SLOT - _BIAS)
