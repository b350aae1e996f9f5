"""One picture → what an index needs of it. Runs in worker processes."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import PictureError
from ..model import Orientation, PictureInfo, Signature
from ..records.identity import revision
from ..signatures import get_algorithm
from ..signatures.algorithm import DEFAULT_LEVEL, View
from ..sources import Source
from ..sources.limits import Limits
from ..sources.source import state_of_content
from .guard import guarded


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """A picture to sign.

    Attributes:
        source: something that can be opened in any process.
        revision: by which the caller will notice a change; None where only the content tells.
        known: the revision that is stored already; content of this revision is not signed.
        orientations: those of which the views are wanted too.
        thorough: the level of these views.
    """

    source: Source
    algorithm: str
    limits: Limits
    revision: str | None
    known: str | None = None
    orientations: Sequence[Orientation] = ()
    thorough: int = DEFAULT_LEVEL


@dataclass(frozen=True, slots=True)
class Signed:
    """A picture that was signed.

    Attributes:
        signature: of the picture.
        views: those that were wanted.
        picture: what was seen of it; None where only its signature was given.
        revision: of what was signed.
    """

    signature: Signature
    views: Sequence[View]
    picture: PictureInfo | None
    revision: str


class Unchanged:
    """The picture has the revision that is stored already."""


def sign(request: SigningRequest) -> Signed | Unchanged | PictureError:
    """Open, decode and sign one picture. What is wrong with it is returned, not raised.

    A worker process is ended over a picture that takes longer than its limits allow.
    """
    with guarded(request.limits):
        return _sign(request)


def _sign(request: SigningRequest) -> Signed | Unchanged | PictureError:
    using = get_algorithm(request.algorithm)
    source, found = request.source, request.revision
    try:
        if found is None:
            source = source.looked_up(request.limits)
            state = source.state()
            found = state and revision(using.signature_format, state)
        if found is not None and found == request.known:
            return Unchanged()
        with source.open(request.limits) as picture:
            if found is None:
                content = state_of_content(picture.digest())
                found = revision(using.signature_format, content)
                if found == request.known:
                    return Unchanged()
            canvas = using.canvas(picture)
            signature = using.signature(canvas)
            views = (
                using.views(canvas, request.orientations, request.thorough)
                if request.orientations
                else ()
            )
            return Signed(signature, views, picture.info, found)
    except PictureError as err:
        return err
    except Exception as err:  # noqa: BLE001 - one odd picture must not end a run over millions
        failure = PictureError(
            source.name, f"can't be signed: {type(err).__name__}: {err}; please report it"
        )
        failure.__cause__ = err
        return failure
