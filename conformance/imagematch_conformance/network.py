"""A TCP server that forwards to a database, until it is told to swallow everything."""

import selectors
import socket
import threading
from contextlib import suppress
from typing import Self


class Relay:
    """Listens on a free local port. Use it as a context manager.

    Args:
        target: the address to forward to; None swallows from the beginning: connections are
            accepted, and nothing is ever answered.

    Attributes:
        host, port: where it listens.
    """

    def __init__(self, target: tuple[str, int] | None = None) -> None:
        self._target = target
        self._swallowing = target is None
        self._stopping = threading.Event()
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: dict[socket.socket, socket.socket | None] = {}
        self.host, self.port = self._listener.getsockname()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def swallow(self) -> None:
        """From now on forward nothing, in either direction."""
        self._swallowing = True

    def __enter__(self) -> Self:
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stopping.set()
        self._thread.join()
        self._selector.close()
        for one in (self._listener, *self._sockets):
            one.close()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            for key, _ in self._selector.select(timeout=0.05):
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.fileobj, socket.socket):
                    self._forward(key.fileobj)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        server = None
        if self._target is not None and not self._swallowing:
            server = socket.create_connection(self._target)
            self._watch(server, client)
        self._watch(client, server)

    def _watch(self, one: socket.socket, other: socket.socket | None) -> None:
        self._sockets[one] = other
        self._selector.register(one, selectors.EVENT_READ)

    def _forward(self, source: socket.socket) -> None:
        other = self._sockets[source]
        data = b""
        with suppress(OSError):
            data = source.recv(1 << 16)
        if not data:
            self._selector.unregister(source)
            if other is not None:
                with suppress(OSError):
                    other.shutdown(socket.SHUT_WR)
        elif other is not None and not self._swallowing:
            with suppress(OSError):
                other.sendall(data)


def closed_port() -> int:
    """A local port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
