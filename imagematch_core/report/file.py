"""The file of a report: never half of it, and never in the place of anything else."""

import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from ..errors import PictureError, ReportError
from ..limits import Limits
from ..naming import describe
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
        self._name = describe(os.fspath(path))
        try:
            self._path = Path(os.path.realpath(path))
            if not self._path.parent.is_dir():
                raise self._error(f"there is no folder {describe(self._path.parent)}")
        except ValueError as err:  # a NUL in the name
            raise self._error(f"there can't be such a file: {err}") from err
        self._check()

    def __str__(self) -> str:
        return self._name

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
        unfinished = self._path.with_name(f".{secrets.token_hex(8)}.imagematch-report")
        try:
            with (
                open(unfinished, "x", encoding="utf-8", newline="\n") as file,
                closing(thumbnails(content.sources, side, limits)) as made,
            ):
                file.writelines(pieces(content, counted(made), now))
                file.flush()
                os.fsync(file.fileno())
            self._check()
            os.replace(unfinished, self._path)
        except OSError as err:
            raise self._error(f"it can't be written: {err.strerror or err}") from err
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def _check(self) -> None:
        """Raise unless there is nothing, or a report."""
        try:
            mode = os.lstat(self._path).st_mode
            if stat.S_ISDIR(mode):
                raise self._error("it is a folder; name a file in it")
            if not stat.S_ISREG(mode) or not _is_report(self._path):
                raise self._error(
                    "there is something that is no report of imagematch; "
                    "delete it or choose another name"
                )
        except FileNotFoundError:
            return
        except OSError as err:
            raise self._error(f"it can't be written: {err.strerror or err}") from err

    def _error(self, reason: str) -> ReportError:
        return ReportError(f"{self._name}: {reason}")


def _is_report(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(len(BEGINNING)) == BEGINNING
