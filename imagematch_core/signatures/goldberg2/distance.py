"""Distances between signatures, the same to the last bit on every machine."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...errors import AlgorithmError
from .blocks import GRID, Means
from .entries import entries
from .products import product

LENGTH = GRID * GRID
"""Bytes of the signature of a window."""
_NEAR = 0.5
"""Signatures that are farther apart in all their entries are of different pictures."""
_LEFT_OUT = 41
"""Of the 272 entries, 15 %: as many may be different because something covers a part of a copy."""
_TOGETHER = 256
"""So many windows are compared at one time: what is computed of them fits in a cache."""


def windows(signature: bytes) -> Means:
    """Return the means of each window of a signature, as `stack` does."""
    return stack([signature])


def stack(signatures: Sequence[bytes]) -> Means:
    """Return the windows of all signatures, one after the other: shape (windows, 81).

    Raises:
        AlgorithmError: one of them is not a signature.
    """
    for signature in signatures:
        if not signature or len(signature) % LENGTH:
            raise AlgorithmError(
                f"not a signature of goldberg-2: {len(signature)} bytes long, "
                f"not {LENGTH} for each window"
            )
    return np.frombuffer(b"".join(signatures), np.uint8).reshape(-1, LENGTH)


def distances(queries: Means, stored: Means) -> NDArray[np.float64]:
    """‖a - b‖ / (‖a‖ + ‖b‖) of the entries a of each query and b of each stored signature.

    Where that is less than `_NEAR`, it is taken of those entries that differ least, all but 15 %.

    All sums are of whole numbers below 2²⁴, which single precision holds exactly; each square
    root, the addition and the division are rounded once.

    Returns:
        Shape (len(queries), len(stored)); 1.0 where both are all 0.
    """
    a = entries(queries).astype(np.float32)
    of_a = _squares(a)[:, None]
    result = np.ones((len(queries), len(stored)))
    for start in range(0, len(stored), _TOGETHER):
        b = entries(stored[start : start + _TOGETHER]).astype(np.float32)
        of_b = _squares(b)
        apart = of_a + of_b - 2 * product(a, b.T).astype(np.float64)
        total = np.sqrt(of_a) + np.sqrt(of_b)
        columns = result[:, start : start + _TOGETHER]
        np.divide(np.sqrt(apart), total, out=columns, where=total > 0)
        near = np.nonzero(columns < _NEAR)
        columns[near] = _mostly(a[near[0]], b[near[1]])
    return result


def _mostly(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how far apart the entries of each row are without those that differ most."""
    apart = np.abs(a - b)
    # Of short numbers a place is selected far faster.
    largest = np.partition(apart.astype(np.int16), -_LEFT_OUT - 1, axis=1)[:, -_LEFT_OUT - 1, None]
    kept = apart <= largest
    one, other, between = (np.sqrt(_squares(some * kept)) for some in (a, b, apart))
    # What is left of both may be nothing: then both are the same there.
    return np.asarray(between / np.maximum(one + other, 1))


def _squares(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.einsum("ij,ij->i", vectors, vectors).astype(np.float64))
