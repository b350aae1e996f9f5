"""Clusters that lose a member, or whose primary steps down."""

import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from devtools.faults.tally import Tally
from devtools.faults.traffic import Traffic, check
from devtools.servers import LocalServer, ServerError
from devtools.servers.elasticsearch import Elasticsearch
from devtools.servers.mongodb import REPLICA_SET, MongoDB
from devtools.servers.recipe import HOST, Place, free_port

MEMBERS = 3
TIMES = 3
KILLS = 10
"""Of Elasticsearch's nodes."""
PATIENCE = 180.0
VERSION = "9.2.4"
HEAP = "-Xms512m -Xmx512m"
SETTINGS = """
cluster.name: imagematch
node.name: "{own}"
network.host: {host}
transport.port: {own}
discovery.seed_hosts: [{hosts}]
cluster.initial_master_nodes: [{names}]
path.data: "{folder}/data"
path.logs: "{folder}/logs"
xpack.security.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
"""


def run(*, short: bool) -> Iterator[Tally]:
    """Yield a row for each kind of cluster."""
    yield _mongodb(1 if short else TIMES)
    if not short:
        yield _elasticsearch()


class _Member(MongoDB):
    """A server that is to become a member of a replica set."""

    def __init__(self) -> None:
        super().__init__("mongodb-member", replica_set=True)

    def ready(self, place: Place) -> bool:
        client: MongoClient[dict[str, Any]] = MongoClient(
            HOST, place.port, directConnection=True, serverSelectionTimeoutMS=2_000
        )
        with client, suppress(PyMongoError):
            return bool(client.admin.command("ping")["ok"])
        return False


class _Node(Elasticsearch):
    """A node of a cluster, without passwords; the nodes know each other by transport ports."""

    def __init__(self, own: int, all_ports: Sequence[int]) -> None:
        super().__init__(f"elasticsearch-{own}", VERSION)
        self._own = own
        self._all = all_ports

    def prepare(self, place: Place) -> None:
        super().prepare(place)
        settings = SETTINGS.format(
            own=self._own,
            host=HOST,
            hosts=", ".join(f'"{HOST}:{port}"' for port in self._all),
            names=", ".join(f'"{port}"' for port in self._all),
            folder=place.folder,
        )
        (place.folder / "config" / "elasticsearch.yml").write_text(settings)

    def environment(self, place: Place) -> dict[str, str]:
        return super().environment(place) | {"ES_JAVA_OPTS": HEAP}

    def url(self, place: Place) -> str:
        return f"http://{HOST}:{place.port}"


@contextmanager
def _started(servers: Sequence[LocalServer]) -> Iterator[Sequence[LocalServer]]:
    with ExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)
        for server in servers:
            server.wait()
        yield servers


def _hosts(servers: Sequence[LocalServer]) -> list[str]:
    return [urlsplit(server.url).netloc for server in servers]


def _mongodb(times: int) -> Tally:
    tally = Tally(f"mongodb, {MEMBERS} members: step-down and kill of the primary")
    with _started([LocalServer(_Member()) for _ in range(MEMBERS)]) as servers:
        hosts = _hosts(servers)
        first: MongoClient[dict[str, Any]] = MongoClient(
            f"mongodb://{hosts[0]}", directConnection=True
        )
        members = [{"_id": number, "host": host} for number, host in enumerate(hosts)]
        with first:
            first.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        url = f"mongodb://{','.join(hosts)}/imagematch?replicaSet={REPLICA_SET}"
        client: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=60_000)
        client.admin.command("ping")
        with client:
            with Traffic(url, tally, timeout=30.0) as traffic:
                for _ in range(times):
                    with suppress(PyMongoError):  # it closes our connection, too
                        client.admin.command("replSetStepDown", 5, force=True)
                    tally.tried += 1
                    traffic.recovers()
                    primary = servers[hosts.index(_primary(client))]
                    primary.kill()
                    tally.tried += 1
                    traffic.recovers()
                    primary.restart()
            check(url, traffic.acknowledged, traffic.tried, tally)
    return tally


def _primary(client: "MongoClient[dict[str, Any]]") -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if client.primary:
            return "{}:{}".format(*client.primary)
        time.sleep(0.1)
    raise ServerError("the replica set elects no primary")


def _elasticsearch() -> Tally:
    tally = Tally(f"elasticsearch, {MEMBERS} nodes, 3 shards, a replica: killed in turn")
    ports = [free_port() for _ in range(MEMBERS)]
    with _started([LocalServer(_Node(own, ports)) for own in ports]) as servers:
        url = f"elasticsearch+http://{','.join(_hosts(servers))}?shards=3&replicas=1"
        _wait(servers[0], f"wait_for_nodes={MEMBERS}")
        with Traffic(url, tally, timeout=30.0) as traffic:
            for number in range(KILLS):
                server, other = servers[number % MEMBERS], servers[(number - 1) % MEMBERS]
                _wait(other, "wait_for_status=green")
                server.kill()
                tally.tried += 1
                traffic.recovers()
                server.restart()
                _wait(other, f"wait_for_nodes={MEMBERS}")
        _wait(servers[0], "wait_for_status=green")
        check(url, traffic.acknowledged, traffic.tried, tally)
    return tally


def _wait(server: LocalServer, what: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with suppress(OSError):
            urllib.request.urlopen(f"{server.url}/_cluster/health?{what}&timeout=5s", timeout=10)
            return
        time.sleep(0.2)
    raise ServerError(f"the cluster does not get to {what}")
