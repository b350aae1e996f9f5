"""The algorithms goldberg-2 and goldberg-2-large behind the interface that all share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...errors import FeaturelessImage
from ...model import Orientation
from ...sources import Picture
from ..algorithm import DEFAULT_LEVEL, Algorithm, Layout, Pairs, View
from ..turns import turned
from . import distance, rarity, words
from .blocks import GRID, Means
from .canvas import Canvas, read, shown
from .entries import NEIGHBOURS, entries
from .features import has_features
from .views import layout, look, whole


@dataclass(frozen=True, slots=True)
class NamedCanvas:
    """A canvas, and how errors name the picture."""

    name: str
    canvas: Canvas


class Goldberg2(Algorithm):
    """Relative brightness of neighbouring blocks, seen against their surroundings.

    How it works, and how each constant was chosen: docs/algorithms.md.
    """

    name = "goldberg-2"
    default_cutoff = 0.34
    signature_format = "goldberg-2"
    _bits: ClassVar[int] = 23

    def canvas(self, picture: Picture) -> NamedCanvas:
        """The picture, small and grey, as it is meant to be seen."""
        seen = read(picture, lambda canvas: has_features(whole(canvas)))
        return NamedCanvas(picture.source, seen)

    def signature(self, canvas: NamedCanvas) -> bytes:
        """The means of 81 blocks, a byte each."""
        means = whole(canvas.canvas)
        _check(canvas, means)
        return means.tobytes()

    def views(
        self,
        canvas: NamedCanvas,
        orientations: Sequence[Orientation],
        thorough: int = DEFAULT_LEVEL,
    ) -> list[View]:
        """Whole and without its borders, from level 1 on with crops undone."""
        seen = look(canvas.canvas, thorough)
        _check(canvas, seen.means[0])
        return [
            View(name, orientation, signature)
            for name, means in zip(seen.names, seen.means, strict=True)
            if has_features(means)
            for orientation, signature in _in_orientations(means, orientations)
        ]

    def views_from_signature(
        self, signature: bytes, orientations: Sequence[Orientation]
    ) -> list[View]:
        """The whole picture, in all orientations."""
        (means,) = distance.stack([signature])
        return [View("whole", *turn) for turn in _in_orientations(means, orientations)]

    def stored_words(self, signatures: Sequence[bytes]) -> list[tuple[int, ...]]:
        return _tuples(words.stored(distance.stack(signatures), self._bits))

    def query_words(self, views: Sequence[View]) -> list[tuple[int, ...]]:
        return _tuples(words.asked(_means(views), self._bits))

    def distances(self, views: Sequence[View], signatures: Sequence[bytes]) -> NDArray[np.float64]:
        return distance.distances(_means(views), distance.stack(signatures))

    def grouping_cutoff(self, all_orientations: bool) -> float:
        return 0.22 if all_orientations else 0.28

    def rarity(self, distance: float, thorough: int, all_orientations: bool) -> float:
        return rarity.one_in(distance, thorough, all_orientations)

    def pairs(self) -> Pairs:
        return NEIGHBOURS

    def entries(self, signature: bytes) -> NDArray[np.int64]:
        return np.asarray(entries(distance.stack([signature]))[0], np.int64)

    def layout(self, canvas: NamedCanvas, view: View) -> Layout:
        return layout(canvas.canvas, view)

    def shown(self, picture: Picture, size: int) -> Image.Image:
        return shown(picture, size)


class Goldberg2Large(Goldberg2):
    """The same with longer words, of which fewer are shared by chance: for 10⁸ pictures."""

    name = "goldberg-2-large"
    _bits = 28


def _tuples(numbers: words.Numbers) -> list[tuple[int, ...]]:
    return [tuple(row) for row in numbers.tolist()]


def _means(views: Sequence[View]) -> Means:
    return distance.stack([view.signature for view in views])


def _in_orientations(
    means: Means, orientations: Sequence[Orientation]
) -> list[tuple[Orientation, bytes]]:
    grid = means.reshape(GRID, GRID)
    positive = ((orientation, turned(grid, orientation)) for orientation in orientations)
    return [
        (orientation, (255 - blocks if orientation.negative else blocks).tobytes())
        for orientation, blocks in positive
    ]


def _check(canvas: NamedCanvas, means: Means) -> None:
    if not has_features(means):
        raise FeaturelessImage(
            canvas.name, "the picture is flat: hardly two parts of it differ in brightness"
        )
