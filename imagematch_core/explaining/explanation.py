"""Explain a comparison of two pictures: what it looked at, and where they agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ..model import UPRIGHT, Orientation, PictureInfo, Signature, orientations_of
from ..signatures import get_algorithm
from ..signatures.algorithm import (
    DEFAULT_LEVEL,
    Algorithm,
    Canvas,
    Layout,
    Pairs,
    View,
    check_level,
)
from ..signatures.turns import turned
from ..sources import Picture, PictureLike, open_picture
from ..sources.limits import Limits

_SIZE = 1_024
"""Pixels: neither side of a picture that is shown is longer."""


@dataclass(frozen=True, slots=True)
class TriedView:
    """A view of one of the pictures, measured against the other as an index would store it.

    Attributes:
        of: whose view it is, 'a' or 'b'.
        view: what was done to that picture.
        layout: where the view looks.
        distance: of the view to the other picture by their signatures, 0.0 to 1.0.
        shared: the number of words in common, by which a search with the view finds the other.
    """

    of: str
    view: View
    layout: Layout
    distance: float
    shared: int


@dataclass(frozen=True, slots=True)
class ExplainedPicture:
    """One of the two pictures.

    Attributes:
        name: its path or URL, or what it is.
        info: its format and size.
        image: the picture as the algorithm sees it, in RGB, no side over 1,024 pixels, and turned
            as the best view turns it.
        layout: where the compared blocks lie in the image.
        outline: where the corners of what the other picture shows lie in the image, once the two
            are aligned: upper left, upper right, lower right and lower left, x and y as fractions
            of width and height: shape (4, 2), or None where the two don't agree.
    """

    name: str
    info: PictureInfo
    image: Image.Image
    layout: Layout
    outline: NDArray[np.float64] | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two pictures are near, or not.

    Attributes:
        algorithm: the name of the algorithm.
        cutoff: distances below it are near copies.
        distance: the smallest distance that was found.
        orientation: what turns `a` into `b`.
        rarity: about how many different pictures a search goes through to find one as near; None
            if the algorithm doesn't know.
        rarest: the largest number that `rarity` can be, None likewise.
        stored_words: the number of words that an index stores of the picture that the first of
            `tried` is compared with.
        a: the first picture.
        b: the second one.
        tried: every view of both by the distance of signatures: first the one that is shown,
            then the nearest.
        pairs: the pairs of neighbouring blocks that are compared.
        entries: the components of both signatures for each pair: shape (2, pairs), whole numbers,
            the first row of `a`.
        cells: for each block the distance of the two signatures over the pairs that it is part
            of; nan where both are flat: shape (blocks,), float64.
    """

    algorithm: str
    cutoff: float
    distance: float
    orientation: Orientation
    rarity: float | None
    rarest: float | None
    stored_words: int
    a: ExplainedPicture
    b: ExplainedPicture
    tried: Sequence[TriedView]
    pairs: Pairs
    entries: NDArray[np.int64]
    cells: NDArray[np.float64]

    @property
    def near(self) -> bool:
        """Whether the two are near copies."""
        return self.distance < self.cutoff

    @property
    def agreeing(self) -> int:
        """The number of cells that are nearer than the cutoff."""
        return int((self.cells < self.cutoff).sum())

    @property
    def empty(self) -> int:
        """The number of cells where both pictures are flat."""
        return int(np.isnan(self.cells).sum())

    @property
    def differing(self) -> int:
        """The number of all other cells."""
        return len(self.cells) - self.agreeing - self.empty


def explain(
    a: PictureLike,
    b: PictureLike,
    algorithm: str | None = None,
    *,
    all_orientations: bool = False,
    thorough: int = DEFAULT_LEVEL,
    limits: Limits = Limits(),
) -> Explanation:
    """Compare two pictures as `compare` does, and tell what the result follows from.

    Args:
        a: path, URL, bytes, binary file object, Pillow image or array.
        b: likewise.
        algorithm: its name; without it, the algorithm of a new index.
        all_orientations: also look for mirrored, rotated and negative copies.
        thorough: 0, 1 or 2, as for `Index.search`.
        limits: bounds on what is read and decoded.

    Raises:
        PictureError: a picture can't be used.
        AlgorithmError: there is no algorithm of this name.
        ArgumentError: there is no such level of `thorough`.
    """
    using = get_algorithm(algorithm)
    orientations = orientations_of(all_orientations)
    level = check_level(thorough)
    with open_picture(a, limits) as first, open_picture(b, limits) as second:
        canvases = using.canvas(first), using.canvas(second)
        signatures = using.signature(canvases[0]), using.signature(canvases[1])
        seen = _measured(using, canvases, signatures, orientations, level)
        best = _best(using, seen, signatures)
        data = signatures[0].data, signatures[1].data
        tried = sorted(
            _tried(using, canvases, data, seen),
            key=lambda one: (one.view is not best.seen.view, one.distance),
        )
        # As an index has both, but for the one of which the best view is shown.
        views = [using.views_from_signature(one, [UPRIGHT], 0)[0] for one in signatures]
        views[best.seen.of_second] = best.seen.view
        entries = np.stack([using.entries(view.signature) for view in views])
        sides = [
            ExplainedPicture(
                picture.source,
                picture.info,
                _shown(using, picture.anew(), view),
                using.layout(canvas, view),
                outline,
            )
            for picture, canvas, view, outline in zip(
                (first, second), canvases, views, best.outlines, strict=True
            )
        ]
    return Explanation(
        using.name,
        using.default_cutoff,
        best.distance,
        best.seen.orientation,
        None if best.drawn else using.rarity(best.distance, thorough, all_orientations),
        using.rarity(0.0, thorough, all_orientations),
        len(using.stored_words([data[tried[0].of == "a"]])[0]),
        sides[0],
        sides[1],
        tried,
        using.pairs(),
        entries,
        _cells(entries, using.pairs(), len(sides[0].layout.blocks)),
    )


class _Measured(NamedTuple):
    """A view of one of the pictures, and its distance to the signature of the other.

    `orientation` is what turns the first picture into the second.
    """

    of_second: bool
    view: View
    distance: float
    orientation: Orientation


def _measured(
    algorithm: Algorithm,
    canvases: tuple[Canvas, Canvas],
    signatures: tuple[Signature, Signature],
    orientations: Sequence[Orientation],
    thorough: int,
) -> list[_Measured]:
    """Measure all views of each picture, in the order in which equal distances are decided."""
    found = []
    for of_second in (False, True):
        views = algorithm.views(canvases[of_second], orientations, thorough)
        apart = algorithm.distances(views, [signatures[not of_second].data])[:, 0]
        for view, distance in zip(views, apart.tolist(), strict=True):
            orientation = view.orientation.inverse() if of_second else view.orientation
            found.append(_Measured(of_second, view, distance, orientation))
    return found


class _Best(NamedTuple):
    """The distance that a comparison tells, and the view that it comes from."""

    distance: float
    seen: _Measured
    drawn: bool
    outlines: tuple[NDArray[np.float64] | None, NDArray[np.float64] | None] = (None, None)


def _best(
    algorithm: Algorithm, seen: Sequence[_Measured], signatures: tuple[Signature, Signature]
) -> _Best:
    """Return the nearer of the two ways; if neither is near, the nearest by signatures."""
    upright = [one for one in seen if one.orientation == UPRIGHT]
    nearest = min(upright or seen, key=lambda one: one.distance)
    found = []
    for of_second in (False, True):
        some = [one for one in seen if one.of_second is of_second]
        other = signatures[not of_second]
        views = [one.view for one in some]
        (compared,) = algorithm.compare(views, [other])
        overlay = algorithm.overlay(views, other)
        outlines = (overlay.on_query, overlay.on_picture) if overlay else (None, None)
        turn = some[compared.view].orientation
        shown = min((one for one in some if one.orientation == turn), key=lambda one: one.distance)
        if of_second:
            outlines = outlines[::-1]
        found.append(_Best(compared.distance, shown, compared.drawn, outlines))
    best = min(found, key=lambda one: one.distance)
    if best.distance == 1:
        return _Best(best.distance, nearest, best.drawn)
    # Where both ways agree, the one is shown that looked at more of the same.
    likely = min(
        (
            one
            for one in found
            if one.distance < 1 and one.seen.orientation == best.seen.orientation
        ),
        key=lambda one: one.seen.distance,
    )
    return _Best(best.distance, likely.seen, best.drawn, likely.outlines)


def _tried(
    algorithm: Algorithm,
    canvases: tuple[Canvas, Canvas],
    signatures: tuple[bytes, bytes],
    seen: Sequence[_Measured],
) -> list[TriedView]:
    stored = [set(words) for words in algorithm.stored_words(signatures)]
    return [
        TriedView(
            "b" if one.of_second else "a",
            one.view,
            algorithm.layout(canvases[one.of_second], one.view),
            one.distance,
            len(stored[not one.of_second].intersection(*algorithm.query_words([one.view]) or [()])),
        )
        for one in seen
    ]


def _shown(algorithm: Algorithm, picture: Picture, view: View) -> Image.Image:
    image = algorithm.shown(picture, _SIZE)
    image = Image.fromarray(np.ascontiguousarray(turned(np.asarray(image), view.orientation)))
    return ImageOps.invert(image) if view.orientation.negative else image


def _cells(entries: NDArray[np.int64], pairs: Pairs, count: int) -> NDArray[np.float64]:
    """‖a - b‖ / (‖a‖ + ‖b‖) over the pairs of each block: shape (count,)."""
    a, b = entries
    blocks = np.concatenate(pairs)
    norms = [
        np.sqrt(np.bincount(blocks, np.tile(values * values, 2), count)) for values in (a - b, a, b)
    ]
    total = norms[1] + norms[2]
    cells = np.full(count, np.nan)
    np.divide(norms[0], total, out=cells, where=total > 0)
    return cells
