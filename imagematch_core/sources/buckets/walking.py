"""A URL of a file, a folder or a pattern → the files that it means, as a stream."""

import re
from collections.abc import Iterator

from ...errors import DownloadError, PictureNotFound
from ..limits import Limits
from .access import Access
from .stores import Listed

_MAGIC = re.compile(r"[*?\[]")


def files_at(url: str, limits: Limits) -> Iterator[Listed]:
    """Yield the files that a URL means, in the order of their keys, each page when it is asked for.

    Args:
        url: of a file; of a folder, for all that is in it; or a pattern, in which `*`, `?` and
            `[…]` stand for characters other than a slash, and `**` for any number of folders. A
            pattern that fits a folder means all that is in it. A file of that very name comes
            first.
        limits: `max_seconds` for each answer of the store, `allow_private`.

    Raises:
        PictureError: something can't be listed, or there is nothing.
    """
    access = Access(url, limits)
    magic = _MAGIC.search(access.key)
    prefix = access.key
    if prefix and not prefix.endswith("/"):
        try:
            file = access.look_up()
        except PictureNotFound:
            if magic is None:
                raise
            prefix = access.key[: magic.start()]
        else:
            if file is not None:
                yield file
                return
            prefix, magic = f"{prefix}/", None
    elif magic is not None:
        prefix = access.key[: magic.start()]
    fits = _matcher(access) if magic else re.compile("")
    found = False
    start = len(url) - len(access.key)
    for file in _listed(url, limits, prefix):
        if fits.match(file.url, start):
            found = True
            if not file.url.endswith("/"):
                yield file
    if access.key and not found:
        what = "nothing there fits the pattern" if magic else "there is no such folder"
        raise PictureNotFound(access.source, what)


def _listed(url: str, limits: Limits, prefix: str) -> Iterator[Listed]:
    after = None
    while True:
        page = Access(url, limits).page(prefix, after)
        yield from page.files
        after = page.next
        if after is None:
            return


def _matcher(access: Access) -> re.Pattern[str]:
    from fsspec.utils import glob_translate  # noqa: PLC0415 - an extra

    pattern = access.key.rstrip("/")
    try:
        return re.compile("|".join(map(glob_translate, (pattern, f"{pattern}/**"))))
    except (ValueError, re.error):
        raise DownloadError(
            access.source, "this pattern can't be read; '**' stands alone, between two slashes"
        ) from None
