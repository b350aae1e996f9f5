"""The server that answers: a single one, or the primary of a replica set."""

from collections.abc import Collection
from functools import cached_property

import pymongo
from imagematch_core.protocol import ErrorKind, StorageError
from pymongo.database import Database
from pymongo.errors import NetworkTimeout, ServerSelectionTimeoutError
from pymongo.server_description import ServerDescription

from .target import Document

FIRST_SECONDS = 3.0
"""After which a server that refuses connections from the beginning is given up."""

_SNAPSHOT_WIRE_VERSION = 13


class Server:
    """The server behind a database, as it described itself when it was first asked."""

    def __init__(self, database: "Database[Document]") -> None:
        self._database = database

    @property
    def is_replicated(self) -> bool:
        """Whether it belongs to a replica set or to a sharded cluster, whose shards are such."""
        return "setName" in self._hello or self.is_router

    @property
    def is_router(self) -> bool:
        """Whether it is a mongos, which passes calls on to the shards of a cluster."""
        return self._hello.get("msg") == "isdbgrid"

    @property
    def has_snapshots(self) -> bool:
        """Whether several reads can see the same moment: in replica sets, since MongoDB 5."""
        return self.is_replicated and self._hello["maxWireVersion"] >= _SNAPSHOT_WIRE_VERSION

    @property
    def is_silent(self) -> bool:
        """Whether an address neither answers nor refuses, and no other answers."""
        return not self._is_known and any(
            server.error is None or isinstance(server.error, NetworkTimeout)
            for server in self._servers()
        )

    def check(self) -> None:
        """Refuse a member that is not the primary, where the client was told to ask no other.

        Raises:
            StorageError: UNAVAILABLE.
        """
        replicated = "setName" in self._hello
        topology = self._database.client.topology_description
        if replicated and topology.topology_type_name == "Single":
            for server in self._servers():
                if server.server_type_name.startswith("RS") and not server.is_writable:
                    raise StorageError(
                        ErrorKind.UNAVAILABLE,
                        f"{self._hello['me']} is not the primary of its replica set; leave "
                        "'directConnection' out of the URL",
                    )

    @cached_property
    def _hello(self) -> Document:
        try:
            with pymongo.timeout(FIRST_SECONDS):
                return self._ask()
        except ServerSelectionTimeoutError:
            if self._is_known or self.is_silent:
                # It is electing a primary, or slow: it may have all of the time there is.
                return self._ask()
            raise

    def _ask(self) -> Document:
        hello: Document = self._database.command("hello")
        return hello

    @property
    def _is_known(self) -> bool:
        return any(server.server_type_name != "Unknown" for server in self._servers())

    def _servers(self) -> Collection[ServerDescription]:
        return self._database.client.topology_description.server_descriptions().values()
