"""Groups of near copies: connected components over all distances under the cutoff."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..model import UPRIGHT, Entry, Listing, Orientation
from ..protocol.values import Stored
from ..records.bodies import load_entry
from ..records.filtering import Filter
from ..signatures.algorithm import Algorithm, View
from ..store import Store
from .comparing import Viewed
from .disjoint import DisjointSets
from .keeping import Judge, judge_entries
from .linkage import Linkages, Links, Tie, by_merit, ties_to_keepers
from .search import Match, find


@dataclass(frozen=True, slots=True)
class Member:
    """A picture of a group.

    Attributes:
        entry: the picture.
        distance: to the keeper of the group, the smaller of both directions, if that is below the
            cutoff. Otherwise to the picture `through`.
        orientation: what turns the keeper, or the picture `through`, into this picture.
        through: the id of the picture by which this one belongs to the group; None where that is
            the keeper.
    """

    entry: Entry
    distance: float
    orientation: Orientation
    through: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures that are near copies of each other, directly or through others.

    Attributes:
        members: the keeper first, the others by (distance, path, id).
        largest_distance: of its members.
    """

    members: tuple[Member, ...]
    largest_distance: float

    @property
    def keeper(self) -> Entry:
        """The one to keep; docs/dedupe.md says how it is chosen."""
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


def group_near_copies(
    algorithm: Algorithm,
    store: Store,
    records: Iterable[Stored],
    views: Callable[[Stored], Sequence[View]],
    links: Links,
    judge: Judge = judge_entries,
    *,
    candidates: int,
    linkages: bool,
    where: Filter = Filter(),
    searched: Store | None = None,
) -> Groups:
    """Group records of a store, as users get them.

    Args:
        store: holds the records.
        records: to be grouped.
        views: record → its views.
        links: collects what it wants of the links between them.
        judge: tells which picture of a group to keep.
        candidates: fetched for each view.
        linkages: also find the groups at other cutoffs.
        where: which records may be found.
        searched: holds the signatures of all records; without it, `store` does.
    """

    def look_up(ids: Collection[str]) -> list[Viewed]:
        return [(load_entry(one, algorithm.name), views(one)) for one in store.get(ids)]

    queries = ((stored.id, views(stored)) for stored in records)
    truncated = _link(searched or store, algorithm, queries, links, candidates, where)
    found: list[Group] = []
    for tree in links.trees():
        pictures = look_up({entry_id for one in tree for entry_id in one[1:]})
        ordered, _ = by_merit(pictures, judge)
        entries = [entry for entry, _ in ordered]
        for keeper, ties in ties_to_keepers(algorithm, ordered, tree, links.apart).items():
            others = [_member(entries, number, tie, links.cutoff) for number, tie in ties.items()]
            others.sort(key=lambda one: (one.distance, one.entry.path, one.entry.id))
            first = Member(entries[keeper], 0.0, UPRIGHT)
            found.append(Group((first, *others), others[-1].distance))
    found.sort(key=lambda group: (group.keeper.path, group.keeper.id))
    return Groups(
        tuple(found), truncated, links.linkages(algorithm, look_up, judge) if linkages else None
    )


def _member(entries: Sequence[Entry], number: int, tie: Tie, cutoff: float) -> Member:
    if tie.distance < cutoff or tie.through is None:
        return Member(entries[number], tie.distance, tie.orientation)
    through = tie.through
    return Member(entries[number], through.distance, through.orientation, entries[through.to].id)


def _link(
    store: Store,
    algorithm: Algorithm,
    pictures: Iterable[tuple[str, Sequence[View]]],
    links: Links,
    candidates: int,
    where: Filter,
) -> bool:
    """Link each picture to what its views find; return whether there may be more links.

    Links between pictures that hang together already are left out, beyond those to the nearest
    ones: nearly equal pictures, such as the frames of a film, would all be compared with all.
    """
    linker = _Linker(links)

    def queries() -> Iterator[Sequence[View]]:
        for entry_id, views in pictures:
            linker.ids.append(entry_id)
            yield views

    answers = find(
        store,
        algorithm,
        queries(),
        cutoff=links.reach,
        candidates=candidates,
        where=where,
        chooser=linker,
    )
    truncated = False
    for number, matches in enumerate(answers):
        entry_id = linker.ids[number]
        truncated |= matches.truncated
        linker.note(entry_id, matches.found)
        for match in matches.found:
            if match.id != entry_id:
                links.add(match.distance, entry_id, match.id)
    return truncated


class _Linker:
    """Chooses what is compared with each picture.

    Attributes:
        ids: of the pictures, by number.
    """

    def __init__(self, links: Links) -> None:
        self.ids: list[str] = []
        self._links = links
        self._linked = DisjointSets()

    def possible(self, number: int, candidates: Sequence[str]) -> Sequence[str]:
        """Return those that may be linked to the picture at all."""
        return self._links.possible(self.ids[number], candidates)

    def wanted(self, number: int, found: Sequence[Match], candidates: Sequence[str]) -> list[str]:
        """Return those that hang not together with the picture yet."""
        self.note(self.ids[number], found)
        known = self._linked.root(self.ids[number])
        return [one for one in candidates if self._linked.root(one) != known]

    def note(self, entry_id: str, found: Iterable[Match]) -> None:
        """Take note of what hangs together."""
        links, linked = self._links, self._linked
        for match in found:
            if match.distance >= links.cutoff or linked.root(entry_id) == linked.root(match.id):
                continue
            if links.apart(entry_id, match.id) < links.cutoff:
                linked.join(entry_id, match.id)
