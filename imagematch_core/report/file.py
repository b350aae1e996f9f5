"""The HTML file of a report."""

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from ..errors import PictureError, ReportError
from ..model import Progress
from ..sources.limits import Limits
from ..writing import OwnFile
from .content import Content

BEGINNING = b"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="imagematch"""
"""The first bytes of every report, by which it is known."""


class ReportFile:
    """The file that a report is written to.

    Args:
        path: a new file, or an earlier report, which is replaced once the new one is complete.

    Raises:
        ReportError: the file is something else, or can't be written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file = OwnFile(path, kind="report", is_one=_is_report, error=ReportError)

    def __str__(self) -> str:
        return str(self._file)

    def write(
        self,
        content: Content,
        limits: Limits = Limits(),
        progress: Progress | None = None,
    ) -> None:
        """Write the page of `content`.

        Args:
            content: what to show.
            limits: bounds on the pictures that are read for thumbnails.
            progress: called with the number of pictures read since the last call.

        Raises:
            ReportError: it can't be written. No part of it is left.
        """
        # Slow to import, and not needed to check a path before a long run.
        from .page import pieces  # noqa: PLC0415
        from .thumbnails import side_for, thumbnails  # noqa: PLC0415

        def counted(
            made: Iterable[bytes | PictureError | None],
        ) -> Iterator[bytes | PictureError | None]:
            for thumbnail in made:
                if progress:
                    progress(1)
                yield thumbnail

        side = side_for(len(content.sources))
        now = f"{datetime.now().astimezone():%Y-%m-%d %H:%M}"
        with (
            self._file.replaced() as file,
            closing(thumbnails(content.sources, side, limits)) as made,
        ):
            file.writelines(piece.encode() for piece in pieces(content, counted(made), now))


def _is_report(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(len(BEGINNING)) == BEGINNING
