"""`Filter`: what the core looks at itself."""

from typing import Any

import pytest

from imagematch_core.errors import FilterError
from imagematch_core.records.filtering import Filter


def holds(where: dict[str, Any], metadata: dict[str, Any] | None) -> bool:
    wanted = Filter.of(where)
    assert wanted.tags == ((),)
    assert not wanted.is_answered_by_tags
    return wanted.holds({"metadata": metadata, "path": "/a.png"})


@pytest.mark.parametrize(
    ("condition", "inside", "outside"),
    [
        ({"not": "A"}, ["B", "a", None, ["B", "C"], {"A": 1}], ["A", ["A", "B"]]),
        ({"not": ["A", 1]}, ["B", True, 2], ["A", 1, 1.0]),
        ({"not": None}, [0, "", False], [None]),
        ({">=": 10}, [10, 10.5, [1, 11]], [9.9, "11", True, None, [1]]),
        ({">": 10, "<": 20}, [11, 19.5], [10, 20]),
        ({"<=": "2026-02-01"}, ["2026-02-01", "2025"], ["2026-02-02", 5]),
        ({"exists": True}, ["", None, 0, [], {}], []),
        ({"exists": False}, [], ["", None, 0, [], {}]),
    ],
)
def test_conditions(condition: dict[str, Any], inside: list[Any], outside: list[Any]) -> None:
    for value in inside:
        assert holds({"key": condition}, {"key": value}), value
    for value in outside:
        assert not holds({"key": condition}, {"key": value}), value


@pytest.mark.parametrize(
    ("condition", "expected"),
    [({"not": "A"}, True), ({">": 1}, False), ({"exists": False}, True), ({"exists": True}, False)],
)
@pytest.mark.parametrize("metadata", [None, {}, {"other": "A"}])
def test_conditions_on_what_is_not_there(
    condition: dict[str, Any], expected: bool, metadata: dict[str, Any] | None
) -> None:
    assert holds({"key": condition}, metadata) is expected


def test_values_are_asked_of_the_database_and_conditions_are_not() -> None:
    wanted = Filter.of({"shop": "a", "price": {"<": 5}})
    assert wanted.tags == (('["shop","a"]',),)
    assert Filter.of({"shop": "a"}).is_answered_by_tags
    assert Filter.of(None).is_answered_by_tags


@pytest.mark.parametrize(
    ("where", "named"),
    [
        ("artist", "must be a mapping"),
        ({"a": {"near": 1}}, "where['a'] has 'near'"),
        ({"a": {"$gt": 1}}, "'not', 'exists', '<', '<=', '>', '>='"),
        ({"a": {"<": True}}, "where['a']['<'] must be a number or a string"),
        ({"a": {"<": float("nan")}}, "where['a']['<']"),
        ({"a": {"<": [1]}}, "where['a']['<']"),
        ({"a": {"exists": 1}}, "where['a']['exists']"),
        ({"a": {"not": {"b": 1}}}, "where['a'] is a dict"),
        ({3: {"not": 1}}, "the key 3"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(where: Any, named: str) -> None:
    with pytest.raises(FilterError) as caught:
        Filter.of(where)
    assert named in str(caught.value)


def test_empty_paths_are_refused() -> None:
    with pytest.raises(FilterError, match="path_prefix"):
        Filter.of(path_prefix="")
    with pytest.raises(FilterError, match="path must"):
        Filter.of(path="")
