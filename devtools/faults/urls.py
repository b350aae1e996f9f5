"""URLs of pictures that lead where they must not, and servers that don't behave."""

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import imagematch_core as imagematch
from devtools.faults.tally import Tally
from devtools.servers.recipe import HOST
from imagematch_core import Limits

LIMITS = replace(Limits.strict(), max_seconds=1.0, max_bytes=200_000)
LATEST = 10.0
"""Seconds after which a download that may take 1 s counts as without end; machines are slow."""
HOSTS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.000.000.001",
    "127.0.0.2",
    "0.0.0.0",
    "0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.0.0.1.",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:0:0:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "%6c%6f%63%61%6c%68%6f%73%74",
    "%31%32%37.0.0.1",
    "user@127.0.0.1",
    "user:pw@127.0.0.1",
    "example.org@127.0.0.1",
    "127.0.0.1%00.example.org",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "ｌｏｃａｌｈｏｓｔ",
    "[fe80::1%25lo]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "[fd00::1]",
    "[fec0::1]",
    "224.0.0.1",
    "255.255.255.255",
]
SCHEMES = ("http", "HTTP", "https")
OTHERS = [
    "file:///etc/passwd",
    "ftp://127.0.0.1/a.png",
    "gopher://127.0.0.1/",
    "s3://bucket/a.png",
    "gs://bucket/a.png",
    "simplecache::http://127.0.0.1/a.png",
    "data:image/png;base64,AAAA",
    "http:127.0.0.1/a.png",
    "http:/127.0.0.1/a.png",
    "http:///127.0.0.1/a.png",
    "//127.0.0.1/a.png",
    "http://127.0.0.1:99999/",
    "http://[::1",
    "http://\n127.0.0.1/",
    "http://",
    "http://#/",
    "http://?",
]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"


def run(*, short: bool) -> Iterator[Tally]:  # noqa: ARG001 - it is short
    """Yield a row for addresses, and one for servers."""
    yield _addresses()
    yield _servers()


def _addresses() -> Tally:
    tally = Tally("URLs of private addresses and other schemes")
    reached = 0

    def note(client: socket.socket) -> None:
        nonlocal reached
        reached += 1
        client.close()

    with _listening(note) as port:
        urls = [f"{scheme}://{host}:{port}/a.png" for scheme in SCHEMES for host in HOSTS]
        for url in [*urls, *OTHERS]:
            tally.tried += 1
            raised = tally.raised + tally.untyped
            with tally.judged():
                imagematch.signature(url, limits=LIMITS)
            tally.expect(tally.raised + tally.untyped > raised, f"signed: {url}")
            tally.expect(not reached, f"reached: {url}")
            reached = 0
    return tally


def _servers() -> Tally:
    tally = Tally("web servers that don't behave")
    for behave in (_silence, _endless_head, _endless_body, _slow_body, _short, _junk, _loop):
        with _listening(behave) as port:
            tally.tried += 1
            start = time.monotonic()
            raised = tally.raised
            with tally.judged():
                limits = replace(LIMITS, allow_private=True)
                imagematch.signature(f"http://{HOST}:{port}/a.png", limits=limits)
            tally.expect(tally.raised > raised, f"signed: {behave.__name__}")
            took = time.monotonic() - start
            tally.expect(took < LATEST, f"{behave.__name__} took {took:.1f} s")
    return tally


def _silence(client: socket.socket) -> None:
    client.recv(1)
    time.sleep(LATEST)


def _endless_head(client: socket.socket) -> None:
    client.sendall(HEAD)
    for number in itertools.count():
        client.sendall(b"X-%d: %s\r\n" % (number, b"x" * 100))


def _endless_body(client: socket.socket) -> None:
    client.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        client.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")


def _slow_body(client: socket.socket) -> None:
    client.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
    while True:
        client.sendall(b"x")
        time.sleep(0.05)


def _short(client: socket.socket) -> None:
    client.sendall(HEAD + b"Content-Length: 1000\r\n\r\n\x89PNG")


def _junk(client: socket.socket) -> None:
    client.sendall(bytes(range(256)) * 20)


def _loop(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 302 Found\r\nLocation: /a.png\r\nContent-Length: 0\r\n\r\n")


@contextmanager
def _listening(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on all addresses of this machine, where IPv6 is there; gives its port."""
    if socket.has_dualstack_ipv6():
        listener = socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    else:
        listener = socket.create_server(("", 0))

    def one(client: socket.socket) -> None:
        with suppress(OSError), client:
            if behave.__name__ != "note":
                client.recv(4096)
            behave(client)

    def serve() -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = listener.accept()
                threading.Thread(target=one, args=[client], daemon=True).start()

    with listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
