"""How pictures of a folder were compared, and how near is near enough to act unseen."""

from dataclasses import dataclass

from ..signatures import get_algorithm
from ..sources.limits import Limits
from .comparing import compare
from .frames import FrameComparer, count_frames

_ONE_IN = 100_000
"""Of so many pairs of different pictures at most one is as near as what is acted on."""
_UNMEASURED = 0.5
"""Share of its cutoff for groups, of an algorithm of which that was not measured."""


@dataclass(frozen=True, slots=True)
class CompareSettings:
    """How pictures were compared, so that two of them can be compared again.

    Attributes:
        algorithm: its name.
        all_orientations: mirrored, rotated and negative copies were looked for.
        thorough: 0, 1 or 2, as for `Index.search`.
        limits: bounds on what is decoded.
    """

    algorithm: str
    all_orientations: bool
    thorough: int
    limits: Limits

    def distance(self, one: str, other: str) -> float:
        """Return the distance of two files as they are now, in all of their frames.

        Raises:
            PictureError: one of them can't be used.
        """
        found = compare(
            one,
            other,
            self.algorithm,
            all_orientations=self.all_orientations,
            thorough=self.thorough,
            limits=self.limits,
        )
        comparer = FrameComparer(get_algorithm(self.algorithm), self.limits)
        counts = count_frames(one, self.limits), count_frames(other, self.limits)
        return max(found.distance, comparer.apart(one, other, counts))

    @property
    def acting_cutoff(self) -> float:
        """The distance below which near copies are acted on unless another is asked for."""
        using = get_algorithm(self.algorithm)
        cutoff = using.grouping_cutoff(self.all_orientations)
        for thousandths in range(round(cutoff * 1_000), 0, -1):
            distance = thousandths / 1_000
            rarity = using.rarity(distance, self.thorough, self.all_orientations)
            if rarity is None:
                return cutoff * _UNMEASURED
            if rarity >= _ONE_IN:
                return distance
        return 0.0
