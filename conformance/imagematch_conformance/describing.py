"""How what was found differs from what was expected, in a sentence that names the record."""

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

SHOWN = 5
"""Ids that a sentence names."""

LONG = 80
"""Characters of a value that it shows."""


def check_same(found: Sequence[Any], expected: Sequence[Any], what: str = "") -> None:
    """Raise AssertionError unless both are equal: lists of records, candidates or ids.

    Args:
        found, expected: what is compared, in order.
        what: what was asked, for the message.
    """
    if found != expected:
        raise AssertionError(f"{what}: {difference(found, expected)}".removeprefix(": "))


def check_answers(found: Sequence[Any], expected: Sequence[Any], what: str = "query") -> None:
    """Compare answers to queries one by one, as `check_same` does."""
    for number, (answer, right) in enumerate(zip(found, expected, strict=False)):
        check_same(answer, right, f"{what} {number}")
    if len(found) != len(expected):
        raise AssertionError(f"{len(found)} answers to {len(expected)} queries")


def difference(found: Sequence[Any], expected: Sequence[Any]) -> str:
    """Say how two sequences differ that do."""
    ids, right = [*map(_id, found)], [*map(_id, expected)]
    counts, rights = Counter(ids), Counter(right)
    told = [
        f"{what}: {_named(which)}"
        for what, which in (
            ("missing", [*(rights - counts)]),
            ("not expected", [one for one in counts if one not in rights]),
            ("more than once", [one for one in counts if counts[one] > rights[one] > 0]),
        )
        if which
    ]
    if told:
        return "; ".join(told) + f" ({len(found)} found, {len(expected)} expected)"
    for place, (one, other) in enumerate(zip_longest(found, expected)):
        if _id(one) != _id(other):
            return f"place {place} has {_id(one)!r}, expected {_id(other)!r}"
        if one != other:
            return f"record {_id(one)!r} has {_fields(one, other)}"
    return "nothing"


def _id(one: Any) -> Any:
    return one[0] if isinstance(one, tuple) and one else getattr(one, "id", one)


def _fields(one: Any, other: Any) -> str:
    names = [name for name in ("shared", "signature", "body") if hasattr(other, name)]
    differing = [name for name in names if getattr(one, name) != getattr(other, name)]
    if not differing:
        return f"{_short(one)}, expected {_short(other)}"
    return ", ".join(
        f"the {name} {_short(getattr(one, name))}, expected {_short(getattr(other, name))}"
        for name in differing
    )


def _named(ids: Sequence[Any]) -> str:
    more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
    return ", ".join(map(_short, ids[:SHOWN])) + more


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONG else f"{text[:LONG]}… ({len(text)} characters)"
