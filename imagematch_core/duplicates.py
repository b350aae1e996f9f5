"""Groups of near copies: connected components over all distances under the cutoff."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import tee

import numpy as np
from numpy.typing import NDArray

from .model import UPRIGHT, Entry, Orientation
from .search import find
from .signatures.algorithm import Algorithm, View
from .store import Store

BLOCK = 256


@dataclass(frozen=True, slots=True)
class Member:
    """A picture of a group.

    Attributes:
        entry: the picture.
        distance: to the keeper of the group, the smaller of both directions.
        orientation: what turns the keeper into this picture.
    """

    entry: Entry
    distance: float
    orientation: Orientation


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures that are near copies of each other, directly or through others.

    Attributes:
        members: the keeper first, the others by (distance, path, id).
        largest_distance: between any two of them, the smaller of both directions.
    """

    members: tuple[Member, ...]
    largest_distance: float

    @property
    def keeper(self) -> Entry:
        """The one to keep: a preferred one, most pixels, then the largest file, then the path."""
        return self.members[0].entry


class Groups(list[Group]):
    """Groups by the keeper's path and id.

    Attributes:
        truncated: a picture had as many candidates as were asked for, so there may be more.
    """

    truncated: bool = False


def components(
    store: Store,
    algorithm: Algorithm,
    pictures: Iterable[tuple[str, Sequence[View]]],
    *,
    cutoff: float,
    candidates: int,
    filters: Sequence[tuple[str, ...]] = ((),),
) -> tuple[list[list[str]], bool]:
    """Link each picture to all that its views find, and return the ids that hang together.

    Args:
        store: holds the signatures of all of the pictures.
        algorithm: measures.
        pictures: id and views of each.
        cutoff: strict.
        candidates: fetched for each view.
        filters: as for `find`.

    Returns:
        The components of at least two, and whether there may be more links.
    """
    parents: dict[str, str] = {}

    def root(entry_id: str) -> str:
        while (parent := parents.setdefault(entry_id, entry_id)) != entry_id:
            parents[entry_id] = entry_id = parents[parent]
        return entry_id

    ids, queries = tee(pictures)
    answers = find(
        store,
        algorithm,
        (views for _, views in queries),
        cutoff=cutoff,
        candidates=candidates,
        filters=filters,
    )
    truncated = False
    for (entry_id, _), matches in zip(ids, answers, strict=True):
        truncated |= matches.truncated
        for match in matches.found:
            if match.id != entry_id:
                parents[root(match.id)] = root(entry_id)
    members: dict[str, list[str]] = {}
    for entry_id in parents:
        members.setdefault(root(entry_id), []).append(entry_id)
    return list(members.values()), truncated


def group(
    algorithm: Algorithm,
    pictures: Sequence[tuple[Entry, Sequence[View]]],
    preferred: Callable[[Entry], bool] = lambda _: False,
) -> Group:
    """Describe one component, given its pictures and their views.

    The keeper is one of the preferred ones, if there are any.
    """
    ordered = sorted(pictures, key=lambda picture: (not preferred(picture[0]), _rank(picture[0])))
    keeper, keeper_views = ordered[0]
    members = [
        Member(entry, *_nearest(algorithm, (keeper, keeper_views), (entry, views)))
        for entry, views in ordered[1:]
    ]
    members.sort(key=lambda member: (member.distance, member.entry.path, member.entry.id))
    return Group(
        (Member(keeper, 0.0, UPRIGHT), *members), largest_distance=_largest(algorithm, ordered)
    )


def in_order(groups: Iterable[Group], *, truncated: bool) -> Groups:
    """Groups as users get them."""
    ordered = Groups(sorted(groups, key=lambda group: (group.keeper.path, group.keeper.id)))
    ordered.truncated = truncated
    return ordered


def _rank(entry: Entry) -> tuple[int, int, str, str]:
    seen = entry.picture
    pixels = seen.width * seen.height if seen else 0
    return (-pixels, -seen.bytes if seen else 0, entry.path, entry.id)


def _nearest(
    algorithm: Algorithm,
    keeper: tuple[Entry, Sequence[View]],
    other: tuple[Entry, Sequence[View]],
) -> tuple[float, Orientation]:
    there = algorithm.distances(keeper[1], [other[0].signature])[:, 0]
    back = algorithm.distances(other[1], [keeper[0].signature])[:, 0]
    if back.min() < there.min():
        return float(back.min()), other[1][int(back.argmin())].orientation.inverse()
    return float(there.min()), keeper[1][int(there.argmin())].orientation


def _largest(algorithm: Algorithm, pictures: Sequence[tuple[Entry, Sequence[View]]]) -> float:
    """The largest distance between two of them, in memory that grows only linearly."""
    largest = 0.0
    for start in range(0, len(pictures), BLOCK):
        block, rest = pictures[start : start + BLOCK], pictures[start:]
        there = _smallest(algorithm, block, rest)
        back = _smallest(algorithm, rest, block).T
        largest = max(largest, float(np.minimum(there, back).max()))
    return largest


def _smallest(
    algorithm: Algorithm,
    queries: Sequence[tuple[Entry, Sequence[View]]],
    stored: Sequence[tuple[Entry, Sequence[View]]],
) -> NDArray[np.float64]:
    signatures = [entry.signature for entry, _ in stored]
    return np.array([algorithm.distances(views, signatures).min(axis=0) for _, views in queries])
