"""What a storage URL and options lead to."""

import base64
import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import Connect
from elasticsearch import Elasticsearch
from guarded_elasticsearch import Guarded
from imagematch_core.drivers.registry import find_driver
from imagematch_core.protocol import Driver, ErrorKind, InvalidTarget, StorageError
from trustme import CA, LeafCert

from imagematch_es import ElasticsearchDriver
from imagematch_es.target import from_url

KEY = f"ApiKey {base64.b64encode(b'id:key').decode()}"
CLOUD_ID = "photos:" + base64.b64encode(b"eu-1.aws.example.org$abc$def").decode()


@pytest.mark.parametrize(
    ("url", "nodes"),
    [
        ("elasticsearch://db", ["http://db:9200"]),
        ("elasticsearch://db:9201/", ["http://db:9201"]),
        ("elasticsearch+http://db", ["http://db:9200"]),
        ("elasticsearch+https://db", ["https://db:9200"]),
        ("elasticsearch+https://u:p@db:443", ["https://db:443"]),
        (
            "elasticsearch://a,b:9201,[::1]:9202",
            ["http://a:9200", "http://b:9201", "http://[::1]:9202"],
        ),
        (
            f"elasticsearch://?cloud_id={CLOUD_ID}&api_key=a",
            ["https://abc.eu-1.aws.example.org:443"],
        ),
    ],
)
def test_a_url_names_its_nodes(url: str, nodes: list[str]) -> None:
    client, _ = from_url(url, {})
    with client:
        assert sorted(node.base_url for node in client.transport.node_pool.all()) == sorted(nodes)


@pytest.mark.parametrize(
    "url",
    [
        "elasticsearch://",
        "elasticsearch://:9200",
        "elasticsearch://a,,b",
        "elasticsearch://db:port",
        "elasticsearch://db:99999",
        "elasticsearch://[::1",
        "elasticsearch+ftp://db",
        "elasticsearch://db/photos",
        "elasticsearch://db#photos",
        "elasticsearch://db?index=photos",
        "elasticsearch://db?verify_certs=false",
        "elasticsearch://db?ca_certs=ca.pem",
        "elasticsearch+https://db?ca_certs=/no/such/file.pem",
        "elasticsearch+https://db?client_key=/dev/null",
        "elasticsearch+https://db?client_cert=/no/such/file.pem",
        "elasticsearch+https://db?api_key={hidden}",
        "elasticsearch+https://db?api_key=:hidden",
        "elasticsearch://u:hidden@db?api_key=hidden",
        "elasticsearch://?cloud_id=nonsense",
        f"elasticsearch://db?cloud_id={CLOUD_ID}",
        "elasticsearch://db?shards=0",
        "elasticsearch://db?shards=many",
        "elasticsearch://db?replicas=-1",
        "elasticsearch://u:hidden/word@db",
    ],
)
def test_what_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(InvalidTarget) as caught:
        ElasticsearchDriver.connect(url, "test")
    assert "hidden" not in str(caught.value)


def test_options_beat_those_of_the_url(
    connect: Connect, client: Elasticsearch, elasticsearch_url: str
) -> None:
    url = f"{elasticsearch_url}?shards=2&replicas=0"
    connect(url=url, shards=3).create("{}")
    settings = client.indices.get_settings(index="imagematch-test", flat_settings=True)
    [found] = [each["settings"] for each in settings.values()]
    assert found["index.number_of_shards"] == "3"
    assert found["index.number_of_replicas"] == "0"


@pytest.mark.parametrize(
    ("user", "options", "header"),
    [
        ("", {"api_key": "ab+c/=="}, "ApiKey ab+c/=="),
        ("", {"api_key": "ApiKey ab+c/=="}, "ApiKey ab+c/=="),
        ("", {"api_key": ("id", "key")}, KEY),
        ("", {"api_key": ["id", "key"]}, KEY),
        ("", {"api_key": "id:key"}, KEY),
        ("", {"api_key": {"id": "id", "name": "n", "api_key": "key"}}, KEY),
        ("", {"api_key": {"id": "a", "api_key": "b", "encoded": "ab+c/=="}}, "ApiKey ab+c/=="),
        ("", {"api_key": '{"id": "id", "api_key": "key"}'}, KEY),
        ("me:p%40ss+w%2F%C3%A9@", {}, f"Basic {base64.b64encode('me:p@ss+w/é'.encode()).decode()}"),
    ],
)
def test_credentials_arrive_as_they_are(user: str, options: dict[str, Any], header: str) -> None:
    with answering(200, b"{}") as (port, headers):
        driver = ElasticsearchDriver.connect(
            f"elasticsearch://{user}127.0.0.1:{port}", "test", **options
        )
        with driver, pytest.raises(Exception, match="unknown product"):
            driver.info()
    assert headers == [header]


def test_a_key_in_the_url_keeps_its_plus() -> None:
    with answering(200, b"{}") as (port, headers):
        url = f"elasticsearch://127.0.0.1:{port}?api_key=ab+c/=="
        driver = ElasticsearchDriver.connect(url, "test")
        with driver, pytest.raises(Exception, match="unknown product"):
            driver.info()
    assert headers == ["ApiKey ab+c/=="]


def test_another_host_is_asked_where_one_is_away(connect: Connect, elasticsearch_url: str) -> None:
    before, at, address = elasticsearch_url.rpartition("@")
    if not at:
        before, _, address = elasticsearch_url.partition("://")
        before += "://"
    for _ in range(4):  # hosts are taken in any order
        assert connect(url=f"{before}{at}127.0.0.1:9,{address}").info() is None


def test_a_given_client_takes_layout_options_only(connect: Connect, client: Elasticsearch) -> None:
    driver: Driver = find_driver(client).connect(client, "test", shards=2)
    driver.create("{}")
    assert connect().info() == "{}"
    with pytest.raises(InvalidTarget, match="api_key"):
        find_driver(client).connect(client, "test", api_key="a")


def test_the_servers_certificate_is_checked(guarded: Guarded) -> None:
    url = guarded.url_of("owner")
    with ElasticsearchDriver.connect(url, "test") as driver:
        assert driver.server_version()
    plain = url.partition("?")[0]
    certificate = ssl.PEM_cert_to_DER_cert((guarded.folder / "server.pem").read_text())
    fingerprint = hashlib.sha256(certificate).hexdigest()
    with ElasticsearchDriver.connect(plain, "test", ssl_assert_fingerprint=fingerprint) as driver:
        assert driver.server_version()
    wrong: list[dict[str, Any]] = [
        {},
        {"ca_certs": str(guarded.folder / "other-ca.pem")},
        {"ssl_assert_fingerprint": "0" * 64},
    ]
    for options in wrong:
        with ElasticsearchDriver.connect(plain, "test", **options) as driver:
            with pytest.raises(StorageError, match=r"(?i)certificate.*ca_certs=") as caught:
                driver.info()
            assert caught.value.kind is ErrorKind.UNAVAILABLE


@contextmanager
def known_by_certificate(folder: Path) -> Iterator[tuple[str, LeafCert]]:
    """A server with TLS that asks for a certificate; gives its URL and one to show."""
    authority = CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.example").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with answering(200, b"{}", context) as (port, _):
        yield f"elasticsearch+https://127.0.0.1:{port}", authority.issue_cert("me.example")


def test_a_server_may_ask_for_a_certificate_and_have_another_name(tmp_path: Path) -> None:
    with known_by_certificate(tmp_path) as (url, mine):
        mine.private_key_and_cert_chain_pem.write_to_path(tmp_path / "me.pem")
        mine.private_key_pem.write_to_path(tmp_path / "key.pem")
        mine.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
        shown = f"ca_certs={tmp_path}/ca.pem&client_cert={tmp_path}"
        named = "ssl_assert_hostname=elsewhere.example"
        for query, answer in {
            f"{shown}/me.pem&{named}": "unknown product",
            f"{shown}/me.pem&ssl_assert_hostname=false": "unknown product",
            f"{shown}/cert.pem&client_key={tmp_path}/key.pem&{named}": "unknown product",
            f"{shown}/me.pem": "127.0.0.1.*ssl_assert_hostname=",
            f"ca_certs={tmp_path}/ca.pem&{named}": "can't|broke off|TLS",
        }.items():
            with (
                ElasticsearchDriver.connect(f"{url}?{query}", "test") as driver,
                pytest.raises(Exception, match=answer),
            ):
                driver.info()


def test_an_old_server_names_the_client_for_it() -> None:
    """What server 8 answers to client 9."""
    body = (
        b'{"error":{"root_cause":[{"type":"media_type_header_exception","reason":"Invalid '
        b'media-type value on headers [Accept]"}],"type":"media_type_header_exception",'
        b'"reason":"Invalid media-type value on headers [Accept]"},"status":400}'
    )
    with answering(400, body) as (port, _):
        url = f"elasticsearch://127.0.0.1:{port}"
        with (
            ElasticsearchDriver.connect(url, "test") as driver,
            pytest.raises(StorageError, match="pip install 'elasticsearch<9'"),
        ):
            driver.info()


class Listening(HTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that was refused."""


@contextmanager
def answering(
    status: int, body: bytes, tls: ssl.SSLContext | None = None
) -> Iterator[tuple[int, list[str]]]:
    """A server that is not Elasticsearch; gives its port, and who came in."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization", ""))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with Listening(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, seen
        finally:
            server.shutdown()
            thread.join()
