"""Write what was found as a page, in one call."""

import os

from ..deduping import DedupeResult
from ..errors import ArgumentError
from ..index import Index
from ..matching.groups import Groups
from ..model import Hits, Progress
from ..sources import open_picture
from ..sources.limits import Limits
from ..sources.source import name_of
from .content import Content, of_duplicates, of_search
from .file import ReportFile


def write_report(
    found: DedupeResult | Groups,
    path: str | os.PathLike[str],
    *,
    looked_at: str = "",
    limits: Limits = Limits(),
    progress: Progress | None = None,
) -> None:
    """Write groups of near copies as a page.

    Args:
        found: the result of `dedupe` or of `Index.duplicates`, called with `linkages=True`.
        path: a new file, or an earlier report, which is replaced.
        looked_at: how many pictures were looked at, as text to show.
        limits: bounds on the pictures that are read for thumbnails.
        progress: called with the number of pictures read since the last call.

    Raises:
        ArgumentError: the groups are without linkages.
        ReportError: the file is something else, or can't be written.
    """
    groups, digests, failed = (
        (found.groups, found.digests, found.signing.failed)
        if isinstance(found, DedupeResult)
        else (found, {}, [])
    )
    if groups.linkages is None:
        raise ArgumentError(
            "a report shows the groups at other cutoffs: find them by linkages=True"
        )
    file = ReportFile(path)
    content = of_duplicates(
        groups.linkages,
        digests,
        truncated=groups.truncated,
        looked_at=looked_at,
        failed=[(name_of(item.source), err) for item, err in failed],
    )
    file.write(content, limits, progress)


def write_search_report(
    hits: Hits,
    path: str | os.PathLike[str],
    *,
    query: str | os.PathLike[str],
    index: Index,
    looked_at: str = "",
    limits: Limits = Limits(),
    progress: Progress | None = None,
) -> None:
    """Write the hits of one query as a page.

    Args:
        hits: from `Index.search`.
        path: a new file, or an earlier report, which is replaced.
        query: the path or URL of the picture that was searched with.
        index: the index that was searched.
        looked_at: how many pictures were looked at, as text to show.
        limits: bounds on the pictures that are read for thumbnails.
        progress: called with the number of pictures read since the last call.

    Raises:
        PictureError: the query can't be opened.
        ReportError: the file is something else, or can't be written.
    """
    file = ReportFile(path)
    content = content_of_hits(hits, query=query, index=index, looked_at=looked_at)
    file.write(content, limits, progress)


def content_of_hits(
    hits: Hits, *, query: str | os.PathLike[str], index: Index, looked_at: str
) -> Content:
    """Return what a page of hits shows, with the pictures' sizes as the index knows them."""
    with open_picture(query) as picture:
        seen = picture.info
    return of_search(
        os.fspath(query),
        seen,
        [(hit, index.get(hit.id)) for hit in hits],
        algorithm=index.info.algorithm,
        cutoff=hits.cutoff,
        truncated=hits.truncated,
        looked_at=looked_at,
    )
