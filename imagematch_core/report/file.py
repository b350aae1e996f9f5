"""The file of a report."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from ..errors import PictureError, ReportError
from ..sources.limits import Limits
from ..writing import OwnFile
from .content import Content

BEGINNING = b"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="imagematch"""
"""By which a file is known to be one of our reports."""


class ReportFile:
    """Where a report is to go.

    Args:
        path: a new file, or an earlier report, which is replaced once the new one is complete.

    Raises:
        ReportError: there is something else, or nothing can be written there.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file = OwnFile(path, kind="report", is_one=_is_report, error=ReportError)

    def __str__(self) -> str:
        return str(self._file)

    def write(
        self,
        content: Content,
        limits: Limits = Limits(),
        progress: Callable[[int], object] = lambda _: None,
    ) -> None:
        """Write the page of `content`.

        Args:
            content: what to show.
            limits: on the pictures that are read for thumbnails.
            progress: called with the number of pictures read since the last call.

        Raises:
            ReportError: it can't be written. Nothing half-written is left either.
        """
        # Slow to import, and not needed to check a path before a long run.
        from .page import pieces  # noqa: PLC0415
        from .thumbnails import side_for, thumbnails  # noqa: PLC0415

        def counted(
            made: Iterable[bytes | PictureError | None],
        ) -> Iterator[bytes | PictureError | None]:
            for thumbnail in made:
                progress(1)
                yield thumbnail

        side = side_for(len(content.sources))
        now = datetime.now().astimezone().isoformat(" ", "minutes")
        with (
            self._file.replaced() as file,
            closing(thumbnails(content.sources, side, limits)) as made,
        ):
            file.writelines(piece.encode() for piece in pieces(content, counted(made), now))


def _is_report(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(len(BEGINNING)) == BEGINNING
