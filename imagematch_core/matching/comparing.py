"""Signatures and distances without an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from ..errors import AlgorithmError
from ..model import UPRIGHT, Entry, Orientation, Signature, orientations_of
from ..signatures import get_algorithm
from ..signatures.algorithm import DEFAULT_LEVEL, Algorithm, View, check_level
from ..sources import PictureLike, open_picture
from ..sources.limits import Limits
from ..telemetry import SEARCH, spanned


def signature(
    picture: PictureLike, algorithm: str | None = None, limits: Limits = Limits()
) -> Signature:
    """Sign a picture.

    Args:
        picture: path, URL, bytes, binary file object, Pillow image or array.
        algorithm: its name; without it, the algorithm of a new index.
        limits: bounds on what is read and decoded.

    Raises:
        PictureError: the picture can't be used.
        AlgorithmError: there is no algorithm of this name.
    """
    using = get_algorithm(algorithm)
    with open_picture(picture, limits) as opened:
        return using.signature(using.canvas(opened))


def distance(a: Signature, b: Signature) -> float:
    """Return the distance of two signatures: 0.0 (equal) to 1.0.

    Raises:
        AlgorithmError: two algorithms computed them.
    """
    using = get_algorithm(a.algorithm)
    one, other = signature_for(using, a), signature_for(using, b)

    def found(query: Signature, stored: Signature) -> float:
        views = using.views_from_signature(query, [UPRIGHT], mutual=True)
        return using.compare(views, [stored])[0].distance

    return min(found(one, other), found(other, one))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of comparing two pictures.

    Attributes:
        distance: the smallest of all views, 0.0 (equal signatures) to 1.0.
        orientation: what turns the first picture into the second.
        algorithm: the name of the algorithm that measured.
        cutoff: the algorithm's own cutoff.
    """

    distance: float
    orientation: Orientation
    algorithm: str
    cutoff: float

    @property
    def near(self) -> bool:
        """Whether the two are near copies: their distance is below the cutoff."""
        return self.distance < self.cutoff


def compare(
    a: PictureLike,
    b: PictureLike,
    algorithm: str | None = None,
    *,
    all_orientations: bool = False,
    thorough: int = DEFAULT_LEVEL,
    limits: Limits = Limits(),
) -> Comparison:
    """Compare two pictures as a search does: all views of `a` with `b`, and the other way round.

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
        signatures = [using.signature(canvas) for canvas in canvases]
        views = [using.views(canvas, orientations, level) for canvas in canvases]
    apart, orientation = nearer_way(using, views[0], signatures[0], views[1], signatures[1])
    return Comparison(apart, orientation, using.name, using.default_cutoff)


Viewed = tuple[Entry, Sequence[View]]
"""A picture and its views."""


def nearest(algorithm: Algorithm, one: Viewed, other: Viewed) -> tuple[float, Orientation]:
    """Return the smaller distance of both directions, and what turns `one` into `other`."""
    return nearer_way(algorithm, one[1], one[0].signature, other[1], other[0].signature)


def nearer_way(
    algorithm: Algorithm,
    one: Sequence[View],
    of_one: Signature,
    other: Sequence[View],
    of_other: Signature,
) -> tuple[float, Orientation]:
    """As `nearest`, of the views and the signatures of two pictures."""
    (there,) = algorithm.compare(one, [of_other])
    (back,) = algorithm.compare(other, [of_one])
    if back.distance < there.distance:
        return back.distance, other[back.view].orientation.inverse()
    return there.distance, one[there.view].orientation


def views_of(
    algorithm: Algorithm,
    source: PictureLike | Signature,
    orientations: Sequence[Orientation],
    thorough: int,
    limits: Limits,
) -> list[View]:
    """Return the views of a query; of a `Signature` those that follow from it.

    Raises:
        PictureError: the picture can't be used.
        AlgorithmError: another algorithm computed the signature.
    """
    if isinstance(source, Signature):
        return algorithm.views_from_signature(
            signature_for(algorithm, source), orientations, thorough
        )
    with spanned(SEARCH, "decode"), open_picture(source, limits) as picture:
        return algorithm.views(algorithm.canvas(picture), orientations, thorough)


def signature_for(algorithm: Algorithm, signature: Signature) -> Signature:
    """Return a signature, or raise `AlgorithmError` where `algorithm` can't compare it."""
    if get_algorithm(signature.algorithm).signature_format != algorithm.signature_format:
        raise AlgorithmError(
            f"a signature of {signature.algorithm!r} can't be used with {algorithm.name!r}: "
            "sign the picture anew"
        )
    for part in (signature.data, signature.detail):
        if not isinstance(cast("object", part), bytes):
            raise AlgorithmError(f"data and detail of a signature are bytes, not {type(part)}")
    algorithm.views_from_signature(signature, [UPRIGHT], 0)  # raises where it is no signature
    return signature
