"""A toy database with a password, its sound driver, and wrong ones."""

import pickle
import re
import socket
import socketserver
import struct
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar, Self

from imagematch_core.drivers.memory import MemoryDriver
from imagematch_core.protocol import (
    Candidate,
    Capability,
    Closed,
    Driver,
    ErrorKind,
    InvalidTarget,
    Query,
    Record,
    Stored,
)

from imagematch_conformance import Impossible, Stage

URL = re.compile(r"[a-z-]+://user:(?P<password>[^@]*)@(?P<host>[^:/]+):(?P<port>\d+)/")


class WrongPassword(Exception):
    """Raised by the server."""


def send(to: socket.socket, message: object) -> None:
    data = pickle.dumps(message)
    to.sendall(struct.pack(">I", len(data)) + data)


def receive(source: socket.socket) -> Any:
    (length,) = struct.unpack(">I", _exactly(source, 4))
    return pickle.loads(_exactly(source, length))


def _exactly(source: socket.socket, count: int) -> bytes:
    parts = b""
    while len(parts) < count:
        part = source.recv(count - len(parts))
        if not part:
            raise ConnectionResetError("the connection was closed")
        parts += part
    return parts


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while True:
            try:
                password, index, method, arguments = receive(self.request)
            except OSError:
                return
            try:
                if password != "secret":
                    raise WrongPassword("password authentication failed")
                with MemoryDriver.connect(f"memory://toy-{id(self.server)}", index) as driver:
                    answer = (True, getattr(driver, method)(*arguments))
            except Exception as err:  # noqa: BLE001 - raised again in the client
                answer = (False, err)
            send(self.request, answer)


@contextmanager
def toy_server() -> Iterator[str]:
    """Serve on a free port; yield host and port."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class ToyDriver(Driver):
    """Opens a connection for each call."""

    api = (1, 0)
    capabilities = frozenset(Capability)
    caught_by: ClassVar[str]

    def __init__(self, parts: "re.Match[str]", index: str, timeout: float) -> None:
        super().__init__(timeout)
        self._parts, self._index, self._closed = parts, index, False

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        match = URL.fullmatch(target)
        if match is None or options:
            raise InvalidTarget("give toy://user:password@host:port/")
        return cls(match, index, timeout)

    @classmethod
    def classify(cls, exc: BaseException) -> ErrorKind | None:
        if isinstance(exc, WrongPassword):
            return ErrorKind.AUTH
        if isinstance(exc, TimeoutError):
            return ErrorKind.TIMEOUT
        return ErrorKind.UNAVAILABLE if isinstance(exc, ConnectionError) else None

    def seconds(self) -> float | None:
        """The time-out of sockets."""
        return max(0.001, self.remaining())

    def _call(self, method: str, *arguments: Any) -> Any:
        if self._closed:
            raise Closed("closed")
        address = (self._parts["host"], int(self._parts["port"]))
        with socket.create_connection(address, self.seconds()) as connection:
            send(connection, (self._parts["password"], self._index, method, arguments))
            good, answer = receive(connection)
        if not good:
            raise answer
        return answer

    def info(self) -> str | None:
        found: str | None = self._call("info")
        return found

    def create(self, info: str) -> str:
        text: str = self._call("create", info)
        return text

    def put(self, records: Sequence[Record]) -> None:
        self._call("put", records)

    def delete(self, ids: Sequence[str]) -> int:
        count: int = self._call("delete", ids)
        return count

    def get(self, ids: Sequence[str]) -> list[Stored]:
        found: list[Stored] = self._call("get", ids)
        return found

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        found: list[list[Candidate]] = self._call("candidates", queries)
        return found

    def scan(self, after: str | None, limit: int, tags: Sequence[str] = ()) -> list[Stored]:
        found: list[Stored] = self._call("scan", after, limit, tags)
        return found

    def count(self) -> int:
        count: int = self._call("count")
        return count

    def refresh(self) -> None:
        self._call("refresh")

    def drop(self) -> None:
        self._call("drop")

    def close(self) -> None:
        self._closed = True

    def server_version(self) -> str:
        self._call("info")
        return "Toy 1.0"


class ToyStage(Stage):
    """There is no way into the toy's memory."""

    def stranger(self, index: str) -> AbstractContextManager[Any]:
        raise Impossible("the server can't be reached but through the driver")

    half_created = other_layout = blocked = stranger

    def stored(self, index: str) -> Iterable[Stored]:
        raise Impossible("the server can't be reached but through the driver")


class NoReadTimeout(ToyDriver):
    """Waits for an answer until it comes, or a little longer than allowed."""

    caught_by = "TIME-005"

    def seconds(self) -> float | None:
        return self.remaining() + 2.0


class AwayIsTimeout(ToyDriver):
    """A refused connection is called a time-out."""

    caught_by = "ERROR-003"

    @classmethod
    def classify(cls, exc: BaseException) -> ErrorKind | None:
        return ErrorKind.TIMEOUT if isinstance(exc, OSError) else super().classify(exc)


class WrongPasswordIsBadRequest(ToyDriver):
    """A wrong password is called a bad request."""

    caught_by = "ERROR-004"

    @classmethod
    def classify(cls, exc: BaseException) -> ErrorKind | None:
        kind = super().classify(exc)
        return ErrorKind.BAD_REQUEST if kind is ErrorKind.AUTH else kind


class ConnectsForEver(ToyDriver):
    """Has no time-out while it opens a connection."""

    caught_by = "TIME-004"

    def info(self) -> str | None:
        with self.deadline(10.0):
            return super().info()
