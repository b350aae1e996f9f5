"""Groups of near copies: connected components over all distances under the cutoff."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import tee

from ..model import UPRIGHT, Entry, Listing, Orientation
from ..signatures.algorithm import Algorithm, View
from ..store import Store
from .disjoint import DisjointSets
from .linkage import Linkages, Links
from .pairs import BLOCK, Viewed, apart, best_first, nearest
from .search import find


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


@dataclass(frozen=True, slots=True)
class Groups(Listing[Group]):
    """Groups, ordered by the keeper's path and id; immutable, and so are slices.

    Attributes:
        truncated: a picture had as many candidates as were asked for, so there may be more.
        linkages: the groups at other cutoffs, if that was asked for.
    """

    truncated: bool = False
    linkages: Linkages | None = None


def components(
    store: Store,
    algorithm: Algorithm,
    pictures: Iterable[tuple[str, Sequence[View]]],
    *,
    cutoff: float,
    candidates: int,
    filters: Sequence[tuple[str, ...]] = ((),),
    links: Links | None = None,
) -> tuple[list[list[str]], bool]:
    """Link each picture to all that its views find, and return the ids that hang together.

    Args:
        store: holds the signatures of all of the pictures.
        algorithm: measures.
        pictures: id and views of each.
        cutoff: strict.
        candidates: fetched for each view.
        filters: as for `find`.
        links: collects what was linked, those links beyond the cutoff too that it wants.

    Returns:
        The components of at least two, and whether there may be more links.
    """
    sets = DisjointSets()
    ids, queries = tee(pictures)
    answers = find(
        store,
        algorithm,
        (views for _, views in queries),
        cutoff=links.reach if links else cutoff,
        candidates=candidates,
        filters=filters,
    )
    truncated = False
    for (entry_id, _), matches in zip(ids, answers, strict=True):
        truncated |= matches.truncated
        for match in matches.found:
            if match.id == entry_id:
                continue
            if links:
                links.add(match.distance, entry_id, match.id)
            if match.distance < cutoff:
                sets.join(entry_id, match.id)
    return sets.sets(), truncated


def group(
    algorithm: Algorithm,
    pictures: Sequence[Viewed],
    preferred: Callable[[Entry], bool] = lambda _: False,
) -> Group:
    """Describe one component, given its pictures and their views.

    The keeper is one of the preferred ones, if there are any.
    """
    ordered = best_first(pictures, preferred)
    keeper, *others = ordered
    members = [Member(other[0], *nearest(algorithm, keeper, other)) for other in others]
    members.sort(key=lambda member: (member.distance, member.entry.path, member.entry.id))
    return Group(
        (Member(keeper[0], 0.0, UPRIGHT), *members), largest_distance=_largest(algorithm, ordered)
    )


def in_order(groups: Iterable[Group], *, truncated: bool, linkages: Linkages | None) -> Groups:
    """Return groups as users get them."""
    ordered = sorted(groups, key=lambda group: (group.keeper.path, group.keeper.id))
    return Groups(tuple(ordered), truncated, linkages)


def _largest(algorithm: Algorithm, pictures: Sequence[Viewed]) -> float:
    """The largest distance between two of them, in memory that grows only linearly."""
    return max(
        float(apart(algorithm, pictures[start : start + BLOCK], pictures[start:]).max())
        for start in range(0, len(pictures), BLOCK)
    )
