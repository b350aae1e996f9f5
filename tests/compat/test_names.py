"""Names of image-match's indexes, and its durations."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagematch_core.compat.names import index_name, seconds
from imagematch_core.drivers.registry import check_index
from imagematch_core.errors import ArgumentError


def test_a_name_that_an_index_can_have_is_kept() -> None:
    assert index_name("images") == "images"
    assert index_name("test_environment_1f") == "test_environment_1f"


@given(st.lists(st.text(), min_size=1, max_size=2))
def test_every_other_name_becomes_one_that_an_index_can_have(names: list[str]) -> None:
    check_index(index_name(*names))


def test_names_are_not_confused() -> None:
    names = [("a",), ("a", "b"), ("a-b",), ("A",), ("a.b",), ("a b",), ("ab", ""), ("", "ab")]
    assert len({index_name(*each) for each in names}) == len(names)


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [("10s", 10), ("500ms", 0.5), ("2m", 120), ("1h", 3_600), (3, 3), (0.5, 0.5)],
)
def test_durations_are_read(timeout: Any, expected: float) -> None:
    assert seconds(timeout) == expected


@pytest.mark.parametrize("timeout", ["", "10", "s", "-1s", "0s", 0, -1, None, True, float("nan")])
def test_other_durations_are_refused(timeout: Any) -> None:
    with pytest.raises(ArgumentError, match="timeout"):
        seconds(timeout)
