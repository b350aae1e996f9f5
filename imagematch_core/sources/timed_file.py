"""A file whose reader has only so much processor time."""

import threading
import time
from typing import Any, BinaryIO

from ..errors import PictureTooSlow

_SMALL = 64
"""Bytes. Some decoders read one at a time: of such reads every 64th looks at the clock."""


class TimedFile:
    """A file that stops giving bytes once its reader has used up its processor time.

    Decoders that read little by little are bounded so, without another process: those written in
    Python, and JPEG, PNG and GIF. The time is that of the thread that reads.
    """

    def __init__(self, file: BinaryIO, source: str, seconds: float) -> None:
        self._file = file
        self._read = file.read
        self._source = source
        self._seconds = seconds
        self._thread = 0
        self._until = 0.0
        self._small_reads = 0

    def read(self, size: int = -1) -> bytes:
        """Read as a file does.

        Raises:
            PictureTooSlow: time is up.
        """
        if 0 <= size <= _SMALL:
            self._small_reads += 1
            if self._small_reads % 64:
                return self._read(size)
        self._check()
        return self._read(size)

    def readline(self, size: int = -1) -> bytes:
        """Read a line; as `read`."""
        self._check()
        return self._file.readline(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Seek as a file does; as `read`."""
        self._check()
        return self._file.seek(offset, whence)

    def __getattr__(self, name: str) -> Any:
        """Everything else is that of the file: libtiff takes `fileno` or `getvalue`."""
        return getattr(self._file, name)

    def _check(self) -> None:
        if self._thread != threading.get_ident():
            self._thread = threading.get_ident()
            self._until = time.thread_time() + self._seconds
        elif time.thread_time() > self._until:
            raise PictureTooSlow(
                self._source,
                f"it takes longer than the {self._seconds:g} s of Limits.max_decoding_seconds",
            )
