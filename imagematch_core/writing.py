"""Write files for people to look at: never half of one, and never over anything else."""

import os
import secrets
import stat
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, ClassVar

from .errors import ImageMatchError
from .sources.naming import named


@contextmanager
def replacing(path: Path, check: Callable[[], None] = lambda: None) -> Iterator[BinaryIO]:
    """Open a new file, and put it in the place of `path` once it is complete.

    Args:
        path: of a file, in a folder that is there.
        check: called right before it is replaced; what it raises leaves it as it is.

    Raises:
        OSError: it can't be written.
    """
    unfinished = path.with_name(f".{secrets.token_hex(8)}.imagematch-unfinished")
    try:
        with open(unfinished, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        check()
        os.replace(unfinished, path)
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


class OwnFile(ABC):
    """A file that may only replace an earlier one of its kind.

    Args:
        path: a new file, or one of its kind.

    Raises:
        ImageMatchError: of the type `error_type`: the file is something else, or can't be written.
    """

    kind: ClassVar[str]
    """Its name in errors, after "no"."""
    error_type: ClassVar[type[ImageMatchError]]

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._name = named(os.fspath(path))
        try:
            self._path = Path(os.path.realpath(path))
            if not self._path.parent.is_dir():
                raise self._error(f"there is no folder {named(self._path.parent)}")
        except ValueError as err:  # a NUL in the name
            raise self._error(f"there can't be such a file: {err}") from err
        self._check()

    def __str__(self) -> str:
        return self._name

    @staticmethod
    @abstractmethod
    def is_one(path: Path) -> bool:
        """Return whether a file is of this kind."""

    @contextmanager
    def replaced(self) -> Iterator[BinaryIO]:
        """Open a new file, and put it in its place once it is complete.

        Raises:
            ImageMatchError: it can't be written. The earlier file is still there, and no part of
                the new one.
        """
        try:
            with replacing(self._path, self._check) as file:
                yield file
        except OSError as err:
            raise self._error(f"it can't be written: {err.strerror or err}") from err

    def _check(self) -> None:
        """Raise unless the file is absent, or of its kind."""
        try:
            mode = os.lstat(self._path).st_mode
            if stat.S_ISDIR(mode):
                raise self._error("it is a folder; name a file in it")
            if not stat.S_ISREG(mode) or not self.is_one(self._path):
                raise self._error(
                    f"there is something that is no {self.kind} of imagematch; "
                    "delete it or choose another name"
                )
        except FileNotFoundError:
            return
        except OSError as err:
            raise self._error(f"it can't be written: {err.strerror or err}") from err

    def _error(self, reason: str) -> ImageMatchError:
        return self.error_type(f"{self._name}: {reason}")
