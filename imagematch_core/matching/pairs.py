"""Distances of pictures with all of their views, and which picture to keep."""

from collections.abc import Callable, Iterable, Sequence

from ..model import Entry, Orientation
from ..signatures.algorithm import Algorithm, View
from .comparing import nearer_way

Viewed = tuple[Entry, Sequence[View]]
"""A picture and its views."""


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
    return nearer_way(algorithm, one[1], one[0].signature, other[1], other[0].signature)
