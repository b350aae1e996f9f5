"""How a signature of image-match is stored: five values an entry, three entries a byte.

What one block has to say of another is the opposite of what that has to say of it, so of the 648
entries 104 are always 0, and 272 tell the rest: 91 bytes. Rarely, where a difference lies on the
border of two levels, rounding breaks that symmetry: then all 544 are stored, in 182 bytes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...errors import AlgorithmError
from .entries import Entries
from .levels import neighbours

Packed = NDArray[np.uint8]

PAIRS = neighbours(9, diagonal=True)
SHORT = 91
LONG = 182

_PLACES = np.array([1, 5, 25])
ENTRIES_OF_BYTE = (np.arange(125)[:, None] // _PLACES % 5 - 2).astype(np.int8)
"""The three entries that each byte stands for: shape (125, 3)."""


def pack(entries: Entries) -> bytes:
    """Return the stored form of the entries of a signature: shape (648,), from -2 to 2.

    Raises:
        ValueError: not a signature with image-match's default parameters.
    """
    if entries.shape != (PAIRS.length,):
        raise ValueError(f"a signature has {PAIRS.length} entries, not {entries.shape}")
    forward, backward = entries[PAIRS.forward], entries[PAIRS.backward]
    told = np.concatenate([forward, backward])
    if np.count_nonzero(told) != np.count_nonzero(entries) or np.abs(told).max() > 2:
        raise ValueError("a signature has entries from -2 to 2, and 0 where there is no neighbour")
    symmetric = bool((backward == -forward).all())
    digits = np.full(3 * (SHORT if symmetric else LONG), 2)
    digits[: len(forward) if symmetric else len(told)] += forward if symmetric else told
    packed = digits.reshape(-1, 3) @ _PLACES
    return bytes(packed.tolist())


def unpack(signature: bytes) -> Entries:
    """Return the 648 entries of a stored signature.

    Raises:
        AlgorithmError: these bytes are not a signature.
    """
    told = ENTRIES_OF_BYTE[stack([signature])[0]].ravel()
    count = len(PAIRS.forward)
    entries = np.zeros(PAIRS.length, np.int8)
    entries[PAIRS.forward] = told[:count]
    entries[PAIRS.backward] = told[count : 2 * count] if len(signature) == LONG else -told[:count]
    return entries


def stack(signatures: Sequence[bytes]) -> Packed:
    """Stored signatures, all as long as the first, as an array: (len(signatures), SHORT or LONG).

    Raises:
        AlgorithmError: one of them is not a signature.
    """
    length = len(signatures[0])
    if length not in {SHORT, LONG}:
        raise AlgorithmError(
            f"not a signature of goldberg-1: {length} bytes long, not {SHORT} or {LONG}"
        )
    packed = np.frombuffer(b"".join(signatures), np.uint8).reshape(-1, length)
    if packed.max() >= len(ENTRIES_OF_BYTE):
        raise AlgorithmError("not a signature of goldberg-1: it holds bytes over 124")
    unused = (
        3 * SHORT - len(PAIRS.forward) if length == SHORT else 3 * LONG - 2 * len(PAIRS.forward)
    )
    if ENTRIES_OF_BYTE[packed[:, -1], 3 - unused :].any():
        raise AlgorithmError("not a signature of goldberg-1: its last byte is not filled up")
    return packed
