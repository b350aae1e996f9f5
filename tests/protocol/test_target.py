"""A URL is read as people write it, and what is wrong with it is said without its password."""

import pytest

from imagematch_core.protocol import InvalidTarget, Target


def parse(url: str, **options: object) -> Target:
    return Target.parse(url, options, known=("tls", "key"))


def test_a_whole_url() -> None:
    found = parse("mydb://me%40home:p%3Aw@one:1,[::1]:2,three/a%20b?tls=on&key=a+b%2B", tls="off")
    assert (found.scheme, found.user, found.password) == ("mydb", "me@home", "p:w")
    assert found.hosts == (("one", 1), ("::1", 2), ("three", None))
    assert found.path == "a b"
    assert found.options == {"tls": "off", "key": "a+b+"}
    assert "p:w" not in repr(found)


def test_what_is_left_out() -> None:
    found = parse("mydb://")
    assert (found.user, found.password, found.hosts, found.path) == (None, None, (), "")
    assert parse("mydb://me@host").password is None
    assert parse("mydb://me:@host").password == ""


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mydb://me:secret1@host?nosuch=1", "no option 'nosuch' here, only tls, key"),
        ("mydb://me:sec/ret1@host/db", "write '/'"),
        ("mydb://me:sec#ret1@host/db", "write '/'"),
        ("mydb://me:sec?ret1@host/db", "write '/'"),
        ("mydb://me:secret1@host:port/db", "(?i)port"),
        ("mydb://me:secret1@:1/db", "names no host"),
        ("mydb://me:secret1@one,,two/db", "names no host"),
        ("mydb://me:secret1@[::1/db", "(?i)ipv6"),
    ],
)
def test_what_is_wrong_is_said_without_the_password(url: str, message: str) -> None:
    with pytest.raises(InvalidTarget, match=message) as raised:
        parse(url)
    for part in ("secret1", "sec/", "ret1"):
        assert part not in str(raised.value)
    assert raised.value.__cause__ is None
