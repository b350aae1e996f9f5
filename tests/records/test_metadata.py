"""Metadata, tags and `where`: what is stored, and what can be asked for."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagematch_core.errors import FilterError, ItemError
from imagematch_core.records.metadata import check_metadata, dump_json, tags, where_tags

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
finite = st.none() | st.booleans() | st.integers() | st.floats(-1e300, 1e300) | st.text()
values = st.recursive(
    finite, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10
)


@given(st.dictionaries(st.text(), values, max_size=10))
def test_metadata_comes_back_as_it_was(metadata: dict[str, Any]) -> None:
    checked = check_metadata(metadata)
    assert json.loads(dump_json(checked)) == metadata


@given(st.text())
def test_json_is_ascii_and_escapes_nul(text: str) -> None:
    dumped = dump_json({"text": text, "odd": "\0\udc80"})
    assert dumped.isascii()
    assert "\0" not in dumped
    assert json.loads(dumped) == {"text": text, "odd": "\0\udc80"}


@pytest.mark.parametrize(
    ("metadata", "named"),
    [
        ({1: "a"}, "key 1"),
        ({"a": {"b": {2: 3}}}, "metadata['a']['b'] has the key 2"),
        ({"a": float("nan")}, "metadata['a'] is nan"),
        ({"a": [1.0, float("inf")]}, "metadata['a'][1] is inf"),
        ({"a": b"bytes"}, "metadata['a'] is a bytes"),
        ({"a": {1, 2}}, "metadata['a'] is a set"),
        ("text", "must be a mapping, not str"),
        (["a"], "must be a mapping, not list"),
    ],
)
def test_what_json_would_change_is_refused_by_name(metadata: Any, named: str) -> None:
    with pytest.raises(ItemError) as caught:
        check_metadata(metadata)
    assert named in str(caught.value)


def test_endless_metadata_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    with pytest.raises(ItemError):
        check_metadata(endless)


def test_a_tag_for_each_scalar_and_each_scalar_of_a_list() -> None:
    metadata = {
        "artist": "Leonardo",
        "year": 1503,
        "tags": ["oil", "wood", "oil", {"not": "this"}, ["nor this"]],
        "sold": None,
        "size": {"width": 53},
    }
    assert tags(metadata) == (
        '["artist","Leonardo"]',
        '["sold",null]',
        '["tags","oil"]',
        '["tags","wood"]',
        '["year",1503]',
    )


def test_equal_numbers_are_one_tag_and_true_is_none_of_them() -> None:
    assert tags({"n": [1, 1.0]}) == ('["n",1]',)
    assert tags({"n": [-0.0, 0]}) == ('["n",0]',)
    assert tags({"n": [True, 1]}) == ('["n",1]', '["n",true]')
    assert tags({"n": 0.1}) == ('["n",0.1]',)
    assert tags({"n": 1e16}) == ('["n",10000000000000000]',)


def test_a_long_tag_is_hashed() -> None:
    plain = '["k","' + "x" * 192 + '"]'
    assert len(plain) == 200
    assert tags({"k": "x" * 192}) == (plain,)
    longer = plain.replace('"]', 'x"]')
    assert tags({"k": "x" * 193}) == (hashlib.sha256(longer.encode()).hexdigest(),)


def test_too_many_tags_are_refused_never_cut() -> None:
    assert len(tags({"n": list(range(127))}, "/a.png")) == 128
    with pytest.raises(ItemError, match="128 values"):
        tags({"n": list(range(128))})


@given(st.dictionaries(st.text(max_size=50), finite, max_size=8))
def test_a_record_carries_what_its_own_metadata_asks_for(metadata: dict[str, Any]) -> None:
    carried = tags(metadata)
    assert list(carried) == sorted(set(carried))
    assert all(len(tag) <= 200 and tag.isascii() and tag.isprintable() for tag in carried)
    (asked,) = where_tags(metadata)
    assert set(asked) == set(carried)


def test_a_list_means_any_of_its_values() -> None:
    assert where_tags({"a": [1, 2], "b": "x"}) == [
        ('["a",1]', '["b","x"]'),
        ('["a",2]', '["b","x"]'),
    ]
    assert where_tags({"a": []}) == []
    assert where_tags({}) == where_tags(None) == [()]
    assert where_tags({"a": [1, 1.0]}) == [('["a",1]',)]


@pytest.mark.parametrize(
    ("where", "named"),
    [
        ({"a": {"b": 1}}, "where['a'] is a dict"),
        ({"a": [[1]]}, "where['a'] is a list"),
        ({3: 1}, "the key 3"),
        ({"a": float("nan")}, "where['a']"),
        ({str(n): n for n in range(17)}, "17 keys"),
        ({"a": list(range(40)), "b": list(range(40))}, "more than 1000"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(where: Any, named: str) -> None:
    with pytest.raises(FilterError) as caught:
        where_tags(where)
    assert named in str(caught.value)
