"""Addresses in URLs, and the relay in front of a server."""

import socket

import pytest
import wrong_remote

from imagematch_conformance.network import Relay, closed_port
from imagematch_conformance.stage import NotStaged, Stage


@pytest.mark.parametrize(
    ("url", "address", "moved", "wrong"),
    [
        (
            "postgresql://me:secret@db:5432/photos?schema=a",
            ("db", 5432),
            "postgresql://me:secret@127.0.0.1:9/photos?schema=a",
            "postgresql://me:certainly-wrong@db:5432/photos?schema=a",
        ),
        (
            "mongodb://me:se%40cret@a:1,b:2/?replicaSet=rs0",
            ("a", 1),
            "mongodb://me:se%40cret@127.0.0.1:9/?replicaSet=rs0",
            "mongodb://me:certainly-wrong@a:1,b:2/?replicaSet=rs0",
        ),
        (
            "elasticsearch://me:secret@[::1]:9200",
            ("::1", 9200),
            "elasticsearch://me:secret@127.0.0.1:9",
            "elasticsearch://me:certainly-wrong@[::1]:9200",
        ),
    ],
)
def test_urls_are_rewritten(url: str, address: tuple[str, int], moved: str, wrong: str) -> None:
    stage = Stage(url)
    assert stage.address() == address
    assert stage.at_address("127.0.0.1", 9) == moved
    assert stage.with_wrong_password() == wrong


def test_what_is_not_in_the_url_is_asked_for() -> None:
    with pytest.raises(NotStaged, match="port"):
        Stage("postgresql://me:secret@db/photos").address()
    with pytest.raises(NotStaged, match="password"):
        Stage("postgresql://db:5432/photos").with_wrong_password()
    with pytest.raises(NotStaged, match="stranger"):
        Stage("postgresql://db:5432/photos").stranger("certify")


def test_the_relay_forwards_until_it_swallows(toy: str) -> None:
    host, _, port = toy.partition(":")
    asked = ("secret", "relay", "info", ())
    with (
        Relay((host, int(port))) as relay,
        socket.create_connection((relay.host, relay.port), timeout=5) as connection,
    ):
        for _ in range(3):
            wrong_remote.send(connection, asked)
            assert wrong_remote.receive(connection) == (True, None)
        relay.swallow()
        connection.settimeout(0.3)
        wrong_remote.send(connection, asked)
        with pytest.raises(TimeoutError):
            wrong_remote.receive(connection)


def test_a_relay_without_a_server_swallows_all() -> None:
    with Relay() as relay, socket.create_connection((relay.host, relay.port), timeout=0.3) as one:
        one.sendall(b"anybody there?")
        with pytest.raises(TimeoutError):
            one.recv(1)


def test_nobody_listens_on_a_closed_port() -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", closed_port()), timeout=5)
