"""No part of a password leaves, however it was written into a URL, through any installed driver."""

import traceback
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import imagematch_core
from imagematch_core.cli import main
from imagematch_core.drivers.registry import installed_drivers
from imagematch_core.errors import ImageMatchError
from imagematch_core.sources.naming import named

LETTERS = "QXZJKVWY"
"""Four of these in a row stand in no message and in no path."""

passwords = st.lists(
    st.one_of(
        st.text(LETTERS, min_size=4, max_size=8),
        st.sampled_from([*"@/?#:%+,[]!$='\"\\ ", "://", "%40", "@127.0.0.1:2"]),
    ),
    min_size=1,
    max_size=6,
).map("".join)

SPELLINGS = [
    "{scheme}://me:{raw}@127.0.0.1:1/db",
    "{scheme}://me:{raw}@127.0.0.1:1",
    "{scheme}:///me:{raw}@127.0.0.1:1/db",
    "{scheme}:/me:{raw}@127.0.0.1:1/db",
    "{scheme}:me:{raw}@127.0.0.1:1/db",
    "  {scheme}://me:{raw}@127.0.0.1:1/db",
    "me:{raw}@127.0.0.1:1/db",
    "{scheme}://:{raw}@127.0.0.1:1/db?a=b",
    "{scheme}://127.0.0.1:1/db?user=me&password={raw}",
    "{scheme}://127.0.0.1:1?api_key={raw}&a=b",
    "{scheme}://me%3A{quoted}%40127.0.0.1:1/db",
    "{scheme}://me:{quoted}@127.0.0.1:1/db",
    "{scheme}://me:{quoted}@127.0.0.1:1/db?nonsense=1",
    "{scheme}://127.0.0.1:1/db?password={quoted}",
    "host=127.0.0.1 port=1 user=me password={raw} dbname=db",
    "password = '{raw}' host=127.0.0.1 port=1",
]

spellings = st.sampled_from(SPELLINGS)


def shown_by(err: BaseException | None, seen: set[int]) -> Iterator[str]:
    """All that a message, a traceback or a tool that prints attributes would show."""
    if err is None or id(err) in seen:
        return
    seen.add(id(err))
    yield from ("".join(traceback.format_exception(err)), repr(err), repr(vars(err)))
    connection = getattr(err, "pgconn", None)
    if connection is not None:
        yield repr(connection.info)
    yield from shown_by(err.__cause__, seen)
    if not err.__suppress_context__:
        yield from shown_by(err.__context__, seen)


def parts(password: str) -> set[str]:
    """Every four letters of a password that follow one another."""
    fours = {password[at : at + 4] for at in range(len(password) - 3)}
    return {four for four in fours if set(four) <= set(LETTERS)}


def hard_ones(test: Callable[..., None]) -> Callable[..., None]:
    """Try the passwords that clients cut in two, whatever else is tried."""
    for sign in "@/?#:%&":
        for password in (f"QXZJ{sign}KVWY", f"Q@QXZJ{sign}KVWYKVWY", f"Q{sign}QXZJ@KVWYKVWY"):
            for spelling in ("{scheme}://me:{raw}@127.0.0.1:1/db", "{scheme}://me:{raw}@[::1]"):
                test = example(password=password, spelling=spelling)(test)
    for password, spelling in (
        ("@%40JJJJ", "{scheme}://me:{raw}@127.0.0.1:1/db"),
        ("?JJJJJJJJ%40JJJJ", "{scheme}://me:{raw}@127.0.0.1:1/db"),
        (",JJJJ", "{scheme}://me%3A{quoted}%40127.0.0.1:1/db"),
        ("/JJJJ", "me:{raw}@127.0.0.1:1/db"),
        ("/JJJJ:QXZJ", "me:{raw}@127.0.0.1:1/db"),
    ):
        test = example(password=password, spelling=spelling)(test)
    return test


@pytest.mark.parametrize("scheme", sorted({driver.name for driver in installed_drivers()}))
@settings(max_examples=60, deadline=None)
@given(password=passwords, spelling=spellings)
@hard_ones
def test_no_part_of_a_password_is_shown(scheme: str, password: str, spelling: str) -> None:
    url = spelling.format(scheme=scheme, raw=password, quoted=quote(password, safe=""))
    try:
        with imagematch_core.open(url, timeout=0.3, create=False) as index:
            shown = [repr(index)]
    except ImageMatchError as err:
        shown = list(shown_by(err, set()))
    for part in parts(password):
        assert not any(part in text for text in shown), url


@settings(max_examples=60, deadline=None)
@given(password=passwords, spelling=spellings)
@example(password="?JJJJ", spelling="{scheme}://127.0.0.1:1/db?user=me&password={raw}")
def test_no_part_of_a_picture_s_password_is_shown(password: str, spelling: str) -> None:
    url = spelling.format(scheme="http", raw=password, quoted=quote(password, safe=""))
    assume("http:/" in url and "%3A{" not in spelling)
    for part in parts(password):
        assert part not in named(url)


@pytest.mark.parametrize(
    "command",
    [
        "{}",
        "ping {}",
        "count --timeout {}",
        "list --where {}",
        "search a.png --where {}",
        "dedupe --reference a.png {}",
        "undo {}",
        "new-driver {}",
        "not-copies {}",
    ],
)
@settings(max_examples=5, deadline=None)
@given(password=passwords, spelling=spellings)
def test_the_command_does_not_repeat_a_password(command: str, password: str, spelling: str) -> None:
    url = spelling.format(scheme="postgresql", raw=password, quoted=quote(password, safe=""))
    assume(not url.startswith("-"))
    arguments = [url if part == "{}" else part for part in command.split()]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code != 0
    for part in parts(password):
        assert part not in done.output
