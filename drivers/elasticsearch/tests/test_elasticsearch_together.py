"""Several indexes behind one alias, read as one."""

import random
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import imagematch_core as imagematch
import pytest
from click.testing import CliRunner
from conftest import Connect, record
from elasticsearch import Elasticsearch
from guarded_elasticsearch import Guarded
from imagematch_conformance.pictures import stored as pictures
from imagematch_core.cli import main
from imagematch_core.protocol import (
    ErrorKind,
    ForeignIndex,
    Query,
    Record,
    StorageError,
    Stored,
)
from imagematch_core.store import Store
from PIL import Image

from imagematch_es import ElasticsearchDriver
from imagematch_es.documents import AT_ONCE, SMALL_BODY
from imagematch_es.target import from_url

ALL = "imagematch-test-all"


def join(client: Elasticsearch, *names: str, **alias: object) -> None:
    """Puts indexes behind the alias, as an administrator does."""
    for name in names:
        client.indices.put_alias(index=f"imagematch-{name}.1", name=ALL, **alias)


def scanned(driver: ElasticsearchDriver, limit: int, tags: Sequence[str] = ()) -> list[Stored]:
    found: list[Stored] = []
    while page := driver.scan(found[-1].id if found else None, limit, tags):
        assert len(page) <= limit
        found += page
    return found


def test_they_are_read_as_if_all_were_in_one(connect: Connect, client: Elasticsearch) -> None:
    """Beside an index that really has all: names in every order, ids that many have, ties."""
    dice = random.Random(3)
    whole = connect("test-whole")
    whole.create("{}")
    names = ["test-a", "test-a-b", "test-a1", "test-ab", "test-a_b"]
    for name in names:
        records = [
            record(
                f"{start}{number}",
                tuple(sorted(dice.sample(range(40), dice.randrange(12)))),
                tuple(sorted(dice.sample("xyz", dice.randrange(3)))),
            )
            for start in "aZé\uffee😀/"
            for number in dice.sample(range(40), 20)
        ]
        one = connect(name, shards=dice.randrange(1, 4))
        one.create("{}")
        one.put(records)
        whole.put(
            [
                Record(f"{name}/{each.id}", each.words, each.tags, each.signature, each.body)
                for each in records
            ]
        )
    whole.refresh()
    join(client, *names)
    together = connect("test-all")
    assert together.info() == together.create("other") == "{}"
    together.refresh()
    queries = [
        Query(tuple(sorted(dice.sample(range(40), 9))), tags, limit)
        for limit in (1, 7, 100, 10_000)
        for tags in ((), ("x",), ("y", "z"))
    ]
    assert together.candidates(queries) == whole.candidates(queries)
    for limit, tags in ((7, ()), (1_000, ()), (30, ("x",))):
        assert scanned(together, limit, tags) == scanned(whole, limit, tags)
    assert together.count() == whole.count() == 600
    assert (list(together.members()), list(whole.members())) == (sorted(names), [])
    ids = [each.id for each in whole.scan(None, 1_000)]
    dice.shuffle(ids)
    asked = [*ids[:300], "test-a/none", "test-ab/", *ids[300:]]
    assert together.get(asked) == whole.get(asked)
    for after in ("", "test-a", "test-a/", "test-a/Z", "test-a0", "test-ab/\uffff", "z"):
        starts = [each.scan(after, 1) for each in (together, whole)]
        assert starts[0] == starts[1]


def test_an_id_alone_means_each_record_that_has_it(connect: Connect, client: Elasticsearch) -> None:
    for name, ids in (("test-2024", ["a", "b", "d"]), ("test-2025", ["b", "c", "test-2024/c"])):
        one = connect(name)
        one.create("{}")
        one.put([record(each) for each in ids])
    join(client, "test-2024", "test-2025")
    together = connect("test-all")
    found = together.get(["c", "b", "none", "test-2024/d", "test-2024/c", "test-2026/c"])
    assert [each.id for each in found] == [
        "test-2025/c",
        "test-2024/b",
        "test-2025/b",
        "test-2024/d",
    ]


def test_nothing_is_written_through_it(connect: Connect, client: Elasticsearch) -> None:
    """Also not where Elasticsearch itself would: one index, or one that it is told to write to."""
    for name in ("test-2024", "test-2025"):
        one = connect(name)
        one.create("{}")
        one.put([record("a")])
        one.refresh()
    join(client, "test-2025")
    for also in ((), ("test-2024",)):
        join(client, *also, is_write_index=True)
        before = client.indices.get(index="imagematch-test*").body
        calls: list[Callable[[ElasticsearchDriver], object]] = [
            lambda driver: driver.put([record("b")]),
            lambda driver: driver.put([record("test-2025/a", (2,))]),
            lambda driver: driver.delete(["test-2025/a"]),
            lambda driver: driver.delete(["a"]),
            lambda driver: driver.drop(),
        ]
        for call in calls:
            with pytest.raises(StorageError, match=r"'test-all' .* test-2025 .*own name") as caught:
                call(connect("test-all"))
            assert caught.value.kind is ErrorKind.READ_ONLY
        client.indices.refresh(index=ALL)
        assert client.indices.get(index="imagematch-test*").body == before
        assert [each.id for each in scanned(connect("test-all"), 9)] == [
            f"{name}/a" for name in (*also, "test-2025")
        ]
        assert {
            each["_version"] for each in client.search(index=ALL, version=True)["hits"]["hits"]
        } == {1}


@pytest.mark.parametrize(
    ("spoil", "error", "named"),
    [
        (
            lambda client: join(client, "test-other"),
            StorageError,
            r"differ: .*test-2025 is \{\}, test-other is \{\"other\"\}",
        ),
        (
            lambda client: join(client, "test-2024", filter={"term": {"tags": "x"}}),
            StorageError,
            "imagematch-test-2024.1 by its filter",
        ),
        (
            lambda client: join(client, "test-2024", routing="1"),
            StorageError,
            "imagematch-test-2024.1 by its index_routing",
        ),
        (
            lambda client: client.indices.put_settings(
                index="imagematch-test-2024", settings={"index.translog.durability": "async"}
            ),
            StorageError,
            "imagematch-test-2024.1 has index.translog.durability",
        ),
        (
            lambda client: client.indices.delete_alias(
                index="imagematch-test-2024.1", name="imagematch-test-2024"
            ),
            ForeignIndex,
            "imagematch-test-all",
        ),
        (
            lambda client: client.indices.create(index="test-stranger", aliases={ALL: {}}),
            ForeignIndex,
            "imagematch-test-all",
        ),
    ],
    ids=["another algorithm", "filter", "routing", "setting", "own alias", "stranger"],
)
def test_what_is_no_whole_is_refused(
    connect: Connect,
    client: Elasticsearch,
    spoil: Callable[[Elasticsearch], object],
    error: type[Exception],
    named: str,
) -> None:
    for name, info in (("test-2024", "{}"), ("test-2025", "{}"), ("test-other", '{"other"}')):
        connect(name).create(info)
    join(client, "test-2024", "test-2025")
    assert connect("test-all").info() == "{}"
    spoil(client)
    for call in (
        lambda driver: driver.info(),
        lambda driver: driver.create("{}"),
        lambda driver: driver.get(["a"]),
        lambda driver: driver.candidates([Query((1,))]),
        lambda driver: driver.scan(None, 1),
        lambda driver: driver.put([record("a")]),
    ):
        with pytest.raises(error, match=named):
            call(connect("test-all"))


def test_an_index_of_that_name_has_no_others_beside_it(
    connect: Connect, client: Elasticsearch
) -> None:
    connect("test-all").create("{}")
    connect("test-2024").create("{}")
    join(client, "test-2024")
    with pytest.raises(ForeignIndex, match=ALL):
        connect("test-all").info()
    with pytest.raises(ForeignIndex, match=ALL):
        connect("test-all").drop()
    assert set(client.indices.get(index=ALL)) == {f"{ALL}.1", "imagematch-test-2024.1"}


def test_an_index_may_be_called_otherwise(connect: Connect, client: Elasticsearch) -> None:
    """As after `_clone`, `_shrink`, or a snapshot restored under another name."""
    one = connect("test-2024")
    one.create("{}")
    one.put([record("a")])
    block = {"index.blocks.write": True}
    client.indices.put_settings(index="imagematch-test-2024.1", settings=block)
    client.indices.clone(
        index="imagematch-test-2024.1",
        target="imagematch-test-cloned",
        aliases={ALL: {}, "imagematch-test-2024": {}},
        wait_for_active_shards=1,
    )
    join(client, "test-2024")
    with pytest.raises(StorageError, match=r"two copies .* imagematch-test-2024"):
        connect("test-all").info()
    client.indices.delete(index="imagematch-test-2024.1")
    together = connect("test-all")
    together.info()
    assert [each.id for each in together.candidates([Query((1,))])[0]] == ["test-2024/a"]
    assert [each.id for each in together.scan(None, 9)] == ["test-2024/a"]


def test_large_bodies_are_read_from_each(connect: Connect, client: Elasticsearch) -> None:
    for name in ("test-2024", "test-2025"):
        one = connect(name)
        one.create("{}")
        one.put([Record("a", (1,), (), b"s", name * SMALL_BODY)])
        one.refresh()
    join(client, "test-2024", "test-2025")
    found = scanned(connect("test-all"), AT_ONCE)
    assert [each.body for each in found] == ["test-2024" * SMALL_BODY, "test-2025" * SMALL_BODY]


def test_indexes_come_and_go_while_it_is_open(
    connect: Connect, client: Elasticsearch, elasticsearch_url: str
) -> None:
    """With the core's retries, as an application that searches all the time."""

    def add(name: str, info: str = "{}") -> ElasticsearchDriver:
        one = connect(name)
        one.create(info)
        one.put([record(each) for each in "ab"])
        one.refresh()
        join(client, name)
        return one

    def found(store: Store) -> list[list[str]]:
        [hits] = store.candidates([Query((1,))])
        ids = [each.id for each in hits]
        return [ids, [each.id for each in store.get(ids)], [each.id for each in store.scan()]]

    first = add("test-2024")
    with closing(Store.open(elasticsearch_url, "test-all")) as store:
        assert store.info() == "{}"
        assert found(store) == [["test-2024/a", "test-2024/b"]] * 3
        add("test-2025")
        assert [each.id for each in store.get(["test-2025/b", "a"])] == [
            "test-2025/b",
            "test-2024/a",
            "test-2025/a",
        ]
        add("test-2026")
        assert (
            found(store)
            == [[f"test-{year}/{each}" for year in (2024, 2025, 2026) for each in "ab"]] * 3
        )
        add("test-2027")
        assert len(list(store.scan())) == 8
        pages = store.scan()
        assert next(pages).id == "test-2024/a"
        first.drop()
        assert store.get(["test-2024/a", "test-2025/a"]) == [Stored("test-2025/a", b"a", "{}")]
        assert store.count() == 6
        assert [each.id for each in pages][1:] == [
            f"test-{year}/{each}" for year in (2025, 2026, 2027) for each in "ab"
        ]
        add("test-2028", "other")
        with pytest.raises(StorageError, match="test-2028 is other"):
            found(store)
        for year in (2025, 2026, 2027, 2028):
            connect(f"test-{year}").drop()
        with pytest.raises(StorageError) as caught:
            found(store)
        assert caught.value.kind is ErrorKind.MISSING_INDEX


def test_a_page_goes_on_behind_an_index_that_was_dropped(
    connect: Connect, client: Elasticsearch, elasticsearch_url: str
) -> None:
    for name in ("test-2024", "test-2025"):
        one = connect(name)
        one.create("{}")
        one.put([record(each) for each in "ab"])
        one.refresh()
        join(client, name)
    with closing(Store.open(elasticsearch_url, "test-all")) as store:
        store.info()
        assert [each.id for each in store.scan(after="test-2024/a")][:1] == ["test-2024/b"]
        connect("test-2024").drop()
        assert [each.id for each in store.scan(after="test-2024/a")] == [
            "test-2025/a",
            "test-2025/b",
        ]


def test_who_may_search_each_may_search_all(guarded: Guarded) -> None:
    admin, _ = from_url(guarded.url_of("owner"), {})
    with admin, ElasticsearchDriver.connect(guarded.url_of("owner"), "test-2024") as owner:
        owner.create("{}")
        owner.put([record("a")])
        owner.refresh()
        join(admin, "test-2024")
        with ElasticsearchDriver.connect(guarded.url_of("reader"), "test-all") as reader:
            assert reader.info() == "{}"
            assert [each.id for each in reader.candidates([Query((1,))])[0]] == ["test-2024/a"]
            assert [each.id for each in reader.scan(None, 9)] == ["test-2024/a"]
            assert reader.count() == 1
        owner.drop()


def test_an_index_a_year_and_a_search_over_all(
    connect: Connect,
    client: Elasticsearch,
    elasticsearch_url: str,
    tmp_path: Path,
) -> None:
    """As a user has it: hits of all, with the same distances; what is written goes to one."""
    del connect  # it only removes what is left over
    client.indices.put_index_template(
        name="imagematch-tests",
        index_patterns=["imagematch-test-20*"],
        priority=900,
        template={"aliases": {ALL: {}}},
    )
    try:
        paths = []
        for number, picture in enumerate(pictures()):
            paths.append(str(tmp_path / f"{number}.png"))
            Image.fromarray(picture.pixels).save(paths[-1])
        alone = {}
        for year, some in ((2024, paths[:25]), (2025, paths[15:])):
            with imagematch.open(elasticsearch_url, index=f"test-{year}") as index:
                assert not index.add_many(some, workers=1).failed
                for hit in index.search(paths[20]):
                    alone[f"test-{year}/{hit.id}"] = hit.distance
        with imagematch.open(elasticsearch_url, index="test-all") as index:
            assert index.count() == len(paths) + 10
            hits = index.search(paths[20])
            assert {hit.id: hit.distance for hit in hits} == alone
            both = [f"test-{year}/{imagematch.id_of(paths[20])}" for year in (2024, 2025)]
            assert [hit.id for hit in hits][:2] == both
            assert [hit.path for hit in hits][:2] == [paths[20]] * 2
            assert both[1] in {hit.id for hit in index.search(id=both[0])}
            assert [entry.id for entry in index.entries(path=paths[20])] == both
            entry = index.get(imagematch.id_of(paths[30]))
            assert entry is not None
            assert entry.id == f"test-2025/{imagematch.id_of(paths[30])}"
            twice = {imagematch.id_of(path) for path in paths[15:25]}
            grouped = [
                {member.entry.id for member in group.members} for group in index.duplicates()
            ]
            for one in twice:
                assert any({f"test-2024/{one}", f"test-2025/{one}"} <= ids for ids in grouped)
            for write in (
                lambda: index.add(paths[0], path="new.png"),
                lambda: index.add_many(paths[:3], workers=1),
                lambda: index.update(both[0], {"a": 1}),
                lambda: index.delete(both[0]),
                lambda: index.delete(path=paths[20]),
                index.drop,
            ):
                with pytest.raises(StorageError, match="test-2024, test-2025") as caught:
                    write()
                assert caught.value.kind is ErrorKind.READ_ONLY
            assert index.count() == len(paths) + 10
        ping = CliRunner().invoke(main, ["ping", "--url", elasticsearch_url, "--index", "test-all"])
        assert f"holds {len(paths) + 10} pictures" in ping.stdout
        assert "as one, to search: test-2024, test-2025" in ping.stdout
    finally:
        client.indices.delete_index_template(name="imagematch-tests")
