"""An HTTP node that bounds the whole of an answer.

urllib3's time-out is that of each read of a socket: a server, or a proxy, that sends a byte now
and then is waited for without end.
"""

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

from elastic_transport import Urllib3HttpNode


class BoundedNode(Urllib3HttpNode):
    """Sends requests with urllib3, and reads each answer within the request's time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        connection = self.pool.ConnectionCls
        self.pool.ConnectionCls = type(
            connection.__name__, (connection,), {"response_class": _BoundedResponse}
        )


class _BoundedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_BoundedReader(sock))


class _BoundedReader(io.RawIOBase):
    """Reads from a socket until the time for one answer is over."""

    def __init__(self, sock: socket.socket) -> None:
        seconds = sock.gettimeout()
        self._until = None if seconds is None else time.monotonic() + seconds
        self._socket = sock
        self._file = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._until is not None:
            # Not 0, which would mean not to wait at all.
            self._socket.settimeout(max(0.001, self._until - time.monotonic()))
        return self._file.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
            super().close()
