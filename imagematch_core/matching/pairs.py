"""Distances of pictures with all of their views."""

from collections.abc import Sequence

from ..model import Entry, Orientation
from ..signatures.algorithm import Algorithm, View
from .comparing import nearer_way

Viewed = tuple[Entry, Sequence[View]]
"""A picture and its views."""


def nearest(algorithm: Algorithm, one: Viewed, other: Viewed) -> tuple[float, Orientation]:
    """Return the smaller distance of both directions, and what turns `one` into `other`."""
    return nearer_way(algorithm, one[1], one[0].signature, other[1], other[0].signature)
