"""Which files and folders are passed over while folders are searched."""

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import PurePath

from pathspec import GitIgnoreSpec

_TRASHES = frozenset(
    {
        "$recycle.bin",
        "recycler",
        "recycled",
        "#recycle",
        "@recycle",
        ".recycle",
        ".trash",
        ".trashes",
        ".dtrash",
    }
)
"""Names of trash folders in lower case: of Windows, Synology, QNAP, Samba, macOS and
digiKam."""
_TRASH_OF_A_USER = re.compile(r"\.trash-\d+", re.IGNORECASE)
"""On a disk of its own, by the freedesktop specification."""
_PREVIEWS = frozenset({"@eadir", ".@__thumb", ".thumbnails", ".thumbs", ".picasaoriginals"})
"""Names of folders in which programs keep thumbnails, in lower case."""
_SNAPSHOTS = frozenset(
    {"#snapshot", "@recently-snapshot", "~snapshot", ".snapshot", ".snapshots", ".zfs"}
)
"""Names of folders that hold earlier states of others, in lower case: of Synology, QNAP, NetApp,
Snapper and ZFS. They go by themselves, and with them a copy that was kept there."""
_LIBRARIES = frozenset({".photoslibrary", ".photolibrary", ".migratedphotolibrary", ".aplibrary"})
"""Endings of folders whose files a program manages: Apple's Photos, iPhoto and Aperture."""
_THUMBNAIL_CACHE = (".cache", "thumbnails")


class PassedOver(StrEnum):
    """Why a file or folder that nobody excluded is passed over."""

    TRASH = "trash"
    PREVIEWS = "thumbnails"
    SNAPSHOTS = "snapshots"
    LIBRARY = "library"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Selection:
    """Which files are taken from the folders that are searched.

    Patterns are those of a .gitignore, relative to the folder that is searched. Trash folders,
    folders of thumbnails or snapshots, and libraries of programs in it are never searched, whatever
    is asked for.

    Attributes:
        exclude: patterns of files and folders that are passed over.
        include: patterns of the only files that are taken; empty for all.
        hidden: whether hidden files and folders are taken too.
        recursive: whether folders in folders are searched.
        min_size: bytes; smaller files are passed over.
    """

    exclude: Sequence[str] = ()
    include: Sequence[str] = ()
    hidden: bool = False
    recursive: bool = True
    min_size: int = 0

    def why_not_searched(self, folder: str) -> PassedOver | None:
        """Return why a folder, named by its path, is never searched, None if it is searched."""
        if is_trash(folder):
            return PassedOver.TRASH
        name = os.path.basename(folder)
        if name.lower() in _PREVIEWS or PurePath(folder).parts[-2:] == _THUMBNAIL_CACHE:
            return PassedOver.PREVIEWS
        if name.lower() in _SNAPSHOTS:
            return PassedOver.SNAPSHOTS
        if PurePath(name).suffix.lower() in _LIBRARIES:
            return PassedOver.LIBRARY
        return None

    def takes_folder(self, relative: str) -> bool:
        """Return whether a folder is searched, by its path in the one that is searched."""
        return self.recursive and not self._excluded.match_file(relative + "/")

    def takes_file(self, entry: os.DirEntry[str], relative: str) -> bool:
        """Return whether a file is taken, by its path in the folder that is searched."""
        return (
            not self._excluded.match_file(relative)
            and (self._included is None or self._included.match_file(relative))
            and (not self.min_size or entry.stat(follow_symlinks=False).st_size >= self.min_size)
        )

    @cached_property
    def _excluded(self) -> GitIgnoreSpec:
        return GitIgnoreSpec.from_lines(self.exclude)

    @cached_property
    def _included(self) -> GitIgnoreSpec | None:
        return GitIgnoreSpec.from_lines(self.include) if self.include else None


def is_hidden(entry: os.DirEntry[str]) -> bool:
    """Return whether the system hides a file or folder from its user."""
    if entry.name.startswith("."):
        return True
    attributes = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)  # Windows
    return bool(attributes & getattr(stat, "FILE_ATTRIBUTE_HIDDEN", 0))


def is_trash(folder: str) -> bool:
    """Return whether a folder is a trash folder of any system, by its path."""
    name = os.path.basename(folder)
    if name.lower() in _TRASHES or _TRASH_OF_A_USER.fullmatch(name):
        return True
    # The trash in a user's home, by the freedesktop specification.
    return name == "Trash" and all(
        os.path.isdir(os.path.join(folder, part)) for part in ("files", "info")
    )


def trash_around(path: str) -> str | None:
    """Return the trash folder that a file or folder is, or is in; None if there is none."""
    for place in dict.fromkeys((os.path.abspath(path), os.path.realpath(path))):
        for folder in (place, *map(str, PurePath(place).parents)):
            if is_trash(folder):
                return folder
    return None
