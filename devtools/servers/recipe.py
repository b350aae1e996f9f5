"""What each kind of server says of itself."""

import os
import random
import signal
import socket
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
# Below the range from which the system takes ports for outgoing connections.
PORTS = range(20_000, 32_000)


@dataclass(frozen=True)
class Place:
    """Where one server runs.

    Attributes:
        folder: Everything that it writes; a new folder, which the server's user may write to.
        port: On 127.0.0.1.
        user: Whom it runs as, None for ourselves.
    """

    folder: Path
    port: int
    user: str | None


class Recipe(ABC):
    """How to start one server; knows its program and settings, and starts nothing itself."""

    name: str
    stop_signal = signal.SIGTERM
    seconds = 300

    @property
    @abstractmethod
    def version(self) -> str:
        """The version that will run."""

    @abstractmethod
    def prepare(self, place: Place) -> None:
        """Fill the new folder."""

    @abstractmethod
    def command(self, place: Place) -> list[str]:
        """Return the command that runs the server in the foreground."""

    @abstractmethod
    def ready(self, place: Place) -> bool:
        """Return whether the server answers; asked again and again after the start."""

    @abstractmethod
    def url(self, place: Place) -> str:
        """Return the URL for a driver."""

    def environment(self, place: Place) -> dict[str, str]:
        """Return the server's whole environment: nothing of ours changes how it runs."""
        path = os.environ.get("PATH", os.defpath)
        return {"PATH": path, "HOME": str(place.folder), "LANG": "C.UTF-8", "TZ": "UTC"}


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        return port
