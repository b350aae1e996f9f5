"""The algorithms goldberg-2 and goldberg-2-large behind the interface that all share."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...errors import FeaturelessImage
from ...model import Orientation, Signature
from ...protocol.values import MAX_QUERY_WORDS
from ...sources import Picture
from ..algorithm import DEFAULT_LEVEL, Algorithm, Layout, Nearness, Overlay, Pairs, View
from . import detail, distance, rarity, verification, words
from .blocks import Means, whole
from .canvas import Canvas, is_uneven, read, shown
from .content import Part, content, is_mostly
from .detail import Detail
from .entries import NEIGHBOURS, entries
from .features import has_features
from .views import Look, layout, look
from .window import everything


@dataclass(frozen=True, slots=True)
class NamedCanvas:
    """A canvas, and how errors name the picture.

    Attributes:
        on_other_grounds: the same, where the picture is transparent.
        is_uneven: whether it was reduced less in one direction than in the other.
    """

    name: str
    canvas: Canvas
    on_other_grounds: Sequence[Canvas] = ()
    is_uneven: bool = False


_MOST_WINDOWS = 4
"""Each has 16 of at most 64 words."""


class Goldberg2(Algorithm):
    """Relative brightness of neighbouring blocks, seen against their surroundings.

    How it works, and how each constant was chosen: docs/algorithms.md.
    """

    name = "goldberg-2"
    default_cutoff = 0.28
    first_cutoff = verification.LOOSE
    signature_format = "goldberg-2"
    _bits: ClassVar[int] = 20

    def canvas(self, picture: Picture) -> NamedCanvas:
        """Return the picture, small and grey, as it is meant to be seen."""
        first, *others = read(picture, lambda seen: has_features(whole(seen)))
        return NamedCanvas(picture.source, first, others, is_uneven(picture.info, first))

    def signature(self, canvas: NamedCanvas) -> Signature:
        """Return the means of 81 blocks of each window, a byte each, and the detail."""
        pixels = canvas.canvas
        all_of_it = everything(pixels)
        seen = [window for window in content(pixels) if has_features(whole(window.pixels))]
        # A copy of a transparent picture may have been given any ground.
        innermost = [content(other)[-1] for other in canvas.on_other_grounds]
        others = [window for window in innermost if has_features(whole(window.pixels))]
        of_all = whole(pixels)
        if not seen and not others:
            if not has_features(of_all):
                raise FeaturelessImage(
                    canvas.name, "the picture is flat: hardly two parts of it differ in brightness"
                )
            seen = [Part(all_of_it, pixels)]
        outer = (seen or others)[0].box
        keeps_all = outer != all_of_it and has_features(of_all) and is_mostly(outer, pixels)
        found = [*seen, *others][: _MOST_WINDOWS - keeps_all]
        height, width = pixels.shape
        return Signature(
            self.name,
            b"".join(
                means.tobytes()
                for means in [whole(window.pixels) for window in found] + [of_all] * keeps_all
            ),
            Detail(
                height,
                width,
                [window.box for window in found],
                np.stack([detail.fine(window.pixels) for window in found]),
                max(0, len(found) - len(seen)),
                found[0].is_page and len(seen) > 1,
                canvas.is_uneven,
            ).dump(),
        )

    def views(
        self,
        canvas: NamedCanvas,
        orientations: Sequence[Orientation],
        thorough: int = DEFAULT_LEVEL,
    ) -> list[View]:
        """Return the views that follow from the signature."""
        return self.views_from_signature(self.signature(canvas), orientations, thorough)

    def views_from_signature(
        self,
        signature: Signature,
        orientations: Sequence[Orientation],
        thorough: int = DEFAULT_LEVEL,
        *,
        mutual: bool = False,
    ) -> list[View]:
        """Return each window in all orientations, with crops undone, and in parts."""
        stored = distance.windows(signature.data)
        (known,) = detail.load([signature.detail])
        return [*look(stored, known, orientations, thorough, mutual=mutual)]

    def stored_words(self, signatures: Sequence[bytes]) -> list[tuple[int, ...]]:
        if not signatures:
            return []
        counts = [len(one) // distance.LENGTH for one in signatures]
        each = words.stored(distance.stack(signatures), self._bits)
        return [
            tuple(np.unique(each[end - count : end]).tolist())
            for count, end in zip(counts, accumulate(counts), strict=True)
        ]

    def query_words(self, views: Sequence[View]) -> list[tuple[int, ...]]:
        asked: list[list[NDArray[np.int64]]] = []
        room = 0
        for probes, some in groupby(views, key=_probes):
            if not probes:
                continue
            for words_of_one in words.asked(_means([*some]), self._bits, probes):
                if len(words_of_one) > room:
                    room = MAX_QUERY_WORDS
                    asked.append([])
                asked[-1].append(words_of_one)
                room -= len(words_of_one)
        return [tuple(np.unique(np.concatenate(together)).tolist()) for together in asked]

    def distances(self, views: Sequence[View], signatures: Sequence[bytes]) -> NDArray[np.float64]:
        apart = distance.distances(_means(views), distance.stack(signatures))
        starts = np.cumsum([0] + [len(one) // distance.LENGTH for one in signatures])[:-1]
        if not len(starts):
            return apart
        return np.asarray(np.minimum.reduceat(apart, starts, axis=1))

    def compare(self, views: Sequence[View], signatures: Sequence[Signature]) -> list[Nearness]:
        """Lay the query over each picture; 1.0 where they don't agree."""
        found = self._verified(views, signatures)
        return [
            Nearness(min(1.0, float(one)), int(number), bool(drawn))
            for one, number, drawn in zip(found.distances, found.looks, found.drawn, strict=True)
        ]

    def _verified(
        self, views: Sequence[View], signatures: Sequence[Signature]
    ) -> verification.Verified:
        looks = [view for view in views if isinstance(view, Look)]
        details = detail.load([one.detail for one in signatures])
        known = [
            verification.Known(distance.windows(one.data), its)
            for one, its in zip(signatures, details, strict=True)
        ]
        if not looks or not known:
            return verification.nothing(len(known))
        owners = np.repeat(np.arange(len(known)), [len(one.means) for one in known])
        apart = distance.distances(_means(looks), np.concatenate([one.means for one in known]))
        return verification.verify(looks, known, apart, owners)

    def overlay(self, views: Sequence[View], signature: Signature) -> Overlay | None:
        found = self._verified(views, [signature])
        if found.distances[0] >= 1:
            return None
        number = int(found.looks[0])
        (its,) = detail.load([signature.detail])
        seen = cast("Look", views[number])
        window = int(found.windows[0])
        return Overlay(number, *verification.corners(seen, its, window, found.warps[0]))

    def grouping_cutoff(self, all_orientations: bool) -> float:  # noqa: ARG002
        return 0.20

    def rarity(
        self,
        distance: float,
        thorough: int,  # noqa: ARG002 - all levels measure candidates alike
        all_orientations: bool,
    ) -> float:
        return rarity.one_in(distance, all_orientations)

    def pairs(self) -> Pairs:
        return NEIGHBOURS

    def entries(self, signature: bytes) -> NDArray[np.int64]:
        return np.asarray(entries(distance.windows(signature))[0], np.int64)

    def layout(self, canvas: NamedCanvas, view: View) -> Layout:  # noqa: ARG002 - the view knows
        return layout(cast("Look", view))

    def shown(self, picture: Picture, size: int) -> Image.Image:
        return shown(picture, size)


class Goldberg2Large(Goldberg2):
    """The same with longer words, of which fewer are shared by chance: for 10⁸ pictures."""

    name = "goldberg-2-large"
    _bits = 26


def _probes(view: View) -> int:
    return view.probes if isinstance(view, Look) else words.PROBES


def _means(views: Sequence[View]) -> Means:
    return distance.stack([view.signature for view in views])
