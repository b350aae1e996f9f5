"""The algorithm goldberg-1 behind the interface that all share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...errors import FeaturelessImage
from ...model import UPRIGHT, Orientation, Signature
from ...sources import Picture
from ..algorithm import DEFAULT_LEVEL, Algorithm, Layout, Pairs, View
from ..turns import boxes_of, turned
from . import packing
from .decode import decode
from .distance import distances
from .entries import Entries, block_places, entries, find_window
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
        """Return the entries of the signature of the picture, turned but not inverted."""
        return entries(self.turned(orientation), _DEFAULTS)

    def turned(self, orientation: Orientation) -> Pixels | NDArray[np.float64]:
        """Return the picture, turned but not inverted."""
        if isinstance(self.picture, Pixels):
            return self.picture.turned(orientation)
        return np.ascontiguousarray(turned(self.picture, orientation))


class Goldberg1(Algorithm):
    """image-match's signature, words and distance, byte for byte.

    Pictures are decoded as image-match does: transparency is dropped, so that hidden colours show
    through, and the EXIF rotation is ignored.
    """

    name = "goldberg-1"
    default_cutoff = 0.45
    signature_format = "goldberg-1"
    needs_pixels = True

    def canvas(self, picture: Picture) -> Canvas:
        """Return the picture, decoded; use it while `picture` is open."""
        return Canvas(picture.source, decode(picture))

    def signature(self, canvas: Canvas) -> Signature:
        """Return the entries of the signature, packed: 91 bytes, or 182 in rare cases."""
        found = canvas.entries(UPRIGHT)
        if not found.any():
            raise _featureless(canvas)
        return Signature(self.name, packing.pack(found))

    def views(
        self,
        canvas: Canvas,
        orientations: Sequence[Orientation],
        thorough: int = DEFAULT_LEVEL,  # noqa: ARG002 - there is one view only
    ) -> list[View]:
        """Return the whole picture in each orientation, signed from its pixels so turned.

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
        self,
        signature: Signature,
        orientations: Sequence[Orientation],
        thorough: int = DEFAULT_LEVEL,  # noqa: ARG002
        *,
        mutual: bool = False,  # noqa: ARG002
    ) -> list[View]:
        """Upright and its negative; the others can be signed from the pixels only."""
        found = packing.unpack(signature.data)
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

    def grouping_cutoff(self, all_orientations: bool) -> float:  # noqa: ARG002
        """No other one than for searches."""
        return self.default_cutoff

    def rarity(self, distance: float, thorough: int, all_orientations: bool) -> None:
        """Not measured."""

    def pairs(self) -> Pairs:
        """Return each pair twice: once as the first block has it, once as the second."""
        first, second = packing.PAIRS.first, packing.PAIRS.second
        return Pairs(np.concatenate([first, second]), np.concatenate([second, first]))

    def entries(self, signature: bytes) -> NDArray[np.int64]:
        order = np.concatenate([packing.PAIRS.forward, packing.PAIRS.backward])
        return np.asarray(packing.unpack(signature)[order], np.int64)

    def layout(self, canvas: Canvas, view: View) -> Layout:
        """Return the window over which the grid is laid, and its blocks."""
        picture = canvas.turned(view.orientation)
        window = find_window(picture, _DEFAULTS)
        height, width = picture.shape
        rows, columns = block_places(picture, window, _DEFAULTS)
        (top, bottom), (left, right) = window
        box = np.array([left / width, top / height, right / width, bottom / height])
        blocks = boxes_of(np.array(rows) / height, np.array(columns) / width)
        return Layout(box, box, blocks.reshape(-1, 4))

    def shown(self, picture: Picture, size: int) -> Image.Image:
        pixels = decode(picture)
        if isinstance(pixels, Pixels):
            image = Image.fromarray(pixels.read_all()[..., :3])
        else:
            image = Image.fromarray((255 * pixels).astype(np.uint8)).convert("RGB")
        image.thumbnail((size, size))
        return image


def _featureless(canvas: Canvas) -> FeaturelessImage:
    return FeaturelessImage(
        canvas.source, "the picture is flat: no two parts of it differ in brightness"
    )
