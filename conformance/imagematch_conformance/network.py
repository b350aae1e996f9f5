"""A TCP server that forwards to a database, until it is told to swallow everything."""

import selectors
import socket
import threading
import time
from contextlib import suppress
from typing import Self

TRICKLE = 0.05
"""Seconds between two bytes of a server that trickles."""


class Relay:
    """Listens on a free local port. Use it as a context manager, or `start` and `stop` it.

    Args:
        target: the address to forward to; None swallows from the beginning: connections are
            accepted, and nothing is ever answered.

    Attributes:
        host, port: where it listens.
        requests: how many pieces it has forwarded to the server: of a client that waits for each
            answer, about as many as it has sent requests.
    """

    def __init__(self, target: tuple[str, int] | None = None) -> None:
        self.requests = 0
        self._target = target
        self._swallowing = target is None
        self._trickling = False
        self._left: int | None = None
        self._until: float | None = None
        self._stopping = threading.Event()
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: dict[socket.socket, socket.socket | None] = {}
        self._servers: set[socket.socket] = set()
        self.host, self.port = self._listener.getsockname()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def swallow(self, seconds: float | None = None) -> None:
        """From now on forward nothing, in either direction; after some seconds hang up."""
        self._until = None if seconds is None else time.monotonic() + seconds
        self._swallowing = True

    def trickle(self, seconds: float) -> None:
        """From now on forward what servers say byte by byte; after some seconds hang up."""
        self._until = time.monotonic() + seconds
        self._trickling = True

    def cut_after(self, requests: int) -> None:
        """Forward so many more requests, then hang up before they are answered, and for good."""
        self._left = requests

    def hang_up(self) -> None:
        """Close all connections; new ones are forwarded as before."""
        self._until = time.monotonic()

    def start(self) -> None:
        """Begin to listen."""
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread.start()

    def stop(self) -> None:
        """Close everything; a second time does nothing."""
        self._stopping.set()
        self._thread.join()
        self._selector.close()
        for one in (self._listener, *self._sockets):
            one.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            for key, _ in self._selector.select(timeout=0.02):
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._sockets:
                    self._forward(key.fileobj)
            if self._until is not None and time.monotonic() >= self._until:
                self._until = None
                self._close_all()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        if self._left == 0:
            client.close()
            return
        server = None
        if self._target is not None and not self._swallowing:
            server = socket.create_connection(self._target)
            self._servers.add(server)
            self._watch(server, client)
        self._watch(client, server)

    def _watch(self, one: socket.socket, other: socket.socket | None) -> None:
        self._sockets[one] = other
        self._selector.register(one, selectors.EVENT_READ)

    def _forward(self, source: socket.socket) -> None:
        other = self._sockets[source]
        from_server = source in self._servers
        data = b""
        with suppress(OSError):
            data = source.recv(1 if self._trickling and from_server else 1 << 16)
        if not data:
            self._selector.unregister(source)
            if other is not None:
                with suppress(OSError):
                    other.shutdown(socket.SHUT_WR)
        elif self._left == 0:
            self._close_all()
        elif other is not None and not self._swallowing:
            with suppress(OSError):
                other.sendall(data)
            if from_server:
                if self._trickling:
                    time.sleep(TRICKLE)
            else:
                self._count()

    def _count(self) -> None:
        self.requests += 1
        if self._left:
            self._left -= 1

    def _close_all(self) -> None:
        for one in self._sockets:
            with suppress(KeyError, ValueError):
                self._selector.unregister(one)
            one.close()
        self._sockets.clear()
        self._servers.clear()


def closed_port() -> int:
    """Return a local port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
