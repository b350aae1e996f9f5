"""Disjoint sets of ids, joined by and by (union-find)."""


class DisjointSets:
    """Sets of which no two share an id. Its length is the number of ids that were joined."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._sizes: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._parents)

    def root(self, entry_id: str) -> str:
        """Return the id that stands for the set of this one."""
        parents = self._parents
        while (parent := parents.setdefault(entry_id, entry_id)) != entry_id:
            parents[entry_id] = entry_id = parents[parent]
        return entry_id

    def join(self, one: str, other: str) -> int:
        """Make one set of two; return how many ids it has, 0 if it was one set before."""
        one, other = self.root(one), self.root(other)
        if one == other:
            return 0
        self._parents[other] = one
        size = self._sizes.pop(other, 1) + self._sizes.get(one, 1)
        self._sizes[one] = size
        return size
