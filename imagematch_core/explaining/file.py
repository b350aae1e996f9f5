"""The file of an explanation: never half of it, and never in the place of anything else."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from PIL import PngImagePlugin

from ..errors import ArgumentError, ExplanationError
from ..naming import describe
from .explanation import Explanation

_KEY, _MARK = "Software", "imagematch: why two pictures are near"
"""By which a PNG file is known to be one of ours."""


class ExplanationFile:
    """Where an explanation is to go.

    Args:
        path: a new file that ends in `.png`, or an earlier explanation, which is replaced.

    Raises:
        ArgumentError: it ends in something else.
        ExplanationError: there is something else, or nothing can be written there.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._name = describe(os.fspath(path))
        if not os.fsdecode(path).lower().endswith(".png"):
            raise ArgumentError(
                f"{self._name}: an explanation is a PNG picture; name a file that ends in .png"
            )
        try:
            self._path = Path(os.path.realpath(path))
            if not self._path.parent.is_dir():
                raise self._error(f"there is no folder {describe(self._path.parent)}")
        except ValueError as err:  # a NUL in the name
            raise self._error(f"there can't be such a file: {err}") from err
        self._check()

    def write(self, explained: Explanation) -> None:
        """Draw an explanation, and write it once it is complete.

        Raises:
            ExplanationError: it can't be written. Nothing half-written is left either.
        """
        from .drawing import draw  # noqa: PLC0415 - not needed to check a path

        image, text = draw(explained), PngImagePlugin.PngInfo()
        text.add_text(_KEY, _MARK)
        unfinished = self._path.with_name(f".{secrets.token_hex(8)}.imagematch-explain")
        try:
            with open(unfinished, "xb") as file:
                image.save(file, "PNG", pnginfo=text, optimize=True)
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
        """Raise unless there is nothing, or an explanation."""
        try:
            mode = os.lstat(self._path).st_mode
        except FileNotFoundError:
            return
        except OSError as err:
            raise self._error(f"it can't be written: {err.strerror or err}") from err
        if stat.S_ISDIR(mode):
            raise self._error("it is a folder; name a file in it")
        if not stat.S_ISREG(mode) or not _is_explanation(self._path):
            raise self._error(
                "there is something that is no explanation of imagematch; "
                "delete it or choose another name"
            )

    def _error(self, reason: str) -> ExplanationError:
        return ExplanationError(f"{self._name}: {reason}")


def _is_explanation(path: Path) -> bool:
    try:
        with open(path, "rb") as file, PngImagePlugin.PngImageFile(file) as image:
            return image.info.get(_KEY) == _MARK
    except (OSError, SyntaxError, ValueError):  # as Pillow has it of what is no PNG
        return False
