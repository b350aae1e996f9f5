"""Killing a server that another process has started: for tests that only know its URL."""

import os
import socket
import socketserver
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from devtools.servers.errors import ServerError
from devtools.servers.server import LocalServer, Server

VARIABLE = "IMAGEMATCH_TEST_CONTROL"
"""The environment variable with the socket of the process that has started the servers."""

DONE = "done"


@contextmanager
def control(servers: Sequence[Server]) -> Iterator[None]:
    """Kill and restart those of `servers` that are ours when `kill` asks for it.

    The environment of processes that are started inside the block says where to ask.
    """
    ours = {server.name: server for server in servers if isinstance(server, LocalServer)}
    if not ours:
        yield
        return

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            name = self.rfile.readline().decode().strip()
            answer = DONE
            try:
                ours[name].kill()
                ours[name].restart()
            except KeyError:
                answer = f"no server {name!r} was started here"
            except ServerError as err:
                answer = str(err)
            self.wfile.write(answer.encode())

    with tempfile.TemporaryDirectory(prefix="imagematch-control-") as folder:
        path = str(Path(folder, "socket"))
        with socketserver.ThreadingUnixStreamServer(path, Handler) as listener:
            thread = threading.Thread(target=listener.serve_forever, args=[0.1], daemon=True)
            thread.start()
            os.environ[VARIABLE] = path
            try:
                yield
            finally:
                del os.environ[VARIABLE]
                listener.shutdown()
                thread.join()


def kill(name: str) -> None:
    """Kill a server with `kill -9`, start it again, and wait until it answers.

    Raises:
        ServerError: nobody here has started it, or it does not come back.
    """
    path = os.environ.get(VARIABLE)
    if path is None:
        raise ServerError(f"{VARIABLE} is not set: 'devtools.servers run' sets it")
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(path)
        asking.sendall(f"{name}\n".encode())
        with asking.makefile() as answers:
            answer = answers.read()
    if answer != DONE:
        raise ServerError(answer or f"the process that started {name} has ended")
