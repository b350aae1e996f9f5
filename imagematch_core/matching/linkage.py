"""How near copies hang together at every cutoff, not only at one: single linkage.

Two pictures are in one group at a cutoff where a path of links below it leads from one to the
other. For that, no more links are needed than those of a minimum spanning forest: as many as
there are pictures, however many copies each of them has.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..model import Entry, Listing, Orientation
from ..signatures.algorithm import Algorithm
from .disjoint import DisjointSets
from .pairs import BLOCK, Viewed, apart, best_first, nearest

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


@dataclass(frozen=True, slots=True)
class Merge:
    """A link that joins two groups into one.

    Attributes:
        distance: of the link. The groups are one at every cutoff above it.
        first: a member, by its number.
        second: the other one.
        largest_distance: between any two members of the group that results.
    """

    distance: float
    first: int
    second: int
    largest_distance: float


@dataclass(frozen=True, slots=True)
class Linkage:
    """Pictures that hang together at the largest cutoff, and how they part below it.

    Attributes:
        entries: the members, numbered from 0, those that are better to keep first. So the keeper
            of any group is its first member.
        merges: the links that join them, the smallest first.
        keepers: for each member and each other one that is its keeper at some cutoff, their
            distance, and what turns the keeper into the member.
        preferred: how many of the first members are so because that was asked for.
    """

    entries: tuple[Entry, ...]
    merges: tuple[Merge, ...]
    keepers: Mapping[tuple[int, int], tuple[float, Orientation]]
    preferred: int = 0


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
    """

    cutoff: float
    _kept: list[Link] = field(default_factory=list)
    _room: int = _BUFFER

    @property
    def reach(self) -> float:
        """Links below this distance are wanted."""
        return min(1.0, self.cutoff + MARGIN)

    def add(self, distance: float, one: str, other: str) -> None:
        """Take note of a link."""
        self._kept.append((distance, one, other))
        if len(self._kept) >= self._room:
            self._kept = list(_spanning(self._kept))
            self._room = len(self._kept) + _BUFFER

    def linkages(
        self,
        algorithm: Algorithm,
        look_up: Callable[[Collection[str]], Sequence[Viewed]],
        preferred: Callable[[Entry], bool] = lambda _: False,
    ) -> Linkages:
        """Describe all that hangs together.

        Args:
            algorithm: measures.
            look_up: ids → those of the pictures that are there.
            preferred: as for `group`.
        """
        trees, reach = self._bounded()
        ids = ({entry_id for link in tree for entry_id in link[1:]} for tree in trees)
        found = [
            linkage(algorithm, pictures, tree, preferred)
            for tree, pictures in zip(trees, map(look_up, ids), strict=True)
            if len(pictures) > 1
        ]
        found.sort(key=lambda linkage: (linkage.entries[0].path, linkage.entries[0].id))
        return Linkages(tuple(found), algorithm=algorithm.name, cutoff=self.cutoff, reach=reach)

    def _bounded(self) -> tuple[list[list[Link]], float]:
        """The links of each set of pictures that hang together, and up to which cutoff."""
        forest = list(_spanning(self._kept))
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
        return list(_trees([link for link in forest if link[0] < reach])), reach


def linkage(
    algorithm: Algorithm,
    pictures: Sequence[Viewed],
    links: Sequence[Link],
    preferred: Callable[[Entry], bool] = lambda _: False,
) -> Linkage:
    """Describe a set of pictures that hang together.

    Args:
        algorithm: measures.
        pictures: in any order.
        links: between them, a tree. One to a picture that is not among them is left out.
        preferred: as for `group`.
    """
    ordered = best_first(pictures, preferred)
    numbers = {entry.id: number for number, (entry, _) in enumerate(ordered)}
    steps = [
        (distance, numbers[one], numbers[other])
        for distance, one, other in sorted(links)
        if one in numbers and other in numbers
    ]
    groups = [[number] for number in range(len(ordered))]
    pairs: dict[tuple[int, int], tuple[float, Orientation]] = {}
    spans = []
    for _, one, other in steps:
        first, second = groups[one], groups[other]
        # Both begin with their keeper.
        if second[0] < first[0]:
            first, second = second, first
        for member in second:
            pairs[member, first[0]] = nearest(algorithm, ordered[first[0]], ordered[member])
        spans.append((first[0], len(first), second[0], len(second)))
        first += second
        for member in second:
            groups[member] = first
    largest = _largest(algorithm, ordered, groups, spans)
    merges = tuple(Merge(*step, far) for step, far in zip(steps, largest, strict=True))
    return Linkage(
        tuple(entry for entry, _ in ordered),
        merges,
        pairs,
        sum(preferred(entry) for entry, _ in ordered),
    )


def _largest(
    algorithm: Algorithm,
    pictures: Sequence[Viewed],
    groups: Sequence[list[int]],
    spans: Sequence[tuple[int, int, int, int]],
) -> list[float]:
    """The largest distance in each group that a merge makes, in memory that grows linearly.

    In the order in which the groups were put together each of them is a run of members, so what
    a merge brings in is a rectangle of the table of all distances.
    """
    order = [
        number for number, group in enumerate(groups) if group[0] == number for number in group
    ]
    places = {number: place for place, number in enumerate(order)}
    in_line = [pictures[number] for number in order]
    across = [0.0] * len(spans)
    for start in range(0, len(in_line), BLOCK):
        rows = in_line[start : start + BLOCK]
        table = apart(algorithm, rows, in_line[start:])
        for step, (first, size, second, other_size) in enumerate(spans):
            low, high = max(places[first], start), min(places[first] + size, start + len(rows))
            if low < high:
                left = places[second] - start
                found = table[low - start : high - start, left : left + other_size]
                across[step] = max(across[step], float(found.max()))
    within: dict[int, float] = {}
    for step, (first, _, second, _) in enumerate(spans):
        across[step] = max(across[step], within.get(first, 0.0), within.get(second, 0.0))
        within[first] = across[step]
    return across


def _spanning(links: list[Link]) -> Iterator[Link]:
    """Those links, the smallest first, that join what the ones before left apart (Kruskal)."""
    sets = DisjointSets()
    for link in sorted(links):
        if sets.join(link[1], link[2]):
            yield link


def _trees(links: Sequence[Link]) -> Iterator[list[Link]]:
    sets = DisjointSets()
    for _, one, other in links:
        sets.join(one, other)
    trees: dict[str, list[Link]] = {}
    for link in links:
        trees.setdefault(sets.root(link[1]), []).append(link)
    yield from trees.values()
