"""A running server: one that was there already, or one of ours."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from devtools.servers import guard
from devtools.servers.errors import ServerError
from devtools.servers.recipe import Place, Recipe, free_port

LINES = 20
# PostgreSQL and Elasticsearch refuse to run as root.
UNPRIVILEGED = "nobody"


class Server:
    """A server to use.

    Attributes:
        name: Its kind, such as `postgresql-15`.
        url: The URL for a driver.
    """

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.url = url


class LocalServer(Server):
    """A server that we start: on a free port, its data in a temporary folder.

    It ends, and its folder is removed, with `stop` or with our process, however that ends.
    The constructor does not wait for it to answer: several start side by side.

    Attributes:
        version: What runs.
        log: The file with everything that the server writes on its output.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.version = recipe.version
        self._recipe = recipe
        self._guard: subprocess.Popen[bytes] | None = None
        folder = Path(tempfile.mkdtemp(prefix=f"imagematch-{recipe.name}-"))
        self._place = Place(folder, free_port(), UNPRIVILEGED if os.geteuid() == 0 else None)
        self.log = folder / "server.log"
        super().__init__(recipe.name, recipe.url(self._place))
        try:
            if self._place.user:
                shutil.chown(folder, self._place.user)
            recipe.prepare(self._place)
            self._launch()
        except BaseException:
            self.stop()
            raise

    @property
    def pids(self) -> list[int]:
        """The processes of the server, none when it is dead."""
        return [process.pid for process in self._processes()]

    def wait(self) -> None:
        """Wait until the server answers.

        Raises:
            ServerError: It ended or took too long; with the last lines that it wrote.
        """
        until = time.monotonic() + self._recipe.seconds
        while not self._recipe.ready(self._place):
            if not self.pids:
                raise self._failed("ended")
            if time.monotonic() > until:
                raise self._failed(f"does not answer after {self._recipe.seconds} s")
            time.sleep(0.05)

    def kill(self) -> None:
        """End the server as `kill -9` does, with all its processes; its data stay."""
        while processes := self._processes():
            guard.kill(processes)

    def restart(self) -> None:
        """Start the server again, at the same URL with the same data; end it first if it runs."""
        self._end("keep")
        self._launch()
        self.wait()

    def stop(self) -> None:
        """End the server and remove its data; a second time does nothing."""
        self._end("stop")
        shutil.rmtree(self._place.folder, ignore_errors=True)

    def _launch(self) -> None:
        recipe = self._recipe
        place = self._place
        command = [sys.executable, "-I", guard.__file__, str(place.folder), place.user or ""]
        command += [str(int(recipe.stop_signal)), *recipe.command(place)]
        with self.log.open("ab") as log:
            self._guard = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=recipe.environment(place),
                start_new_session=True,
            )
        if self._guard.stdout:
            self._guard.stdout.readline()  # the guard has launched the server, or failed to

    def _failed(self, why: str) -> ServerError:
        lines = self.log.read_text("utf-8", "replace").splitlines()[-LINES:]
        said = "\n".join(f"  {line}" for line in lines) or "  (nothing)"
        return ServerError(
            f"the server {self.name} ({self.version}) {why}. Put right what its last lines say, "
            f"or set {variable(self.name)} to the URL of another one:\n{said}"
        )

    def _processes(self) -> list[psutil.Process]:
        if self._guard is None:
            return []
        try:
            return psutil.Process(self._guard.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def _end(self, order: str) -> None:
        if self._guard is None:
            return
        try:
            self._guard.communicate(order.encode() + b"\n")
        finally:
            self._guard = None


def variable(name: str) -> str:
    """Return the environment variable that gives the URL of a server: `postgresql-15` → …."""
    return f"IMAGEMATCH_TEST_{name.upper().replace('-', '_')}"
