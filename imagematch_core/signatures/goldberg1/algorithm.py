"""The algorithm goldberg-1 behind the interface that all share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...errors import FeaturelessImage
from ...images import Picture
from ...model import UPRIGHT, Orientation
from ..algorithm import DEFAULT_LEVEL, Algorithm, View
from ..turns import turned
from . import packing
from .decode import decode
from .distance import distances
from .entries import Entries, entries
from .parameters import Parameters
from .pixels import Pixels
from .words import slotted, words

_WHOLE = "whole"
_DEFAULTS = Parameters()


@dataclass(frozen=True, slots=True)
class Canvas:
    """A decoded picture. Of a large one the pixels are read from the picture, which stays open."""

    source: str
    picture: Pixels | NDArray[np.float64]

    def entries(self, orientation: Orientation) -> Entries:
        """The entries of the signature of the picture, turned but not inverted."""
        if isinstance(self.picture, Pixels):
            return entries(self.picture.turned(orientation), _DEFAULTS)
        return entries(np.ascontiguousarray(turned(self.picture, orientation)), _DEFAULTS)


class Goldberg1(Algorithm):
    """image-match's signature, words and distance, byte for byte.

    Pictures are decoded as image-match does: transparency is dropped, so that hidden colours show
    through, and the EXIF rotation is ignored.
    """

    name = "goldberg-1"
    default_cutoff = 0.45
    signature_format = "goldberg-1"

    def canvas(self, picture: Picture) -> Canvas:
        """The picture, decoded; use it while `picture` is open."""
        return Canvas(picture.source, decode(picture))

    def signature(self, canvas: Canvas) -> bytes:
        """The entries of the signature, packed: 91 bytes, or 182 in rare cases."""
        found = canvas.entries(UPRIGHT)
        if not found.any():
            raise _featureless(canvas)
        return packing.pack(found)

    def views(
        self,
        canvas: Canvas,
        orientations: Sequence[Orientation],
        thorough: int = DEFAULT_LEVEL,  # noqa: ARG002 - there is one view only
    ) -> list[View]:
        """The whole picture in each orientation, signed from its pixels so turned.

        All 16 take the time of 8 signatures.
        """
        views = []
        positives: dict[Orientation, Entries] = {}
        for orientation in orientations:
            positive = replace(orientation, negative=False)
            if positive not in positives:
                positives[positive] = canvas.entries(positive)
            found = positives[positive]
            if found.any():
                packed = packing.pack(-found if orientation.negative else found)
                views.append(View(_WHOLE, orientation, packed))
        if orientations and not views:
            raise _featureless(canvas)
        return views

    def views_from_signature(
        self, signature: bytes, orientations: Sequence[Orientation]
    ) -> list[View]:
        """Upright and its negative; the others can be signed from the pixels only."""
        found = packing.unpack(signature)
        derived = {UPRIGHT: found, Orientation(negative=True): -found}
        return [
            View(_WHOLE, orientation, packing.pack(derived[orientation]))
            for orientation in orientations
            if orientation in derived
        ]

    def stored_words(self, signatures: Sequence[bytes]) -> list[tuple[int, ...]]:
        if not signatures:
            return []
        numbers = slotted(words(np.stack([packing.unpack(one) for one in signatures])))
        return [tuple(row) for row in numbers.tolist()]

    def query_words(self, views: Sequence[View]) -> list[tuple[int, ...]]:
        return self.stored_words([view.signature for view in views])

    def distances(self, views: Sequence[View], signatures: Sequence[bytes]) -> NDArray[np.float64]:
        rows = [distances(view.signature, signatures) for view in views]
        return np.array(rows).reshape(len(views), len(signatures))

    def rarity(self, distance: float, thorough: int, all_orientations: bool) -> None:
        """Not measured."""


def _featureless(canvas: Canvas) -> FeaturelessImage:
    return FeaturelessImage(
        canvas.source, "the picture is flat: no two parts of it differ in brightness"
    )
