"""How near copies hang together at every cutoff, not only at one: single linkage.

Two pictures are in one group at a cutoff where a path of links below it leads from one to the
other. For that, no more links are needed than those of a minimum spanning forest: as many as
there are pictures, however many copies each of them has.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from more_itertools import map_reduce

from ..model import Entry, Listing, Orientation
from ..signatures.algorithm import Algorithm
from .comparing import Viewed, nearest
from .disjoint import DisjointSets
from .keeping import Judge, Merits

MARGIN = 0.12
"""So much beyond the cutoff links are kept. Farther, groups of different pictures grow together:
with goldberg-2, at 0.28 + 0.12, one in some 3,000 pairs of different pictures is linked."""

FEW = 200
LARGE = 1_000
"""Links beyond the cutoff end before they bring in more pictures than the groups at the cutoff
hold (`FEW` where they hold fewer), and before they make a group larger than `LARGE`."""

_BUFFER = 1 << 18

Link = tuple[float, str, str]
"""A distance, and the ids of the two pictures."""

Apart = Callable[[str, str], float]
"""Tells of two pictures, by their ids, the distance that they have at least, whatever was measured:
with 1.0 they are never linked."""

Possible = Callable[[str, Sequence[str]], Sequence[str]]
"""Tells which of these pictures may be linked to one, by their ids, without comparing them. Two are
compared if either of them may be linked to the other."""


@dataclass(frozen=True, slots=True)
class Merge:
    """A link that joins two groups into one.

    Attributes:
        distance: of the link. The groups are one at every cutoff above it.
        first: a member, by its number.
        second: the other one.
    """

    distance: float
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Step:
    """A link on the way from a member to its keeper.

    Attributes:
        to: the number of the picture that it leads to.
        distance: of the two.
        orientation: what turns that picture into the member.
    """

    to: int
    distance: float
    orientation: Orientation


@dataclass(frozen=True, slots=True)
class Tie:
    """The relation of a member to its keeper.

    Attributes:
        distance: of the two.
        orientation: what turns the keeper into the member.
        through: the first link on the way to the keeper; None where that leads to the keeper.
            Where `distance` is not below the cutoff, it is why the member belongs to the group.
    """

    distance: float
    orientation: Orientation
    through: Step | None


@dataclass(frozen=True, slots=True)
class Linkage:
    """Pictures that are connected at the largest cutoff, and how they part below it.

    Attributes:
        entries: the members, numbered from 0, those that are better to keep first. So the keeper
            of any group is its first member.
        merges: the links that join them, the smallest first.
        keepers: the tie of each member to each other one that is its keeper at some cutoff.
        merits: of the members, in their order.
    """

    entries: tuple[Entry, ...]
    merges: tuple[Merge, ...]
    keepers: Mapping[tuple[int, int], Tie]
    merits: tuple[Merits, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkages(Listing[Linkage]):
    """Linkages, ordered by their first entries' path and id; immutable, and so are slices.

    Attributes:
        algorithm: the name of the algorithm that measured.
        cutoff: the cutoff of the groups that were asked for.
        reach: the groups at every cutoff up to this one follow from the linkages.
    """

    algorithm: str
    cutoff: float
    reach: float


@dataclass(slots=True)
class Links:
    """Collects links, in memory that grows only with the number of pictures.

    Attributes:
        cutoff: of the groups that were asked for.
        beyond: how much farther links are wanted.
        apart: the distance that two pictures have at least.
        possible: which pictures are worth comparing.
    """

    cutoff: float
    beyond: float = 0.0
    apart: Apart = lambda _one, _other: 0.0
    possible: Possible = lambda _one, others: others
    _forest: list[Link] = field(default_factory=list)
    _new: list[Link] = field(default_factory=list)

    @property
    def reach(self) -> float:
        """Links below this distance are wanted."""
        return min(1.0, self.cutoff + self.beyond)

    def add(self, distance: float, one: str, other: str) -> None:
        """Take note of a link, which has at least this distance."""
        self._new.append((distance, one, other))
        if len(self._new) >= _BUFFER:
            self._settle()

    def trees(self) -> list[list[Link]]:
        """Return the links below the cutoff, of each set of pictures that hang together."""
        return _trees([one for one in self._settle() if one[0] < self.cutoff])

    def _settle(self) -> list[Link]:
        """Return the links of a minimum spanning forest, the smallest first (Kruskal).

        How far two pictures are apart at least is only asked where their link may belong to it.
        """
        sets = DisjointSets()
        forest: list[Link] = []
        known = set(self._forest)
        waiting = sorted(known.union(self._new))  # a sorted list is a heap
        while waiting:
            link = heappop(waiting)
            distance, one, other = link
            if sets.root(one) == sets.root(other):
                continue
            if link not in known and (apart := self.apart(one, other)) > distance:
                if apart < self.reach:
                    known.add((apart, one, other))
                    heappush(waiting, (apart, one, other))
                continue
            sets.join(one, other)
            forest.append(link)
        self._forest, self._new = forest, []
        return forest

    def linkages(
        self,
        algorithm: Algorithm,
        look_up: Callable[[Collection[str]], Sequence[Viewed]],
        judge: Judge,
    ) -> Linkages:
        """Describe all that hangs together.

        Args:
            look_up: ids → those of the pictures that are there.
        """
        trees, reach = self._bounded()
        ids = ({entry_id for link in tree for entry_id in link[1:]} for tree in trees)
        found = [
            linkage(algorithm, pictures, tree, judge, self.apart)
            for tree, pictures in zip(trees, map(look_up, ids), strict=True)
            if len(pictures) > 1
        ]
        found.sort(key=lambda linkage: (linkage.entries[0].path, linkage.entries[0].id))
        return Linkages(tuple(found), algorithm=algorithm.name, cutoff=self.cutoff, reach=reach)

    def _bounded(self) -> tuple[list[list[Link]], float]:
        """Return the links of each set of pictures that hang together, and up to which cutoff."""
        forest = self._settle()
        near = [link for link in forest if link[0] < self.cutoff]
        sets = DisjointSets()
        for _, one, other in near:
            sets.join(one, other)
        most = len(sets) + max(FEW, len(sets))
        reach = self.reach
        for distance, one, other in forest[len(near) :]:
            if sets.join(one, other) > LARGE or len(sets) > most:
                reach = distance
                break
        return _trees([link for link in forest if link[0] < reach]), reach


def linkage(
    algorithm: Algorithm,
    pictures: Sequence[Viewed],
    links: Sequence[Link],
    judge: Judge,
    apart: Apart,
) -> Linkage:
    """Describe a set of pictures that hang together.

    Args:
        pictures: in any order.
        links: between them, a tree. One to a picture that is not among them is left out.
    """
    ordered, merits = by_merit(pictures, judge)
    merges = _merges(ordered, links)
    tied = _Ties(algorithm, ordered, apart)
    groups = [[number] for number in range(len(ordered))]
    keepers: dict[tuple[int, int], Tie] = {}
    for merge in merges:
        there, here = merge.first, merge.second
        kept, moved = groups[there], groups[here]
        if moved[0] < kept[0]:  # both begin with their keeper
            there, here, kept, moved = here, there, moved, kept
        # The members of one of the two groups get a new keeper.
        for member, tie in tied.to_keeper(kept[0], [(here, there, merge.distance)]):
            keepers[member, kept[0]] = tie
        tied.link(merge)
        kept += moved
        for member in moved:
            groups[member] = kept
    return Linkage(tuple(entry for entry, _ in ordered), tuple(merges), keepers, merits)


def by_merit(pictures: Sequence[Viewed], judge: Judge) -> tuple[list[Viewed], tuple[Merits, ...]]:
    """Return pictures, those that are better to keep first, and the merits of each."""
    merits = judge([entry for entry, _ in pictures])
    ordered = sorted(pictures, key=lambda one: merits[one[0].id].rank)
    return ordered, tuple(merits[entry.id] for entry, _ in ordered)


def _merges(pictures: Sequence[Viewed], links: Iterable[Link]) -> list[Merge]:
    """Return links, the smallest first, without those to a picture that is not among them."""
    numbers = {entry.id: number for number, (entry, _) in enumerate(pictures)}
    return [
        Merge(distance, numbers[one], numbers[other])
        for distance, one, other in sorted(links)
        if one in numbers and other in numbers
    ]


class _Ties:
    """Ties of pictures to keepers, along the links of a forest."""

    def __init__(self, algorithm: Algorithm, pictures: Sequence[Viewed], apart: Apart) -> None:
        self._apart = apart
        self._algorithm = algorithm
        self._pictures = pictures
        # Of each picture the numbers of those that it is linked to, and their distances.
        self.linked: list[list[tuple[int, float]]] = [[] for _ in pictures]

    def link(self, merge: Merge) -> None:
        """Take a link into the forest."""
        self.linked[merge.first].append((merge.second, merge.distance))
        self.linked[merge.second].append((merge.first, merge.distance))

    def to_keeper(
        self, keeper: int, way: list[tuple[int, int, float]]
    ) -> Iterator[tuple[int, Tie]]:
        """Yield the ties of pictures, and of those behind them, each with its number.

        Args:
            keeper: its number.
            way: of each picture its number, that of the next one on the way to the keeper, and
                the distance of the two.
        """
        while way:
            member, to, distance = way.pop()
            yield member, self._tie(keeper, member, to, distance)
            way += [(other, member, far) for other, far in self.linked[member] if other != to]

    def _tie(self, keeper: int, member: int, to: int, distance: float) -> Tie:
        pictures = self._pictures
        direct, orientation = nearest(self._algorithm, pictures[keeper], pictures[member])
        direct = max(direct, self._apart(pictures[member][0].id, pictures[keeper][0].id))
        if to == keeper:
            return Tie(min(direct, distance), orientation, None)
        turned = nearest(self._algorithm, pictures[to], pictures[member])[1]
        return Tie(direct, orientation, Step(to, distance, turned))


def ties_to_keepers(
    algorithm: Algorithm,
    pictures: Sequence[Viewed],
    links: Sequence[Link],
    apart: Apart,
) -> dict[int, dict[int, Tie]]:
    """Tie each picture to the keeper of its group, which takes as many distances as pictures.

    Args:
        pictures: those that are better to keep first.
        links: between them, trees. One to a picture that is not among them is left out.

    Returns:
        For each keeper, by its place among the pictures, the ties of the others of its group.
    """
    tied = _Ties(algorithm, pictures, apart)
    for merge in _merges(pictures, links):
        tied.link(merge)
    found: dict[int, dict[int, Tie]] = {}
    seen: set[int] = set()
    for keeper, linked in enumerate(tied.linked):
        if keeper not in seen and linked:
            way = [(member, keeper, distance) for member, distance in linked]
            found[keeper] = dict(tied.to_keeper(keeper, way))
            seen |= found[keeper].keys()
    return found


def _trees(links: Sequence[Link]) -> list[list[Link]]:
    """Return the links of each set of pictures that hang together."""
    sets = DisjointSets()
    for _, one, other in links:
        sets.join(one, other)
    return list(map_reduce(links, lambda link: sets.root(link[1])).values())
