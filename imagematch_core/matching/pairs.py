"""Distances of pictures with all of their views, and which picture to keep."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..model import Entry, Orientation
from ..signatures.algorithm import Algorithm, View

Viewed = tuple[Entry, Sequence[View]]
"""A picture and its views."""

BLOCK = 256
"""Pictures measured against all others at a time, so that memory grows only linearly."""


def rank(entry: Entry) -> tuple[int, int, str, str]:
    """Return a key that sorts the picture to keep first.

    That is the one with most pixels, then the largest file, then the first path.
    """
    seen = entry.picture
    pixels = seen.width * seen.height if seen else 0
    return (-pixels, -seen.bytes if seen else 0, entry.path, entry.id)


def best_first(pictures: Iterable[Viewed], preferred: Callable[[Entry], bool]) -> list[Viewed]:
    """Sort pictures, the one to keep first: the preferred ones by `rank`, then the others."""
    return sorted(pictures, key=lambda one: (not preferred(one[0]), rank(one[0])))


def nearest(algorithm: Algorithm, one: Viewed, other: Viewed) -> tuple[float, Orientation]:
    """Return the smaller distance of both directions, and what turns `one` into `other`."""
    there = algorithm.distances(one[1], [other[0].signature.data])[:, 0]
    back = algorithm.distances(other[1], [one[0].signature.data])[:, 0]
    if back.min() < there.min():
        return float(back.min()), other[1][int(back.argmin())].orientation.inverse()
    return float(there.min()), one[1][int(there.argmin())].orientation


def apart(
    algorithm: Algorithm, some: Sequence[Viewed], others: Sequence[Viewed]
) -> NDArray[np.float64]:
    """Return the smaller distances of both directions: shape (len(some), len(others))."""
    return np.minimum(_there(algorithm, some, others), _there(algorithm, others, some).T)


def _there(
    algorithm: Algorithm, queries: Sequence[Viewed], stored: Sequence[Viewed]
) -> NDArray[np.float64]:
    signatures = [entry.signature.data for entry, _ in stored]
    return np.array([algorithm.distances(views, signatures).min(axis=0) for _, views in queries])
