"""Files that belong to a picture: the video of a live photo, and sidecars with edits or dates."""

import os
import re
from functools import lru_cache

from ..sources.camera_raw import has_raw_suffix
from ..sources.folders import has_picture_suffix

_ENDINGS = frozenset({".xmp", ".aae", ".json", ".mov", ".mp4"})
"""Of companions, in lower case: Adobe's and darktable's edits, Apple's, Google's export, videos."""


_NUMBER = re.compile(r"\(\d+\)$")


class Companions:
    """Finds the companions of pictures. Each folder is read once."""

    def __init__(self) -> None:
        self._names = lru_cache(maxsize=1_000)(_names_of)

    def of(self, path: str) -> list[str]:
        """Return the files that belong to a picture alone, in the order of their names.

        They are called as the picture is, with another ending or with more endings. One that is
        called as several pictures are belongs to none of them.
        """
        folder, name = os.path.split(path)
        stem, ending = os.path.splitext(name)
        beside = self._names(folder).get(stem.lower(), [])
        is_shared = any(
            other != name and (has_picture_suffix(other) or has_raw_suffix(other))
            for other in beside
        )
        alike = [] if is_shared else beside
        longer = self._names(folder).get(name.lower(), [])
        return [
            os.path.join(folder, other)
            for other in sorted({*alike, *longer} - {name})
            if os.path.splitext(other)[1].lower() in _ENDINGS - {ending.lower()}
        ]


def _names_of(folder: str) -> dict[str, list[str]]:
    """Return the names in a folder by what stands before the ending, in lower case.

    Those that are called after a whole name of a picture are found by that as well.
    """
    names: dict[str, list[str]] = {}
    try:
        with os.scandir(folder or ".") as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    stem = os.path.splitext(entry.name)[0].lower()
                    for key in {stem, _picture_of(stem)}:
                        names.setdefault(key, []).append(entry.name)
    except OSError:  # then nothing in it can be acted on either, which is told there
        return {}
    return names


def _picture_of(stem: str) -> str:
    """Return the whole name of a picture that a file is called after, else what was given.

    Google's export calls them photo.jpg.supplemental-metadata.json, cut somewhere where that is too
    long, and those of photo(1).jpg photo.jpg.supplemental-metadata(1).json or photo.jpg(1).json.
    """
    number = _NUMBER.search(stem)
    name = stem.removesuffix(number[0]) if number else stem
    for called in (name, os.path.splitext(name)[0]):
        if has_picture_suffix(called) or has_raw_suffix(called):
            base, ending = os.path.splitext(called)
            return f"{base}{number[0] if number else ''}{ending}"
    return stem
