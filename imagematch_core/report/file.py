"""The HTML file of a report."""

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


class ReportFile(OwnFile):
    """The file that a report is written to; see `write_report`."""

    kind = "report"
    error_type = ReportError

    @staticmethod
    def is_one(path: Path) -> bool:
        with open(path, "rb") as file:
            return file.read(len(BEGINNING)) == BEGINNING

    def write(
        self, content: Content, limits: Limits = Limits(), progress: Progress | None = None
    ) -> None:
        """Write the page of `content`; `limits` hold for the pictures read for thumbnails."""
        # Slow to import, and not needed to check a path before a long run.
        from .page import pieces  # noqa: PLC0415
        from .thumbnails import side_for, thumbnails  # noqa: PLC0415

        def counted(thumbnail: bytes | PictureError | None) -> bytes | PictureError | None:
            if progress:
                progress(1)
            return thumbnail

        side = side_for(len(content.sources))
        now = f"{datetime.now().astimezone():%Y-%m-%d %H:%M}"
        with self.replaced() as file, closing(thumbnails(content.sources, side, limits)) as made:
            file.writelines(piece.encode() for piece in pieces(content, map(counted, made), now))
