"""A toy database with a password, its sound driver, and wrong ones."""

import json
import pickle
import re
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
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
from imagematch_conformance.bench import MAIN

URL = re.compile(r"[a-z-]+://user:(?P<password>[^@]*)@(?P<host>[^:/]+):(?P<port>\d+)/")


class WrongPassword(Exception):
    """Raised by the server."""


def send(to: socket.socket, message: object) -> None:
    data = pickle.dumps(message)
    to.sendall(struct.pack(">I", len(data)) + data)


def receive(source: socket.socket, until: float | None = None) -> Any:
    """The next message; `until` bounds all of it, by time.monotonic()."""
    (length,) = struct.unpack(">I", _exactly(source, 4, until))
    return pickle.loads(_exactly(source, length, until))


def _exactly(source: socket.socket, count: int, until: float | None) -> bytes:
    parts = b""
    while len(parts) < count:
        if until is not None:
            source.settimeout(max(0.001, until - time.monotonic()))
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
            if method == "kill":
                vars(self.server)["down_until"] = time.monotonic() + 1.0
            if time.monotonic() < vars(self.server).get("down_until", 0.0):
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
        """How long a call may take."""
        return max(0.001, self.remaining())

    def _call(self, method: str, *arguments: Any, index: str | None = None) -> Any:
        if self._closed:
            raise Closed("closed")
        seconds = self.seconds()
        until = None if seconds is None else time.monotonic() + seconds
        message = (self._parts["password"], index or self._index, method, arguments)
        good, answer = self._exchange(message, seconds, until)
        if not good:
            raise answer
        return answer

    def _exchange(self, message: Any, seconds: float | None, until: float | None) -> Any:
        address = (self._parts["host"], int(self._parts["port"]))
        with socket.create_connection(address, seconds) as connection:
            send(connection, message)
            return receive(connection, until)

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

    def kill_server(self) -> None:
        """For a second it closes all connections; its records stay."""
        with ToyDriver.connect(self.url, MAIN) as driver, suppress(ConnectionError):
            driver._call("kill")
        time.sleep(1.1)


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


class NoTimeoutAtAll(ToyDriver):
    """Its sockets wait for ever, as those of many clients do by default."""

    caught_by = "TIME-005"

    def seconds(self) -> float | None:
        return None


class TimeoutOfEachRead(ToyDriver):
    """Its time-out is that of a single read, and begins anew with every byte."""

    caught_by = "TIME-006"

    def _exchange(self, message: Any, seconds: float | None, until: float | None) -> Any:
        return super()._exchange(message, seconds, None)


class SaysGoodbye(ToyDriver):
    """Tells the server that it closes, and looks for one that has gone."""

    caught_by = "TIME-008"

    def close(self) -> None:
        end = time.monotonic() + 5.0
        while not self._closed and time.monotonic() < end:
            with suppress(OSError):
                self._call("info")
                break
            time.sleep(0.05)
        super().close()


class DeadConnectionKept(ToyDriver):
    """Has one connection, which it never replaces."""

    caught_by = "ERROR-007"

    def _exchange(self, message: Any, seconds: float | None, until: float | None) -> Any:
        with self.__dict__.setdefault("lock", threading.Lock()):
            connection = self.__dict__.get("connection")
            if connection is None:
                address = (self._parts["host"], int(self._parts["port"]))
                connection = self.__dict__["connection"] = socket.create_connection(address)
            connection.settimeout(seconds)
            send(connection, message)
            return receive(connection, until)

    def close(self) -> None:
        super().close()
        if connection := self.__dict__.pop("connection", None):
            connection.close()


class InSteps(ToyDriver):
    """Sound. An index is made and removed in two steps, as where DDL knows no transactions: the
    records in one, and what says that the index is there in another."""

    @property
    def _marker(self) -> str:
        return f"marker-of-{self._index}"

    def info(self) -> str | None:
        found: str | None = self._call("info", index=self._marker)
        return found

    def create(self, info: str) -> str:
        if (found := self.info()) is not None:
            return found
        self._call("drop")
        self._call("create", "records")
        text: str = self._call("create", info, index=self._marker)
        return text

    def drop(self) -> None:
        self._call("drop", index=self._marker)
        self._call("drop")


class InfoFirst(InSteps):
    """Says that the index is there before it is."""

    caught_by = "PERSIST-005"

    def create(self, info: str) -> str:
        if (found := self.info()) is not None:
            return found
        text: str = self._call("create", info, index=self._marker)
        self._call("drop")
        self._call("create", "records")
        return text


class CreatesIfNotExists(InSteps):
    """Takes for its own what a removal that died has left."""

    caught_by = "PERSIST-006"

    def create(self, info: str) -> str:
        self._call("create", "records")
        text: str = self._call("create", info, index=self._marker)
        return text


class RecordsFirst(InSteps):
    """Removes the records first, and what says that the index is there last."""

    caught_by = "PERSIST-006"

    def drop(self) -> None:
        self._call("drop")
        self._call("drop", index=self._marker)


class ReplacesInTwoRequests(ToyDriver):
    """Deletes a record in one request, and puts half of the new ones in each of two more."""

    caught_by = "PERSIST-007"

    def put(self, records: Sequence[Record]) -> None:
        bare = [Record(one.id, (), one.tags, one.signature, one.body) for one in records]
        self._call("put", bare)
        self._call("put", records)


class RequestTooLarge(ToyDriver):
    """Sends a batch as one JSON text, to a server that takes requests of 16 MiB."""

    caught_by = "PUT-005"

    def put(self, records: Sequence[Record]) -> None:
        if len(json.dumps([one.body for one in records])) > 16 << 20:
            raise ConnectionResetError("the server closed the connection")
        super().put(records)


class Revived(ToyDriver):
    """Looks whether the index is there, and then writes with what creates it where it is not."""

    caught_by = "DROP-005"

    def put(self, records: Sequence[Record]) -> None:
        found = self.info()
        if found is not None:
            time.sleep(0.002)
            self._call("create", found)
        super().put(records)


class Forgetful(ToyDriver):
    """Its server acknowledges what it loses when it is killed."""

    caught_by = "PERSIST-008"


class ForgetfulStage(ToyStage):
    """Kills the server, which loses the last that it has acknowledged."""

    def kill_server(self) -> None:
        super().kill_server()
        # More than the one batch that may be stored and not acknowledged.
        with ToyDriver.connect(self.url, MAIN) as driver:
            written = [one.id for one in driver.scan("batch", 1_000) if one.id < "c"]
            driver.delete(written[-30:])
