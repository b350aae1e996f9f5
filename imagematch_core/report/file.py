"""The file of a report: never half of it, and never in the place of anything else."""

import os
import secrets
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
        self._path = Path(os.path.realpath(path))
        if not self._path.parent.is_dir():
            raise ReportError(f"{self._name}: there is no folder {describe(self._path.parent)}")
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
            ReportError: it can't be written. Neither is anything half-written left.
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
            raise self._error(err) from err
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def _check(self) -> None:
        try:
            if self._path.is_dir():
                raise ReportError(f"{self._name}: it is a folder; name a file in it")
            with open(self._path, "rb", opener=_open_without_waiting) as file:
                if file.read(len(BEGINNING)) != BEGINNING:
                    raise ReportError(
                        f"{self._name}: there is a file that is no report of imagematch; "
                        "delete it or choose another name"
                    )
        except FileNotFoundError:
            return
        except OSError as err:
            raise self._error(err) from err

    def _error(self, err: OSError) -> ReportError:
        return ReportError(f"{self._name}: the report can't be written: {err.strerror or err}")


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
