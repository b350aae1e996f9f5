"""A server that asks who one is."""

import shutil
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from devtools.servers.mongodb import MongoDB
from devtools.servers.recipe import Place
from pymongo import MongoClient

KEY = "key"
PASSWORD = "p/ss:w@rd?%"
ROLES = {"writer": "readWrite", "reader": "read"}
"""The rights that the README asks for."""


class GuardedMongoDB(MongoDB):
    """A replica set of one member, with passwords."""

    def __init__(self) -> None:
        super().__init__("mongodb-guarded", replica_set=True)

    def prepare(self, place: Place) -> None:
        """Write the key by which members would know each other."""
        key = place.folder / KEY
        key.write_text("aGFyZGx5c2VjcmV0")
        key.chmod(0o600)
        if place.user:
            shutil.chown(key, place.user)

    def command(self, place: Place) -> list[str]:
        return [*super().command(place), "--auth", "--keyFile", str(place.folder / KEY)]


def users_of(url: str) -> Callable[[str], str]:
    """Create the users; the function gives the URL for one of them, known or not."""
    client: MongoClient[dict[str, Any]] = MongoClient(url)
    with client:
        # Somebody who comes from the same machine may create the first user.
        client.admin.command("createUser", "root", pwd=PASSWORD, roles=["root"])
    parts = urlsplit(url)

    def url_of(user: str, password: str = PASSWORD) -> str:
        login = f"{quote(user, safe='')}:{quote(password, safe='')}@"
        return parts._replace(netloc=login + parts.netloc, query="authSource=admin").geturl()

    client = MongoClient(url_of("root"))
    with client:
        for user, role in ROLES.items():
            rights = [{"role": role, "db": "imagematch"}]
            client.admin.command("createUser", user, pwd=PASSWORD, roles=rights)
        client.admin.command("createUser", "stranger", pwd=PASSWORD, roles=[])
    return url_of
