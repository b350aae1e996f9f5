"""A server that asks who one is, and refuses writes that would have to wait."""

import base64
import shutil
import ssl
import urllib.request
from pathlib import Path
from urllib.parse import quote

import trustme
from devtools.servers import LocalServer
from devtools.servers.elasticsearch import BCRYPT, PASSWORD, USER, Elasticsearch
from devtools.servers.recipe import HOST, Place

SETTINGS = """
xpack.security.http.ssl.enabled: true
xpack.security.http.ssl.certificate: server.pem
xpack.security.http.ssl.key: server.key
thread_pool.write.size: 1
thread_pool.write.queue_size: 1
"""

ROLES = """
owner:
  cluster: [monitor]
  indices:
    - names: ["imagematch-*"]
      privileges: [manage, read, write]
writer:
  indices:
    - names: ["imagematch-*"]
      privileges: [maintenance, read, view_index_metadata, write]
reader:
  indices:
    - names: ["imagematch-*"]
      privileges: [read, view_index_metadata]
"""
"""The rights that the README asks for."""

USERS = ("owner", "writer", "reader", "stranger")


class Guarded(Elasticsearch):
    """Elasticsearch 9.2 with TLS and a user for each role.

    Attributes:
        server: the server that runs, once it does.
        folder: of the certificates.
    """

    server: LocalServer
    folder: Path

    def __init__(self) -> None:
        super().__init__("elasticsearch-guarded", "9.2.4")

    def prepare(self, place: Place) -> None:
        super().prepare(place)
        self.folder = config = place.folder / "config"
        authority = trustme.CA()
        certificate = authority.issue_cert(HOST, "localhost")
        authority.cert_pem.write_to_path(config / "ca.pem")
        trustme.CA().cert_pem.write_to_path(config / "other-ca.pem")
        certificate.private_key_pem.write_to_path(config / "server.key")
        (config / "server.pem").write_bytes(certificate.cert_chain_pems[0].bytes())
        (config / "roles.yml").write_text(ROLES)
        for name, lines in (
            ("elasticsearch.yml", SETTINGS),
            ("users", "".join(f"{user}:{BCRYPT}\n" for user in USERS)),
            ("users_roles", "".join(f"{user}:{user}\n" for user in USERS[:-1])),
        ):
            with (config / name).open("a") as file:
                file.write(lines)
        if place.user:
            for path in config.rglob("*"):
                shutil.chown(path, place.user)

    def ready(self, place: Place) -> bool:
        context = ssl.create_default_context(cafile=place.folder / "config/ca.pem")
        health = f"https://{HOST}:{place.port}/_cluster/health?wait_for_status=yellow&timeout=1s"
        request = urllib.request.Request(health)
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
        try:
            with urllib.request.urlopen(request, timeout=5, context=context):
                return True
        except OSError:
            return False

    def url(self, place: Place) -> str:
        return f"elasticsearch+https://{HOST}:{place.port}"

    def url_of(self, user: str, password: str = PASSWORD) -> str:
        """The URL with which a user comes in."""
        address = self.server.url.removeprefix("elasticsearch+https://")
        authority = quote(str(self.folder / "ca.pem"))
        return f"elasticsearch+https://{user}:{password}@{address}?ca_certs={authority}"
