"""Signatures and distances without an index."""

from collections.abc import Sequence

from .errors import AlgorithmError
from .images import Source, open_picture
from .limits import Limits
from .model import ALL_ORIENTATIONS, UPRIGHT, Orientation, Signature
from .signatures import get_algorithm
from .signatures.algorithm import DEFAULT_LEVEL, Algorithm, View


def signature(
    picture: Source, algorithm: str | None = None, limits: Limits = Limits()
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
    a: Source,
    b: Source,
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
    found: list[tuple[float, Orientation]] = []
    for query, other, turned in ((a, b, False), (b, a, True)):
        data = signature(other, using.name, limits).data
        views = views_of(using, query, orientations, thorough, limits)
        for view, apart in zip(views, using.distances(views, [data])[:, 0], strict=True):
            orientation = view.orientation.inverse() if turned else view.orientation
            found.append((float(apart), orientation))
    return min(found, key=lambda one: one[0])


def views_of(
    algorithm: Algorithm,
    source: Source | Signature,
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
    """The bytes of a signature that `algorithm` can measure.

    Raises:
        AlgorithmError: another algorithm computed it.
    """
    if get_algorithm(signature.algorithm).signature_format != algorithm.signature_format:
        raise AlgorithmError(
            f"a signature of {signature.algorithm!r} can't be used with {algorithm.name!r}: "
            "sign the picture anew"
        )
    return signature.data
