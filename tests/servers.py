"""Small web servers on a free port of the loopback interface, polite ones and others."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Page:
    """What a server answers."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """A running server: its address, and the requests it got as (path, headers)."""

    host: str
    port: int
    scheme: str
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str, *, host: str | None = None, login: str = "") -> str:
        return f"{self.scheme}://{login}{host or self.host}:{self.port}{path}"


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up, as it does when a limit is reached, is no error."""


@contextmanager
def http_server(
    pages: Mapping[str, Page], *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[Site]:
    """Serve `pages` by their path and query; 404 for any other."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            page = pages.get(self.path, Page(status=404))
            self.send_response(page.status)
            for name, value in {"Content-Length": str(len(page.body)), **page.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = _Server((host, 0), Handler)
    site = Site(host or "127.0.0.1", server.server_port, "https" if tls else "http")
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def raw_server(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """Give each connection to `talk`, which may do as it likes until the event is set."""
    stop = threading.Event()
    threads: list[threading.Thread] = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.02)

    def converse(connection: socket.socket) -> None:
        connection.settimeout(300)  # a client that says nothing must not hold up the tests
        with connection, suppress(OSError):  # the client hung up
            talk(connection, stop)

    def accept() -> None:
        while not stop.is_set():
            with suppress(TimeoutError):
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=converse, args=(connection,)))
                threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        stop.set()
        acceptor.join()
        for thread in threads:
            thread.join()
        listener.close()


def says(answer: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """Read the request, answer, hang up."""

    def talk(connection: socket.socket, stop: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(answer)

    return talk


def drips(
    head: bytes, drop: bytes, every: float = 0.02
) -> Callable[[socket.socket, threading.Event], None]:
    """Read the request, send `head`, then `drop` again and again, without an end."""

    def talk(connection: socket.socket, stop: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(head)
        while not stop.wait(every):
            connection.sendall(drop)

    return talk
