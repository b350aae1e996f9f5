"""Folders, buckets and patterns → the files in them."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import PurePath

from ..errors import PictureError, PictureNotFound, UnreadablePicture
from .camera_raw import has_raw_suffix
from .limits import Limits
from .naming import named
from .selection import PassedOver, Selection, is_hidden, trash_around
from .source import BucketFile, LocalFile, Source, absolute, source_of

PICTURE_SUFFIXES = frozenset(
    """
    .apng .avif .bmp .dib .gif .heic .heics .heif .heifs .hif .ico .icns .j2k .jfif .jp2 .jpe
    .jpeg .jpf .jpg .jpx .mpo .pbm .pcx .pgm .png .pnm .ppm .psd .qoi .tga .tif .tiff .webp
    """.split()  # noqa: SIM905 - forty quotes don't help
)
"""Of files that are expected to be pictures, so that one that is none is a failure."""


UNREAD_SUFFIXES = frozenset(
    ".ai .cdr .dds .emf .eps .exr .hdr .jxl .kra .ora .psb .svg .svgz .wmf .xcf".split()  # noqa: SIM905
)
"""Of pictures that no decoder of ours reads. Copies of them are seen only if they are exact."""


def is_called_a_picture(path: str | os.PathLike[str]) -> bool:
    """Return whether the file calls itself a picture of any kind, also of one that is not read."""
    return (
        has_picture_suffix(path)
        or has_raw_suffix(path)
        or PurePath(path).suffix.lower() in UNREAD_SUFFIXES
    )


def has_picture_suffix(path: str | os.PathLike[str]) -> bool:
    """Return whether the file calls itself a picture."""
    return PurePath(path).suffix.lower() in PICTURE_SUFFIXES


def pictures_in(
    sources: Iterable[Source],
    limits: Limits,
    on_error: Callable[[PictureError], object],
    selection: Selection = Selection(),
    on_passed_over: Callable[[PassedOver], object] = lambda _: None,
) -> Iterator[Source]:
    """Yield the sources, and in place of folders and patterns the files that they mean.

    Args:
        sources: buckets are listed as their files are asked for.
        limits: on what is asked of a bucket.
        on_error: called with what can't be read or listed; the rest goes on.
    """
    for source in sources:
        if isinstance(source, LocalFile):
            yield from map(LocalFile, walk([source.file], on_error, selection, on_passed_over))
        elif isinstance(source, BucketFile):
            from .buckets.walking import files_at  # noqa: PLC0415 - what it imports takes time

            try:
                yield from (BucketFile(*file) for file in files_at(source.url, limits))
            except PictureError as err:
                on_error(err)
        else:
            yield source


def walk(
    roots: Iterable[str | os.PathLike[str]],
    on_error: Callable[[PictureError], object] | None = None,
    selection: Selection = Selection(),
    on_passed_over: Callable[[PassedOver], object] = lambda _: None,
) -> Iterator[str]:
    """Yield the regular files under `roots`, each folder's in the order of their names.

    Links are followed only where they are named as roots: inside a folder they lead to pictures
    that have a place of their own, or round in circles. Trash is never searched.

    Args:
        roots: folders, or files, which are yielded as they are.
        on_error: called with what can't be read; the rest goes on. Without it, the error is raised.
        selection: which files and folders in the roots are taken.
        on_passed_over: called for each file, folder or root that nobody excluded and that is
            passed over all the same, with the reason.

    Raises:
        PictureError: something can't be read, and there is no `on_error`.
    """
    if on_error is None:
        on_error = _raise
    for root in roots:
        name = os.fspath(root)
        if os.path.lexists(name) and trash_around(name):
            on_passed_over(PassedOver.TRASH)
        elif os.path.isdir(name):
            yield from _walk_folder(name, on_error, selection, on_passed_over)
        elif os.path.lexists(name):
            yield name
        elif isinstance(source_of(name), LocalFile):
            on_error(PictureNotFound(named(name), "there is no such file or folder"))
        else:
            reason = "it is a URL; give files and folders of this machine"
            on_error(PictureNotFound(named(name), reason))


def _raise(error: PictureError) -> None:
    raise error


def _walk_folder(
    root: str,
    on_error: Callable[[PictureError], object],
    selection: Selection,
    on_passed_over: Callable[[PassedOver], object],
) -> Iterator[str]:
    def is_searched(entry: os.DirEntry[str]) -> bool:
        if not selection.takes_folder(relative(entry)):
            return False
        why = selection.why_not_searched(entry.path)
        if why is None and not selection.hidden and is_hidden(entry):
            why = PassedOver.HIDDEN
        if why is not None:
            on_passed_over(why)
        return why is None

    def relative(entry: os.DirEntry[str]) -> str:
        return entry.path.removeprefix(os.path.join(root, "")).replace(os.sep, "/")

    ahead = [(root, True)]
    while ahead:
        path, is_folder = ahead.pop()
        if not is_folder:
            yield path
            continue
        try:
            with os.scandir(path) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as err:
            reason = f"the folder can't be read: {err.strerror}"
            on_error(UnreadablePicture(named(path), reason))
            continue
        inside = []
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                if is_searched(entry):
                    inside.append((entry.path, True))
            elif entry.is_file(follow_symlinks=False):
                # A file may be gone by the time its size is asked for.
                with suppress(FileNotFoundError):
                    if not selection.hidden and is_hidden(entry):
                        on_passed_over(PassedOver.HIDDEN)
                    elif selection.takes_file(entry, relative(entry)):
                        inside.append((entry.path, False))
        ahead += reversed(inside)


class Inside:
    """The content of certain folders, at any depth and by whatever names these are reached.

    `path in Inside(folders)` looks at the folders of the path itself and of what it leads to.
    """

    def __init__(self, folders: Iterable[str | os.PathLike[str]]) -> None:
        self._folders = {found for folder in folders if (found := _identity(folder))}
        self._known: dict[str, bool] = {}

    def __contains__(self, path: str) -> bool:
        if not self._folders:
            return False
        places = {absolute(path), os.path.realpath(path)}
        return any(self.covers(os.path.dirname(place)) for place in places)

    def covers(self, folder: str) -> bool:
        """Return whether `folder` is one of the folders, or in one."""
        folder = absolute(folder)
        if folder not in self._known:
            chain: list[str | os.PathLike[str]] = [folder, *PurePath(folder).parents]
            self._known[folder] = not self._folders.isdisjoint(map(_identity, chain))
        return self._known[folder]


def _identity(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    with suppress(OSError):
        found = os.stat(path)
        return found.st_dev, found.st_ino
    return None
