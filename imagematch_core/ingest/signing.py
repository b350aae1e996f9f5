"""One picture → what an index needs of it. Runs in worker processes."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import PictureError
from ..model import Orientation, PictureInfo
from ..records.revisions import content_revision, remote_revision
from ..signatures import get_algorithm
from ..signatures.algorithm import DEFAULT_LEVEL, View
from ..sources import Source, open_picture
from ..sources.limits import Limits
from ..sources.naming import describe, is_url, is_web_url
from ..sources.remote_file import RemoteFile


@dataclass(frozen=True, slots=True)
class Job:
    """A picture to sign.

    Attributes:
        source: something that can be pickled.
        algorithm: name of the algorithm.
        limits: bounds on what is read and decoded.
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
    """What came of a `Job`."""

    signature: bytes
    views: list[View]
    picture: PictureInfo
    revision: str


class Unchanged:
    """The content has the revision that is known already."""


def sign(job: Job) -> Signed | Unchanged | PictureError:
    """Open, decode and sign one picture. What is wrong with it is returned, not raised."""
    using = get_algorithm(job.algorithm)
    try:
        source, revision = _looked_up(job, using.signature_format)
        if revision is not None and revision == job.known:
            return Unchanged()
        with open_picture(source, job.limits) as picture:
            revision = revision or content_revision(using.signature_format, picture.digest())
            if revision == job.known:
                return Unchanged()
            canvas = using.canvas(picture)
            signature = using.signature(canvas)
            views = using.views(canvas, job.orientations, job.thorough) if job.orientations else []
            return Signed(signature, views, picture.info, revision)
    except PictureError as err:
        return err
    except Exception as err:  # noqa: BLE001 - one odd picture must not end a run over millions
        failure = PictureError(
            describe(job.source), f"can't be signed: {type(err).__name__}: {err}; please report it"
        )
        failure.__cause__ = err
        return failure


def _looked_up(job: Job, signature_format: str) -> tuple[Source, str | None]:
    """Its source, and the revision where one is known before it is fetched."""
    source = job.source
    if job.revision is not None or not is_url(source) or is_web_url(source):
        return source, job.revision
    from ..sources.buckets import Access  # noqa: PLC0415 - what it imports takes time

    file: RemoteFile = Access(str(source), job.limits).file()
    return file, remote_revision(signature_format, file)
