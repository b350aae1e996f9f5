"""Behind pgbouncer, which gives each transaction another session."""

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import SCHEMA, Admin, records
from devtools.debian import program
from devtools.servers import LocalServer
from devtools.servers.recipe import HOST, Place, Recipe
from imagematch_core.protocol import Query

from imagematch_postgres import PostgreSQLDriver

CONF = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = {here}
listen_port = {place.port}
unix_socket_dir =
auth_type = plain
auth_file = {place.folder}/users
pool_mode = transaction
default_pool_size = 2
"""


class PgBouncer(Recipe):
    """In transaction mode, with two sessions for all."""

    name = "pgbouncer"

    def __init__(self, upstream: str) -> None:
        self._upstream = urlsplit(upstream)
        self._program = str(program("pgbouncer"))

    @property
    def version(self) -> str:
        command = [self._program, "--version"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def prepare(self, place: Place) -> None:
        up = self._upstream
        conf = CONF.format(host=up.hostname, port=up.port, here=HOST, place=place)
        (place.folder / "pgbouncer.ini").write_text(conf)
        (place.folder / "users").write_text(f'"{up.username}" "{up.password}"\n')

    def command(self, place: Place) -> list[str]:
        return [self._program, str(place.folder / "pgbouncer.ini")]

    def ready(self, place: Place) -> bool:
        log: Path = place.folder / "server.log"
        return log.exists() and "process up" in log.read_text(errors="replace")

    def url(self, place: Place) -> str:
        up = self._upstream
        return f"postgresql://{up.username}:{up.password}@{HOST}:{place.port}{up.path}"


@pytest.fixture
def pgbouncer(url: str) -> Iterator[str]:
    server = LocalServer(PgBouncer(url))
    try:
        server.wait()
        yield server.url
    finally:
        server.stop()


def test_everything_works(pgbouncer: str, admin: Admin) -> None:
    def connect() -> PostgreSQLDriver:
        return PostgreSQLDriver.connect(pgbouncer, "photos", schema=SCHEMA)

    with connect() as driver:
        assert driver.info() is None
        assert driver.create("{}") == "{}"
        with driver.loading():
            driver.put(records(0, 100))
        errors: list[BaseException] = []

        def work(thread: int) -> None:
            try:
                with connect() as mine:
                    for turn in range(15):
                        mine.put(records(100 * thread + turn, 100 * thread + turn + 5))
                        answers = mine.candidates([Query((1_000 + 100 * thread + turn,))] * 3)
                        assert [len(answer) for answer in answers] == [1, 1, 1]
                        assert len(mine.get([f"{100 * thread:06}"])) == 1
            except BaseException as err:  # noqa: BLE001 - looked at below
                errors.append(err)

        threads = [threading.Thread(target=work, args=[one]) for one in range(5)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert errors == []
        assert driver.count() == 100 + 4 * 19
        driver.drop()
        assert driver.info() is None
