"""One file in a store, or one answer of the store, bounded in time and in size."""

import asyncio
import os
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from ...errors import (
    DownloadError,
    MissingPackage,
    PictureError,
    PictureNotFound,
    PictureTooLarge,
    UnreadablePicture,
)
from ...protocol.redact import redact, redact_exception
from ..limits import Limits
from ..naming import named, printable, reason
from .stores import STORES, Listed, Page

Result = TypeVar("Result")

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Access:
    """Calls about one URL, which together take no more than `max_seconds`.

    Each raises a `PictureError` where there is no such thing, or it can't be reached or seen.

    Args:
        url: of a file, a folder, or a pattern of files.
        limits: `max_seconds`, `max_bytes`, and `allow_private`, which must be True.

    Attributes:
        bucket: its name.
        key: what follows it in the URL, to the letter.

    Raises:
        DownloadError: such URLs are not read, or not with these limits.
    """

    def __init__(self, url: str, limits: Limits) -> None:
        self.source = named(url)
        self._url = url
        self._limits = limits
        self._until = time.monotonic() + limits.max_seconds
        scheme, _, rest = url.partition("://")
        self._scheme = scheme.lower()
        self.bucket, _, self.key = rest.partition("/")
        self._check()
        self._store = STORES[self._scheme]

    def look_up(self) -> Listed | None:
        """Return what the store tells of it; None for a folder."""
        told: Mapping[str, Any] = self._call(lambda system: system._info(self._path))
        if told.get("type") != "file":
            return None
        return Listed(self._url, int(told["size"]), self._store.version(told))

    def file(self) -> Listed:
        """Return what the store tells of a file; a folder is a `PictureError`."""
        found = self.look_up()
        if found is None:
            raise UnreadablePicture(
                self.source, "it is a folder; 'imagematch add' takes those, or give the files in it"
            )
        return found

    def head(self, size: int) -> bytes:
        """Return the first bytes of a file that has some."""
        return bytes(self._call(lambda system: system._cat_file(self._path, start=0, end=size)))

    def content(self, size: int) -> bytes:
        """Return all bytes of a file as it is now, which was told to have this size."""
        most = self._limits.max_bytes
        data = b""
        if 0 < size <= most:  # of nothing, stores refuse to give a part
            data = self.head(most + 1)
        if max(size, len(data)) > most:
            raise PictureTooLarge(
                self.source, f"it has more than the {most:,} bytes that Limits.max_bytes allows"
            )
        return data

    def page(self, prefix: str, after: str | None) -> Page:
        """Return one answer of a listing of its bucket; see `BucketStore.page`."""
        return self._call(lambda system: self._store.page(system, self.bucket, prefix, after))

    @property
    def _path(self) -> str:
        return f"{self.bucket}/{self.key}"

    def _check(self) -> None:
        scheme = printable(self._scheme)
        if self._scheme not in STORES:
            known = ", ".join(f"{name}://" for name in ("https", "http", *STORES))
            advice = "give the path without it" if scheme == "file" else f"those are {known}"
            raise DownloadError(self.source, f"URLs of {scheme}:// are not read; {advice}")
        if not self._limits.allow_private:
            raise DownloadError(
                self.source,
                f"{scheme}:// is read with the rights of this machine, and Limits.allow_private "
                "is False; fetch it yourself and pass the bytes on",
            )
        if not _BUCKET.fullmatch(self.bucket):
            raise DownloadError(
                self.source,
                f"after {scheme}:// stands the name of a bucket, nothing else; user and password "
                f"are found by {STORES[self._scheme].package}, in the environment and elsewhere",
            )

    def _call(self, work: Callable[[Any], Awaitable[Result]]) -> Result:
        try:
            from fsspec.asyn import get_loop, sync  # noqa: PLC0415 - an extra
        except ImportError:
            raise self._missing() from None

        async def run() -> Result:
            # What connects may wait for a network too.
            system = await asyncio.to_thread(connected, self._scheme, os.getpid())
            return await work(system)

        left = max(self._until - time.monotonic(), 0.001)  # 0 is forever to fsspec
        try:
            result: Result = sync(get_loop(), run, timeout=left)
        except ImportError:
            raise self._missing() from None
        except TimeoutError as err:
            raise self._failure(err) from None
        except Exception as err:  # noqa: BLE001 - clients raise every type there is
            cause = redact_exception(err)
            raise self._failure(err) from cause
        return result

    def _missing(self) -> MissingPackage:
        return MissingPackage(
            self.source,
            f"{self._scheme}:// is read by {self._store.package}, which is not installed: "
            "pip install 'imagematch-core[remote]'",
        )

    def _failure(self, err: Exception) -> PictureError:
        why = redact(reason(err))
        if isinstance(err, TimeoutError) and time.monotonic() >= self._until:
            seconds = f"{self._limits.max_seconds:g} s of Limits.max_seconds"
            return DownloadError(self.source, f"not complete within the {seconds}")
        if isinstance(err, FileNotFoundError):
            return PictureNotFound(self.source, f"there is no such file or bucket ({why})")
        if isinstance(err, PermissionError):
            return UnreadablePicture(self.source, f"access is denied ({why})")
        return DownloadError(self.source, f"it can't be read: {why}")


@lru_cache(maxsize=8)
def connected(scheme: str, _process: int) -> Any:
    """Return the file system of a scheme, one for all threads of a process."""
    return STORES[scheme].connect()
