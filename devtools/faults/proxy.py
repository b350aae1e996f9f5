"""A proxy for TCP that breaks what goes through it."""

import random
import socket
import struct
import threading
import time
from contextlib import suppress
from enum import Enum
from typing import Self

from devtools.servers.recipe import HOST

CHUNK = 4096


class Breach(Enum):
    """What happens to a connection after some bytes of the server's answers."""

    NONE = "nothing"
    CUT = "cut"
    RESET = "reset"
    DELAY = "delay"
    HANG = "hang"
    DRIBBLE = "dribble"


class Proxy:
    """Listens on a port of its own and passes on to another.

    Attributes:
        port: where it listens.
        breach: what happens to each connection from now on.
        broken: how often it has.
    """

    def __init__(self, target: int) -> None:
        self.breach = Breach.NONE
        self.broken = 0
        self._target = target
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection((HOST, self._target))
                except OSError:
                    client.close()
                    continue
                for pair in ((client, server), (server, client)):
                    passing = self._answer if pair[0] is server else self._ask
                    threading.Thread(target=passing, args=pair, daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(CHUNK):
                server.sendall(data)
        _close(server)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        left = random.randrange(20_000)
        with suppress(OSError):
            while data := server.recv(CHUNK):
                left -= len(data)
                if left > 0 or self.breach is Breach.NONE:
                    client.sendall(data)
                    continue
                left = random.randrange(20_000)
                self.broken += 1
                if not _break(self.breach, client, data):
                    break
        _close(client)
        _close(server)


def _break(breach: Breach, client: socket.socket, data: bytes) -> bool:
    """Send a part of `data` only, or late; return whether the connection goes on."""
    match breach:
        case Breach.CUT:
            client.sendall(data[: random.randrange(len(data))])
            return False
        case Breach.RESET:
            client.sendall(data[: random.randrange(len(data))])
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            return False
        case Breach.HANG:
            client.sendall(data[: random.randrange(len(data))])
            time.sleep(8)
            return False
        case Breach.DELAY:
            time.sleep(random.uniform(0.2, 3))
            client.sendall(data)
        case _:
            for at in range(0, len(data), 100):
                client.sendall(data[at : at + 100])
                time.sleep(0.02)
    return True


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
