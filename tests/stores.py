"""Object stores on this machine, which speak the protocols of S3 and of Google Cloud Storage."""

import logging
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def s3_server() -> Iterator[str]:
    """An S3 without buckets; yields its address."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def google_server() -> Iterator[str]:
    """A Google Cloud Storage without buckets; yields its address."""
    from gcp_storage_emulator.server import create_server

    server = create_server("127.0.0.1", 0, in_memory=True)
    server.start()
    try:
        web = server._api._httpd
        web.handle_error = lambda *_: None  # a client that hangs up, as gcsfs does, is no error
        yield f"http://127.0.0.1:{web.server_port}"
    finally:
        server.stop()


def send(url: str, data: bytes, *, method: str = "POST", kind: str = "image/png") -> None:
    """Send `data` to a server."""
    request = urllib.request.Request(url, data, {"Content-Type": kind}, method=method)
    urllib.request.urlopen(request).close()
