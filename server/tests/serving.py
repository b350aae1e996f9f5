"""A service on a free port of this machine, in a thread of the tests or as people start it."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi.testclient import TestClient

from imagematch_server import Settings, create_app

TOKEN = "QXZJKVWY-token"
AUTH = {"Authorization": f"Bearer {TOKEN}"}

Start = Callable[..., TestClient]


@contextmanager
def running(url: Any, **settings: Any) -> Iterator[str]:
    """Serve; yield the address, with a slash at its end."""
    app = create_app(Settings(url, **settings))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def command(
    *arguments: str, env: dict[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `imagematch serve`; yield the process and its address."""
    program = Path(sys.executable).with_name("imagematch")
    process = subprocess.Popen(
        [str(program), "serve", "--port", "0", *arguments],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        for line in process.stderr:
            if " running on " in line:
                yield process, line.split(" running on ")[1].split()[0] + "/"
                break
        else:
            raise AssertionError("it did not start")
    finally:
        process.kill()
        process.communicate()
