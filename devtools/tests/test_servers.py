"""Real servers start, survive `kill -9`, and leave nothing behind."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

import psutil
import psycopg
import pymongo
import pytest

from devtools.servers import LocalServer, ServerError, private, running, variable
from devtools.servers.recipe import Place, Recipe

pytestmark = pytest.mark.slow

OWNER = """
import sys, time
from devtools.servers import private
with private("postgresql") as server:
    print(*server.pids, server.log, flush=True)
    time.sleep(600)
"""


class Client(Protocol):
    """What the tests ask of a database through its own client."""

    def version(self, url: str) -> str: ...
    def write(self, url: str) -> None: ...
    def read(self, url: str) -> int: ...


class PostgreSQLClient:
    def version(self, url: str) -> str:
        return str(self._run(url, "show server_version")).split()[0]

    def write(self, url: str) -> None:
        self._run(url, "create table kept as select 42 as n")

    def read(self, url: str) -> int:
        return int(self._run(url, "select n from kept"))

    def _run(self, url: str, statement: Any) -> Any:
        with psycopg.connect(url) as connection:
            row = connection.execute(statement)
            return row.fetchone()[0] if row.description else None  # type: ignore[index]


class MongoDBClient:
    def version(self, url: str) -> str:
        with self._client(url) as client:
            return str(client.server_info()["version"])

    def write(self, url: str) -> None:
        with self._client(url) as client:
            concern = pymongo.WriteConcern("majority", j=True)
            client.tests.get_collection("kept", write_concern=concern).insert_one({"n": 42})

    def read(self, url: str) -> int:
        with self._client(url) as client:
            return int(client.tests.kept.find_one()["n"])  # type: ignore[index]

    def _client(self, url: str) -> pymongo.MongoClient[dict[str, Any]]:
        return pymongo.MongoClient(url)


class ElasticsearchClient:
    def version(self, url: str) -> str:
        (node,) = self._call(url, "GET", "/_nodes")["nodes"].values()
        return str(node["version"])

    def write(self, url: str) -> None:
        self._call(url, "PUT", "/kept/_doc/1", {"n": 42})

    def read(self, url: str) -> int:
        return int(self._call(url, "GET", "/kept/_doc/1")["_source"]["n"])

    def _call(self, url: str, method: str, path: str, body: object = None) -> Any:
        login, _, address = url.removeprefix("elasticsearch+http://").partition("@")
        request = urllib.request.Request(
            f"http://{address}{path}",
            json.dumps(body).encode() if body else None,
            {
                "Content-Type": "application/json",
                "Authorization": f"Basic {base64.b64encode(login.encode()).decode()}",
            },
            method=method,
        )
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.load(answer)


class Script(Recipe):
    """A server that is a line of shell: gets the port as $1, is ready with the file `ready`."""

    name = "script"
    version = "1"

    def __init__(self, line: str) -> None:
        self._line = line

    def prepare(self, place: Place) -> None: ...

    def command(self, place: Place) -> list[str]:
        return ["/bin/sh", "-c", self._line, self.name, str(place.port)]

    def ready(self, place: Place) -> bool:
        return (place.folder / "ready").exists()

    def url(self, place: Place) -> str:
        return f"script://127.0.0.1:{place.port}"


@pytest.mark.parametrize(
    ("name", "client"),
    [
        ("postgresql", PostgreSQLClient()),
        ("mongodb", MongoDBClient()),
        ("elasticsearch", ElasticsearchClient()),
    ],
)
def test_a_killed_server_comes_back_with_its_data_and_a_stopped_one_is_gone(
    name: str, client: Client
) -> None:
    with private(name) as server:
        url, pids = server.url, server.pids
        assert client.version(url) == server.version
        client.write(url)

        server.kill()
        assert server.pids == []
        assert not any(psutil.pid_exists(pid) for pid in pids)
        assert not listening(url)

        server.restart()
        assert server.url == url
        assert client.read(url) == 42
        pids += server.pids
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not listening(url)
    assert not server.log.parent.exists()


def test_a_server_in_the_environment_is_used_and_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with private("postgresql-16") as server:
        monkeypatch.setenv("IMAGEMATCH_TEST_POSTGRESQL", server.url)
        with running("postgresql") as used:
            assert used.url == server.url
        assert PostgreSQLClient().version(server.url) == server.version


def test_a_server_that_ends_at_once_says_why() -> None:
    server = LocalServer(Script("echo no room left; exit 3"))
    with pytest.raises(ServerError, match=r"(?s)IMAGEMATCH_TEST_SCRIPT.*no room left"):
        server.wait()
    server.stop()


def test_a_child_that_left_its_server_is_stopped_with_it() -> None:
    server = LocalServer(Script("(setsid sleep 600 &) ; touch ready; exec sleep 600"))
    server.wait()
    eventually(lambda: len(server.pids) == 2)
    pids = server.pids
    server.stop()
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ServerError, match="mongodb-standalone"), running("oracle"):
        pass


def test_a_server_ends_with_its_owner_even_when_that_is_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True)
    with owner:
        *pids, log = owner.stdout.readline().split()  # type: ignore[union-attr]
        assert pids
        owner.kill()
    eventually(lambda: not any(psutil.pid_exists(int(pid)) for pid in pids))
    eventually(lambda: not os.path.exists(os.path.dirname(log)))


def test_servers_stop_on_ctrl_c() -> None:
    command = [sys.executable, "-m", "devtools.servers", "postgresql"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = iter(process.stdout.readline, "")  # type: ignore[union-attr]
        exported = next(line for line in lines if line.startswith("export IMAGEMATCH_URL="))
        url = exported.split("=", 1)[1].strip()
        assert PostgreSQLClient().version(url)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    assert not listening(url)


def test_run_gives_the_urls_to_a_command_and_ends_as_it_does() -> None:
    command = [sys.executable, "-m", "devtools.servers", "run", "postgresql", "--"]
    shell = ["/bin/sh", "-c", f"echo ${variable('postgresql')}; exit 7"]
    done = subprocess.run([*command, *shell], check=False, capture_output=True, text=True)
    assert done.returncode == 7
    assert done.stdout.startswith("postgresql://")
    assert not listening(done.stdout)


def test_run_says_which_server_is_not_to_be_had() -> None:
    command = [sys.executable, "-m", "devtools.servers", "run", "oracle", "--", "true"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "no server is named 'oracle'" in done.stderr
    assert "Traceback" not in done.stderr


def listening(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(url.strip()).port or 0)) == 0


def eventually(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)
