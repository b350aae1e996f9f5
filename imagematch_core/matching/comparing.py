"""Signatures and distances without an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from ..errors import AlgorithmError
from ..model import ALL_ORIENTATIONS, UPRIGHT, Orientation, Signature
from ..signatures import get_algorithm
from ..signatures.algorithm import DEFAULT_LEVEL, Algorithm, Canvas, View
from ..sources import PictureLike, open_picture
from ..sources.limits import Limits


def signature(
    picture: PictureLike, algorithm: str | None = None, limits: Limits = Limits()
) -> Signature:
    """Sign a picture.

    Args:
        picture: path, URL, bytes, binary file object, Pillow image or array.
        algorithm: its name; None takes the one that a new index gets.
        limits: bounds on what is read and decoded.

    Raises:
        PictureError: the picture can't be used.
        AlgorithmError: there is no algorithm of this name.
    """
    using = get_algorithm(algorithm)
    with open_picture(picture, limits) as opened:
        return Signature(using.name, using.signature(using.canvas(opened)))


def distance(a: Signature, b: Signature) -> float:
    """The distance of two signatures: 0.0 (equal) to 1.0.

    Raises:
        AlgorithmError: two algorithms computed them.
    """
    using = get_algorithm(a.algorithm)
    views = using.views_from_signature(data_for(using, a), [UPRIGHT])
    return float(using.distances(views, [data_for(using, b)])[0, 0])


def nearest(
    a: PictureLike,
    b: PictureLike,
    algorithm: str | None = None,
    *,
    all_orientations: bool = False,
    thorough: int = DEFAULT_LEVEL,
    limits: Limits = Limits(),
) -> tuple[float, Orientation]:
    """Compare two pictures as a search does: all views of `a` with `b`, and the other way round.

    Returns:
        The smallest distance, and what turns `a` into `b`.
    """
    using = get_algorithm(algorithm)
    orientations = ALL_ORIENTATIONS if all_orientations else (UPRIGHT,)
    with open_picture(a, limits) as first, open_picture(b, limits) as second:
        canvases = using.canvas(first), using.canvas(second)
        best = min(
            seen_both_ways(using, *canvases, orientations, thorough), key=lambda seen: seen.distance
        )
    return best.distance, best.orientation


@dataclass(frozen=True, slots=True)
class Seen:
    """A view of one of two pictures, and its distance to the signature of the other.

    Attributes:
        of_second: the view is of the second picture, the signature of the first.
        view: of the picture.
        distance: of the two.
        orientation: what turns the first picture into the second.
    """

    of_second: bool
    view: View
    distance: float
    orientation: Orientation


def seen_both_ways(
    algorithm: Algorithm,
    first: Canvas,
    second: Canvas,
    orientations: Sequence[Orientation],
    thorough: int,
) -> list[Seen]:
    """All views of each of two pictures with the other, in the order that decides between equals.

    Raises:
        FeaturelessImage: there is nothing in one of them to compare.
    """
    found = []
    for query, other, of_second in ((first, second, False), (second, first, True)):
        data = algorithm.signature(other)
        views = algorithm.views(query, orientations, thorough)
        for view, apart in zip(views, algorithm.distances(views, [data])[:, 0], strict=True):
            orientation = view.orientation.inverse() if of_second else view.orientation
            found.append(Seen(of_second, view, float(apart), orientation))
    return found


def views_of(
    algorithm: Algorithm,
    source: PictureLike | Signature,
    orientations: Sequence[Orientation],
    thorough: int,
    limits: Limits,
) -> list[View]:
    """The views of a query; of a `Signature` those that follow from it.

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
