"""Signatures and distances without an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from ..errors import AlgorithmError
from ..model import ALL_ORIENTATIONS, UPRIGHT, Orientation, Signature
from ..signatures import get_algorithm
from ..signatures.algorithm import DEFAULT_LEVEL, Algorithm, Canvas, View, check_level
from ..sources import PictureLike, open_picture
from ..sources.limits import Limits


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
        return Signature(using.name, using.signature(using.canvas(opened)))


def distance(a: Signature, b: Signature) -> float:
    """Return the distance of two signatures: 0.0 (equal) to 1.0.

    Raises:
        AlgorithmError: two algorithms computed them.
    """
    using = get_algorithm(a.algorithm)
    views = using.views_from_signature(data_for(using, a), [UPRIGHT])
    return float(using.distances(views, [data_for(using, b)])[0, 0])


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
    orientations = ALL_ORIENTATIONS if all_orientations else (UPRIGHT,)
    level = check_level(thorough)
    with open_picture(a, limits) as first, open_picture(b, limits) as second:
        canvases = using.canvas(first), using.canvas(second)
        measured = measure_both_ways(using, *canvases, orientations, level)
    best = min(measured, key=lambda one: one.distance)
    return Comparison(best.distance, best.orientation, using.name, using.default_cutoff)


@dataclass(frozen=True, slots=True)
class MeasuredView:
    """A view of one of two pictures, and its distance to the signature of the other.

    Attributes:
        of_second: the view is of the second picture, the signature of the first.
        view: the view.
        distance: its distance to the signature.
        orientation: what turns the first picture into the second.
    """

    of_second: bool
    view: View
    distance: float
    orientation: Orientation


def measure_both_ways(
    algorithm: Algorithm,
    first: Canvas,
    second: Canvas,
    orientations: Sequence[Orientation],
    thorough: int,
) -> list[MeasuredView]:
    """Measure all views of each of two pictures against the other.

    The order is the one in which equal distances are decided.

    Raises:
        FeaturelessImage: there is nothing in one of them to compare.
    """
    found = []
    for query, other, of_second in ((first, second, False), (second, first, True)):
        data = algorithm.signature(other)
        views = algorithm.views(query, orientations, thorough)
        for view, apart in zip(views, algorithm.distances(views, [data])[:, 0], strict=True):
            orientation = view.orientation.inverse() if of_second else view.orientation
            found.append(MeasuredView(of_second, view, float(apart), orientation))
    return found


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
        return algorithm.views_from_signature(data_for(algorithm, source), orientations)
    with open_picture(source, limits) as picture:
        return algorithm.views(algorithm.canvas(picture), orientations, thorough)


def data_for(algorithm: Algorithm, signature: Signature) -> bytes:
    """Return the bytes of a signature that `algorithm` can measure.

    Raises:
        AlgorithmError: another algorithm computed it, or it is none.
    """
    if get_algorithm(signature.algorithm).signature_format != algorithm.signature_format:
        raise AlgorithmError(
            f"a signature of {signature.algorithm!r} can't be used with {algorithm.name!r}: "
            "sign the picture anew"
        )
    if not isinstance(cast("object", signature.data), bytes):
        raise AlgorithmError(f"the data of a signature are bytes, not {type(signature.data)}")
    algorithm.entries(signature.data)  # raises where they are not a signature
    return signature.data
