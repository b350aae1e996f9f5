"""Distances between one signature of image-match and many stored ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .packing import ENTRIES_OF_BYTE, PAIRS, SHORT, stack, unpack

_NORM = 1 << 12
"""More than ‖b‖² can be, 4 · 544, so that one sum holds it and a multiple of this."""

_A = np.arange(-2, 3).reshape(1, 5, 1)
_B = ENTRIES_OF_BYTE.T.astype(np.int64).reshape(3, 1, 125)
_TERMS = _NORM * (_B - _A) ** 2 + _B**2
"""For each place in a byte, each entry of a and each byte of b: what the table below adds up."""


def distances(signature: bytes, others: Sequence[bytes]) -> NDArray[np.float64]:
    """‖b − a‖ / (‖a‖ + ‖b‖) of a stored signature a and each of the others.

    Whole numbers up to the square roots, so the bits are those of image-match on every machine.

    Returns:
        Shape (len(others),); 1.0 where both are all 0.

    Raises:
        AlgorithmError: bytes that are not a signature.
    """
    entries = unpack(signature).astype(np.int64)
    result = np.empty(len(others))
    lengths = np.array([len(other) for other in others], np.intp)
    for length in set(lengths.tolist()):
        same = np.flatnonzero(lengths == length)
        packed = stack([others[i] for i in same.tolist()])
        places = packed + len(ENTRIES_OF_BYTE) * np.arange(length)
        sums = _table(entries, length).take(places).sum(axis=1)
        result[same] = _ratios(sums // _NORM, entries @ entries, sums % _NORM)
    return result


def _ratios(
    square: NDArray[np.int64], square_a: Any, square_b: NDArray[np.int64]
) -> NDArray[np.float64]:
    total = np.sqrt(square_a) + np.sqrt(square_b)
    distances = np.ones(len(total))
    np.divide(np.sqrt(square), total, out=distances, where=total > 0)
    return distances


def _table(entries: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Return what each byte at each place of a signature b adds to `_NORM`·‖b − a‖² + ‖b‖².

    Args:
        entries: of a.
        length: of b in bytes.

    Returns:
        Shape (length · 125,), the bytes of the first place first.
    """
    forward, backward = entries[PAIRS.forward], entries[PAIRS.backward]
    # In the short form a byte tells three pairs of entries that are each other's opposites.
    told = [forward, -backward] if length == SHORT else [np.concatenate([forward, backward])]
    table = np.zeros((length, len(ENTRIES_OF_BYTE)), np.int64)
    for of_a in told:
        a = np.pad(of_a, (0, 3 * length - len(of_a))).reshape(length, 3)
        for place in range(3):
            table += _TERMS[place, a[:, place] + 2]
    return table.ravel()
