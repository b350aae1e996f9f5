"""Grey levels of small pictures in few bytes: the code of Rice (1971), whose bits never vary.

A level is told by how far it is from where its neighbours point: left plus above less above left.
Of that the lower bits are written as they are, and the upper ones as so many zeros before a one.
How many bits are lower, each picture chooses for itself.
"""

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.uint8]
"""Shape (height, width), from 0 to 63."""

_LEVELS = 64
_MOST_LOWER = 5


def packed(levels: Levels) -> bytes:
    """Return a picture in as few bytes as this code gets to: at least 72 for 24 × 24 levels."""
    steps = levels.astype(np.int64)
    for axis in (0, 1):
        steps = np.diff(steps, axis=axis, prepend=0)
    steps = (steps.ravel() + _LEVELS // 2) % _LEVELS - _LEVELS // 2
    numbers = np.where(steps < 0, -2 * steps - 1, 2 * steps)
    return min((_coded(numbers, lower) for lower in range(_MOST_LOWER + 1)), key=len)


def _coded(numbers: NDArray[np.int64], lower: int) -> bytes:
    planes = (numbers >> np.arange(lower)[:, None] & 1).astype(np.uint8)
    ends = np.cumsum((numbers >> lower) + 1)
    upper = np.zeros(ends[-1], np.uint8)
    upper[ends - 1] = 1
    return bytes([lower]) + np.packbits(planes).tobytes() + np.packbits(upper).tobytes()


def read_code(data: bytes, start: int, cells: int) -> tuple[NDArray[np.uint8], int]:
    """Return the code of so many cells that begins at `start`, as numbers, and where it ends.

    Raises:
        ValueError: there is none.
    """
    lower = data[start] if start < len(data) else _LEVELS
    middle = start + 1 + cells * lower // 8
    if lower > _MOST_LOWER or middle >= len(data):
        raise ValueError("there is no picture")
    longest = data[middle : middle + cells * _LEVELS // 8]
    ends = np.unpackbits(np.frombuffer(longest, np.uint8)).nonzero()[0][:cells]
    if len(ends) < cells:
        raise ValueError("the picture breaks off")
    numbers = ends.copy()
    numbers[1:] -= ends[:-1] + 1
    numbers <<= lower
    if lower:
        bits = np.unpackbits(np.frombuffer(data, np.uint8, middle - start - 1, start + 1))
        for number, plane in enumerate(bits.reshape(lower, cells)):
            numbers |= plane.astype(np.intp) << number
    return numbers.astype(np.uint8), middle + int(ends[-1]) // 8 + 1


def unpacked(numbers: NDArray[np.uint8], side: int) -> Levels:
    """Return the levels of pictures from their codes, read: shape (pictures, side, side).

    Args:
        numbers: of each: shape (pictures, side²).
    """
    # All of it in eight bits, which the 64 levels divide.
    steps = np.where(numbers & 1, ~(numbers >> 1), numbers >> 1).reshape(-1, side, side)
    levels = np.cumsum(np.cumsum(steps, axis=1, dtype=np.uint8), axis=2, dtype=np.uint8)
    return levels % np.uint8(_LEVELS)
