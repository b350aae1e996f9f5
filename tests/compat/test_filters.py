"""`pre_filter` as `where`."""

from typing import Any

import pytest

from imagematch_core.compat.filters import where_of
from imagematch_core.errors import FilterError


@pytest.mark.parametrize(
    ("pre_filter", "where"),
    [
        (None, None),
        ({}, {}),
        (
            {"artist": "Leonardo", "year": [1503, 1504]},
            {"artist": "Leonardo", "year": [1503, 1504]},
        ),
        ({"term": "2016-1"}, {"term": "2016-1"}),  # metadata may be called so
        ({"term": {"metadata.a": 1}}, {"a": 1}),
        ({"term": {"metadata.a.keyword": "x"}}, {"a": "x"}),
        ({"term": {"metadata.a": {"value": None}}}, {"a": None}),
        ({"term": {"image.metadata.a": 1}}, {"a": 1}),
        ({"terms": {"metadata.a": [1, 2]}}, {"a": [1, 2]}),
        ([{"term": {"metadata.a": 1}}, {"term": {"metadata.b": 2}}], {"a": 1, "b": 2}),
        ({"bool": {"must": {"term": {"metadata.a": 1}}}}, {"a": 1}),
        ({"bool": {"filter": [{"term": {"metadata.a": 1}}], "must": []}}, {"a": 1}),
        ({"nested": {"path": "metadata", "query": {"term": {"metadata.a": 1}}}}, {"a": 1}),
        ({"bool": {"must": [{"term": {"metadata.a": 1}}] * 2}}, {"a": 1}),
    ],
)
def test_what_can_be_asked(pre_filter: Any, where: Any) -> None:
    assert where_of(pre_filter) == where


@pytest.mark.parametrize(
    ("pre_filter", "named"),
    [
        ({"range": {"metadata.year": {"gte": 1500}}}, "'range'"),
        ({"match": {"metadata.title": "mona"}}, "'match'"),
        ({"bool": {"must_not": {"term": {"metadata.a": 1}}}}, "'bool.must_not'"),
        ({"bool": {"should": []}}, "'bool.should'"),
        ({"nested": {"path": "metadata", "score_mode": "max", "query": {}}}, "'nested.score_mode'"),
        ({"term": {"path": "a.jpg"}}, "'path'"),
        ({"term": {"metadata.a.b": 1}}, "'metadata.a.b'"),
        ({"artist": "Leonardo", "year": {"gte": 1500}}, "'artist'"),
        ({"bool": {"must": ["metadata.a"]}}, "'metadata.a'"),
        ([{"term": {"metadata.a": 1}}, {"term": {"metadata.a": 2}}], "two values of 'metadata.a'"),
        ("metadata.a:1", "'metadata.a:1'"),
        (7, "7"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(pre_filter: Any, named: str) -> None:
    with pytest.raises(FilterError, match=named):
        where_of(pre_filter)
