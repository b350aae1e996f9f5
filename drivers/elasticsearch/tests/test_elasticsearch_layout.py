"""How an index lies in Elasticsearch, and what others can do to it."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from conftest import Connect, record
from elasticsearch import Elasticsearch
from imagematch_conformance.oracle import candidates
from imagematch_core.protocol import (
    MAX_BODY_BYTES,
    ErrorKind,
    ForeignIndex,
    Query,
    StorageError,
    Stored,
)
from more_itertools import chunked

from imagematch_es.documents import AT_ONCE, SMALL_BODY

Impose = Callable[[dict[str, Any]], None]


@pytest.mark.parametrize(
    ("imposed", "named"),
    [
        ({"mappings": {"_source": {"enabled": False}}}, "_source"),
        ({"mappings": {"_routing": {"required": True}}}, "_routing"),
        ({"mappings": {"runtime": {"words": {"type": "keyword"}}}}, "runtime"),
    ],
    ids=["no source", "routing", "a field over ours"],
)
def test_what_a_template_spoils_is_refused(
    connect: Connect, client: Elasticsearch, template: Impose, imposed: dict[str, Any], named: str
) -> None:
    template(imposed)
    driver = connect()
    with pytest.raises(StorageError, match=f"has .*{named}.*template") as caught:
        driver.create("{}")
    assert caught.value.kind is ErrorKind.BAD_REQUEST
    assert not client.indices.get(index="imagematch-test*")


def test_templates_may_do_the_rest(
    connect: Connect, client: Elasticsearch, template: Impose
) -> None:
    """What the driver sets itself is stronger, what it does not need is left alone."""
    template(
        {
            "settings": {
                "index.translog.durability": "async",
                "index.final_pipeline": "no-such-pipeline",
                "index.mapping.ignore_above": 2,
                "index.number_of_shards": 2,
                "index.refresh_interval": "7s",
            },
            "mappings": {
                "dynamic": "true",
                "dynamic_templates": [{"all": {"mapping": {"type": "text"}}}],
                "properties": {"@timestamp": {"type": "date"}},
            },
            "aliases": {"test-all-images": {}},
        }
    )
    driver = connect()
    driver.create("{}")
    one = record("a long id", (-1234567,), ("a long tag",))
    driver.put([one])
    driver.refresh()
    assert [hit.id for hit in driver.candidates([Query((-1234567,), ("a long tag",))])[0]] == [
        one.id
    ]
    [settings] = client.indices.get_settings(index="imagematch-test", flat_settings=True).values()
    assert settings["settings"]["index.translog.durability"] == "request"
    assert settings["settings"]["index.number_of_shards"] == "2"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"index.translog.durability": "async"}, "durability"),
        ({"index.final_pipeline": "imagematch-tests"}, "final_pipeline"),
    ],
)
def test_a_weaker_setting_is_noticed_at_opening(
    connect: Connect, client: Elasticsearch, settings: dict[str, str], named: str
) -> None:
    connect().create("{}")
    client.ingest.put_pipeline(id="imagematch-tests", processors=[])
    client.indices.put_settings(index="imagematch-test", settings=settings)
    with pytest.raises(StorageError, match=named):
        connect().info()
    with pytest.raises(StorageError, match=named):
        connect().create("{}")
    assert client.indices.exists_alias(name="imagematch-test")  # it is not ours to remove


def test_an_alias_that_hides_records_is_noticed(connect: Connect, client: Elasticsearch) -> None:
    connect().create("{}")
    client.indices.put_alias(
        index="imagematch-test.1", name="imagematch-test", filter={"term": {"tags": "x"}}
    )
    with pytest.raises(StorageError, match="the alias imagematch-test"):
        connect().info()


def test_strangers_are_left_alone(connect: Connect, client: Elasticsearch) -> None:
    """An index or an alias of ours or others' that is in the way."""
    connect("test-mine").create("{}")
    client.index(index="test-other", document={"precious": True}, refresh=True)

    def alias(name: str, *indexes: str) -> None:
        for index in indexes:
            client.indices.put_alias(index=index, name=name)

    ways: list[Callable[[str], object]] = [
        lambda name: client.indices.create(index=name),
        lambda name: client.indices.create(index=f"{name}.1"),
        lambda name: alias(name, "test-other"),
        lambda name: alias(name, "test-other", "imagematch-test-mine.1"),
    ]
    for number, make in enumerate(ways):
        index = f"test-{number}"
        make(f"imagematch-{index}")
        before = client.indices.get(index="imagematch-test*,test-*").body
        driver = connect(index)
        with pytest.raises(ForeignIndex, match=f"imagematch-{index}"):
            driver.create("{}")
        with suppress(ForeignIndex):
            driver.drop()
        assert client.indices.get(index="imagematch-test*,test-*").body == before
    assert client.count(index="test-other")["count"] == 1


def test_shards_make_no_difference(connect: Connect) -> None:
    """Ties, ids in every plane, tags and pages: several shards answer as one does."""
    dice = random.Random(5)
    ids = [f"{start}{number}" for start in "aZé\uffee😀" for number in range(60)]
    records = [
        record(
            one,
            tuple(sorted(dice.sample(range(40), dice.randrange(12)))),
            tuple(sorted(dice.sample("xyz", dice.randrange(3)))),
        )
        for one in sorted(ids)
    ]
    queries = [
        Query(tuple(sorted(dice.sample(range(40), 9))), tags, limit)
        for limit in (1, 7, 100, 10_000)
        for tags in ((), ("x",), ("y", "z"))
    ]
    answers = []
    for shards in (1, 5):
        driver = connect(f"test-{shards}", shards=shards)
        driver.create("{}")
        driver.put(records)
        driver.refresh()
        pages = [driver.scan(after, 50, tags) for after in (None, "b", "é2") for tags in ((), "x")]
        answers.append([driver.candidates(queries), pages, driver.count()])
    assert answers[0] == answers[1]
    assert answers[0][2] == len(ids)


def test_long_bodies_come_back_in_bounded_pages(connect: Connect) -> None:
    """Bodies around the bound between small and large, and many of the largest."""
    driver = connect()
    driver.create("{}")
    lengths = [SMALL_BODY - 1, SMALL_BODY, SMALL_BODY + 1, 100_000]
    records = [
        record(f"a{at}", body="é" * (length // 2) + "x" * (length % 2))
        for at, length in enumerate(lengths)
    ]
    records += [
        record(f"b{at:02}", body=f"{at:02}" * (MAX_BODY_BYTES // 2)) for at in range(3 * AT_ONCE)
    ]
    records.append(record("c"))
    for start in range(0, len(records), 7):
        driver.put(records[start : start + 7])
    driver.refresh()
    stored = [Stored(one.id, one.signature, one.body) for one in records]
    assert driver.get([one.id for one in records]) == stored
    found: list[Stored] = []
    while page := driver.scan(found[-1].id if found else None, 1_000):
        assert sum(len(one.body) for one in page) <= (AT_ONCE + 1) * MAX_BODY_BYTES
        found += page
    assert found == stored
    driver.put([record("b00")])  # large before, small now
    assert driver.get(["b00"]) == [Stored("b00", b"b00", "{}")]


def test_a_page_of_records_that_were_deleted_is_not_the_end(
    connect: Connect, client: Elasticsearch
) -> None:
    driver = connect()
    driver.create("{}")
    client.indices.put_settings(index="imagematch-test", settings={"index.refresh_interval": "-1"})
    driver.put([record(f"{number}") for number in range(9)])
    driver.refresh()
    driver.delete([f"{number}" for number in range(6)])  # still visible to searches
    assert [one.id for one in driver.scan(None, 2)] == ["6", "7"]


def test_what_is_stored_already_is_not_written_again(
    connect: Connect, client: Elasticsearch
) -> None:
    driver = connect()
    driver.create("{}")
    old = [record("a"), record("b", (1, 2)), record("c", tags=("x",)), record("d", body="1")]
    new = [record("a"), record("b", (1, 3)), record("c", tags=("y",)), record("d", body="2")]
    driver.put(old)
    driver.put(old)
    driver.put(new)
    versions = client.mget(index="imagematch-test", ids=["a", "b", "c", "d"])["docs"]
    assert [each["_version"] for each in versions] == [1, 2, 2, 2]
    driver.refresh()
    assert [hit.id for hit in driver.candidates([Query((3,))])[0]] == ["b"]
    assert [one.id for one in driver.scan(None, 9, ["y"])] == ["c"]


def test_words_count_one_by_one_however_alike_they_are(connect: Connect) -> None:
    """What is asked for in one clause, and what stands in one part of a record, plays no role."""
    driver = connect()
    driver.create("{}")
    words = [
        (),
        (5,),
        tuple(range(64)),
        tuple(range(0, 128, 2)),
        tuple(range(-32, 32)),
        tuple(number << 26 for number in range(-32, 32)),
        tuple(sorted((slot << 26) + bits for slot in range(16) for bits in (3, 7, 11, 900))),
        tuple((slot << 28) + 5 for slot in range(-8, 8)),
        (-(1 << 31), -(1 << 31) + 1, (1 << 31) - 2, (1 << 31) - 1),
    ]
    records = [
        record(f"n{number:03}", words[number % len(words)], ("t",) if number % 4 else ())
        for number in range(900)
    ]
    driver.put(records)
    driver.refresh()
    queries = [
        Query(one, tags, limit)
        for one in (
            *words,
            tuple(range(-500, 500)),
            words[6] + tuple(range(1 << 30, 936 + (1 << 30))),
        )
        for tags, limit in (((), 700), (("t",), 10_000))
    ]
    for some in chunked(queries, 4):
        assert driver.candidates(some) == [candidates(records, one) for one in some]
