"""The near copies among files, as users get them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..ingest import AddResult
from ..matching.groups import Groups
from ..matching.keeping import Merits
from ..matching.settings import CompareSettings


@dataclass(frozen=True, slots=True)
class DedupeResult:
    """The near copies among files.

    Attributes:
        groups: of near copies, exact ones among them.
        digests: by id, the SHA-256 of each file that has the size of another one in its group;
            files with the same digest are exact copies.
        signing: how many files were signed now (added), or were in the cache (unchanged), and
            those that failed.
        cutoff: pictures with distances below it were linked.
        merits: by id, what speaks for keeping each picture of a group.
        comparing: how they were compared.
        not_copies: by id, the numbers of the lists of files that are no copies of each other.
    """

    groups: Groups
    digests: Mapping[str, str]
    signing: AddResult
    cutoff: float
    merits: Mapping[str, Merits]
    comparing: CompareSettings
    not_copies: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def are_not_copies(self, one: str, other: str) -> bool:
        """Return whether people said of two pictures, by their ids, that they are no copies."""
        lists = self.not_copies.get(one, frozenset())
        return not lists.isdisjoint(self.not_copies.get(other, ()))
