"""The system's trash: into it by send2trash, and out of it by the freedesktop.org specification.

https://specifications.freedesktop.org/trash-spec/1.0
"""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote_to_bytes

_INFO = ".trashinfo"


def put_in_trash(path: str) -> None:
    """Put a file in the trash; it is never removed for good.

    Raises:
        OSError: there is no trash for it, or it can't be put there. The file is as it was.
    """
    from send2trash import send2trash  # noqa: PLC0415 - looks for the system's trash
    from send2trash.exceptions import TrashPermissionError  # noqa: PLC0415

    if not os.access(os.path.dirname(path), os.W_OK):
        # Found out too late by send2trash: the trash would list a file that isn't in it.
        raise OSError(errno.EACCES, "its folder can't be written")
    try:
        send2trash(path)
    except TrashPermissionError as err:
        raise OSError(errno.EACCES, "there is no trash on its file system") from err
    except UnicodeError as err:
        raise OSError(errno.EILSEQ, "the trash takes no names that are not UTF-8") from err
    except OSError as err:
        raise OSError(err.errno, f"it can't be put in the trash: {err.strerror or err}") from err
    if os.path.lexists(path):
        raise OSError(errno.EIO, "the trash did not take it")


@dataclass(frozen=True, slots=True)
class Trashed:
    """A file in the trash.

    Attributes:
        path: where it is.
        info: the file that says where it was.
    """

    path: str
    info: str


class Trash:
    """The user's trash, as it is when it is first asked for."""

    def __init__(self) -> None:
        self._files_in = cache(_files_in)

    def find(self, path: str) -> Iterator[Trashed]:
        """Yield the files that were at `path` before they were put in the trash, the latest first.

        Raises:
            OSError: on this system only its own trash can tell.
        """
        if sys.platform in {"darwin", "win32"}:
            how = "'Put Back'" if sys.platform == "darwin" else "'Restore'"
            raise OSError(errno.ENOTSUP, f"open the trash, select it there and choose {how}")
        place = _place(path)
        for folder, top in _trash_folders(path):
            found = self._files_in(folder, top).get(place, [])
            yield from sorted(found, key=lambda one: _time(one.info), reverse=True)


def _trash_folders(path: str) -> Iterator[tuple[str, str]]:
    """Return the trash folders for `path`, and the folder that paths in each begin at."""
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    yield os.path.join(data, "Trash"), data
    top = os.path.realpath(os.path.dirname(path))
    while not os.path.ismount(top):
        top = os.path.dirname(top)
    if hasattr(os, "getuid"):
        yield os.path.join(top, ".Trash", str(os.getuid())), top
        yield os.path.join(top, f".Trash-{os.getuid()}"), top


def _files_in(folder: str, top: str) -> dict[str, list[Trashed]]:
    """Return the files in a trash folder by where they were."""
    found: dict[str, list[Trashed]] = {}
    with suppress(OSError):
        for name in os.listdir(os.path.join(folder, "info")):
            info = os.path.join(folder, "info", name)
            path = os.path.join(folder, "files", name.removesuffix(_INFO))
            if name.endswith(_INFO) and os.path.lexists(path) and (origin := _origin(info)):
                place = _place(os.path.join(top, origin))
                found.setdefault(place, []).append(Trashed(path, info))
    return found


def _origin(info: str) -> str | None:
    with suppress(OSError), open(info, "rb") as file:
        for line in file:
            if line.startswith(b"Path="):
                return os.fsdecode(unquote_to_bytes(line.removeprefix(b"Path=").strip()))
    return None


def _place(path: str) -> str:
    folder, name = os.path.split(os.path.normpath(path))
    return os.path.join(os.path.realpath(folder), name)


def _time(info: str) -> int:
    with suppress(OSError):
        return os.stat(info).st_mtime_ns
    return 0
