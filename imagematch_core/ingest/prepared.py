"""A picture that was decoded once, to be searched with and added."""

from dataclasses import dataclass, field

from ..model import PictureInfo, Signature
from ..records.identity import id_of_digest, id_of_path
from ..signatures.algorithm import Algorithm, Canvas
from ..sources import PictureLike, Source, source_of
from ..sources.limits import Limits
from ..sources.source import InMemory, state_of_content
from ..telemetry import SEARCH, spanned


@dataclass(frozen=True, slots=True, eq=False)
class PreparedPicture:
    """A picture that an index has decoded: `Index.prepare` makes it.

    Searching with it and adding it, in any order and number, reads nothing again. It holds a small
    version of the picture, and can be used with indexes of the same algorithm.

    Attributes:
        name: its name in errors.
        path: the path to store, '' if it was given as something else than a path or URL.
        id: the id under which it is stored if no other is given.
        signature: its signature.
        picture: format and size.
    """

    name: str
    path: str
    id: str
    signature: Signature
    picture: PictureInfo
    state: str = field(repr=False)
    canvas: Canvas = field(repr=False)


def prepare(algorithm: Algorithm, given: PictureLike, limits: Limits) -> PreparedPicture:
    """Open, decode and sign a picture, or raise a `PictureError`."""
    source = source_of(given).held(limits).looked_up(limits)
    state = source.state()
    with spanned(SEARCH, "decode"), source.open(limits) as picture:
        if state is None:
            state = state_of_content(picture.digest())
        canvas = algorithm.canvas(picture)
        signature = algorithm.signature(canvas)
        return PreparedPicture(
            source.name, source.path, own_id_of(source), signature, picture.info, state, canvas
        )


def own_id_of(source: Source) -> str:
    """Return the id of a picture for which none was given: of its path, or of its content."""
    if isinstance(source, InMemory):
        return id_of_digest(source.digest)
    return id_of_path(source.path)
