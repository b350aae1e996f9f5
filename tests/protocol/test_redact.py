"""No password, key or token is ever shown."""

import traceback
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagematch_core.protocol.redact import redact, redact_exception, redact_url, secrets_of

SECRET = "hunter2hunter2"

passwords = st.text(min_size=8).map(lambda text: f"Zq{text}Zq")
url_passwords = passwords.map(lambda text: quote(text, safe="", errors="surrogatepass"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:pw@host/db", "postgresql://u:***@host/db"),
        ("postgresql://u@host/db", "postgresql://u@host/db"),
        ("postgresql://:pw@host", "postgresql://:***@host"),
        ("postgresql://u:pw@[::1]:5432/db", "postgresql://u:***@[::1]:5432/db"),
        ("mongodb://u:p%40w@a:1,b:2/db?w=1", "mongodb://u:***@a:1,b:2/db?w=1"),
        ("mongodb+srv://u:pw@h/?a=b#f", "mongodb+srv://u:***@h/?a=b#f"),
        ("elasticsearch+https://h:9200/p?api_key=k", "elasticsearch+https://h:9200/p?api_key=***"),
        ("x://h?API-Key=k;sslpassword=l&token=m", "x://h?API-Key=***;sslpassword=***&token=***"),
        ("x://h?%70assword=k&a=b", "x://h?%70assword=***&a=b"),
        ("x://h?authMechanismProperties=AWS_SESSION_TOKEN:t", "x://h?authMechanismProperties=***"),
        ("x://h#access_token=t", "x://h#access_token=***"),
        ("x://h:1,i:2,[::1]:3/a?b=c", "x://h:1,i:2,[::1]:3/a?b=c"),
        ("x://h/a?b=c@d", "x://h/a?b=c@d"),
        ("postgresql:///u:pw@host/db", "postgresql:///u:***@host/db"),
        ("postgresql://u:P@ss#1@host/db", "postgresql://u:***@host/db"),
        ("postgresql://u:12/3@host/db", "postgresql://u:***@host/db"),
        ("postgresql://u%3Apw%40host/db", "postgresql://u%3A***%40host/db"),
        ("x://h:1/db?password=p@ss#w&a=b", "x://h:***&a=b"),
        (" http://u:pw@host", " http://u:***@host"),
        ("http:/u:pw@host", "http:/u:***@host"),
        ("postgresql://u:p@s/s@host/db", "postgresql://u:***@host/db"),
        ("postgresql://u:p?s#s@host/db", "postgresql://u:***@host/db"),
        ("u:pw@host", "u:***@host"),
        ("memory://", "memory://"),
        ("", ""),
    ],
)
def test_a_url_keeps_all_but_its_secrets(url: str, shown: str) -> None:
    assert redact_url(url) == shown
    assert redact_url(shown) == shown


@given(url_passwords)
def test_no_password_is_left_in_a_url(password: str) -> None:
    for url in (
        f"postgresql://me:{password}@host/db",
        f"mongodb://me:{password}@a:1,b:2/?tls=true",
        f"x://host/path?password={password}&a=b",
        f"x://host/path?a=b#token={password}",
    ):
        assert password not in redact_url(url)
        assert password not in redact(f"can't reach {url}: refused")


@given(passwords)
def test_a_known_secret_is_masked_in_each_of_its_spellings(password: str) -> None:
    known = secrets_of(f"x://me:{quote(password, safe='', errors='surrogatepass')}@host")
    for message in (
        f"login with {password} failed",
        f"login with {quote(password, safe='', errors='surrogatepass')} failed",
        f"login with {password!r} failed",
    ):
        assert password not in redact(message, known)
        assert "Zq" not in redact(message, known)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("password=x failed", "password=*** failed"),
        ("{'password': 'a b', \"api_key\": \"c\"}", "{'password': '***', \"api_key\": \"***\"}"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("see x://u:pw@h, or y://v:qw@i", "see x://u:***@h, or y://v:***@i"),
        ("no secret here: a=b, path=/x", "no secret here: a=b, path=/x"),
        ("'postgresql://u:pw@h'", "'postgresql://u:***@h'"),
    ],
)
def test_a_message_is_masked_where_it_looks_secret(message: str, shown: str) -> None:
    assert redact(message) == shown
    assert redact(shown) == shown


def test_secrets_come_from_users_parameters_and_options() -> None:
    known = secrets_of(
        "x://me:first-one@h?apikey=second", {"token": "third", "basic_auth": ("me", "4th")}
    )
    assert {"first-one", "second", "third", "4th"} <= known
    assert secrets_of("sqlite:////a.db", {"sslmode": "require"}) == frozenset()
    assert secrets_of(object(), {"headers": {"a": "b"}}) == frozenset()
    basic = "bWU6Zmlyc3Qtb25l"  # me:first-one
    assert redact(f"sent {basic}", known) == "sent ***"


def test_a_short_secret_is_masked_as_a_word_only() -> None:
    known = secrets_of("x://me:a@h")
    assert redact("a bad day for user 'a'", known) == "*** bad day for user '***'"


class ClientError(Exception):
    def __init__(self, url: str) -> None:
        super().__init__("refused")
        self.url = url

    def __str__(self) -> str:
        return f"{self.url} refused"


def test_an_exception_is_masked_with_all_it_chains_to() -> None:
    known = secrets_of(f"x://me:{SECRET}@h")

    def call() -> None:
        try:
            raise ExceptionGroup("all failed", [ValueError(f"bad dsn {SECRET}", [SECRET], {1: 2})])
        except ExceptionGroup as err:
            raise ClientError(f"x://me:{SECRET}@h") from err

    with pytest.raises(ClientError) as caught:
        call()
    assert redact_exception(caught.value, known) is caught.value
    printed = "".join(traceback.format_exception(caught.value))
    assert SECRET not in printed
    assert "x://me:***@h refused" in printed


def test_an_exception_that_keeps_a_secret_is_not_chained() -> None:
    class Stubborn(Exception):
        def __str__(self) -> str:
            return f"always {SECRET}"

    assert redact_exception(Stubborn(), {SECRET}) is None


def test_an_exception_that_chains_to_itself_is_fine() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__context__, second.__context__ = second, first
    assert redact_exception(first) is first
