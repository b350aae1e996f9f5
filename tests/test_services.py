"""`Index` as services use it: nothing is overwritten, decoded twice or waited for too long."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import ImageOps

import imagematch_core as imagematch
from imagematch_core import EntryExists, Index, Item
from imagematch_core.cli import main
from imagematch_core.sources import decoders
from tests.drawings import drawing, encoded, saved


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what has been opened to be decoded."""
    names: list[str] = []
    open_image: Callable[..., Any] = decoders.open_image

    def noting(file: Any, name: str, *others: Any) -> Any:
        names.append(name)
        return open_image(file, name, *others)

    monkeypatch.setattr(decoders, "open_image", noting)
    monkeypatch.setattr("imagematch_core.sources.picture.open_image", noting, raising=False)
    return names


def test_what_must_not_be_replaced_is_not(index: Index) -> None:
    data = encoded(drawing(1))
    first = index.add(data, metadata={"seller": "A"}, replace=False)
    with pytest.raises(EntryExists) as caught:
        index.add(data, metadata={"seller": "B"}, replace=False)
    assert caught.value.id == first
    assert first in str(caught.value)
    entry = index.get(first)
    assert entry
    assert entry.metadata == {"seller": "A"}
    assert index.add(data, id="own", metadata={"seller": "B"}, replace=False) == "own"
    assert index.count() == 2


def test_of_many_only_what_exists_is_refused(index: Index) -> None:
    index.add(drawing(0), id="0")
    items = [Item(drawing(seed), id=str(seed), replace=False) for seed in (0, 1, 2, 1)]
    result = index.add_many(items, workers=1)
    assert result.added == 2
    assert [(item, type(error)) for item, error in result.failed] == [
        (items[0], EntryExists),
        (items[3], EntryExists),
    ]


def test_of_two_threads_that_add_one_id_one_is_refused(index: Index) -> None:
    start = threading.Barrier(8)

    def add(seed: int) -> str:
        start.wait()
        try:
            index.add(drawing(seed), id="one", replace=False)
        except EntryExists:
            return "refused"
        return "added"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(add, range(8))) == ["added"] + ["refused"] * 7


def test_a_prepared_picture_is_decoded_once(
    index: Index, tmp_path: Path, decoded: list[str]
) -> None:
    path = saved(tmp_path, "a.png", drawing(1))
    prepared = index.prepare(path)
    assert (prepared.path, prepared.id) == (str(path), imagematch.id_of(path))
    assert not index.search(prepared)
    assert index.add(prepared, metadata={"n": 1}) == prepared.id
    assert [hit.id for hit in index.search(prepared, all_orientations=True)] == [prepared.id]
    assert len(decoded) == 1
    entry = index.get(prepared.id)
    assert entry
    assert (entry.signature, entry.picture) == (prepared.signature, prepared.picture)
    # As `add` of the file itself would have stored it, so that is not signed again.
    assert index.add_many([path]).unchanged == 1
    assert len(decoded) == 1


def test_a_prepared_picture_finds_what_the_picture_finds(index: Index) -> None:
    whole = drawing(1, (300, 200))
    index.add(whole.crop((60, 40, 240, 160)), id="inside")
    index.add(ImageOps.mirror(whole), id="mirrored")
    for options in ({}, {"all_orientations": True, "thorough": 2}, {"thorough": 0}):
        prepared = index.prepare(whole)
        assert index.search(prepared, **options) == index.search(whole, **options)  # type: ignore[arg-type]
    (hits,) = index.search_many([index.prepare(whole)])
    assert hits == index.search(whole)


def test_a_prepared_picture_is_of_one_algorithm() -> None:
    with (
        imagematch.open("memory://") as one,
        imagematch.open("memory://", algorithm="goldberg-1") as other,
    ):
        prepared = one.prepare(drawing(1))
        with pytest.raises(imagematch.AlgorithmError):
            other.search(prepared)
        with pytest.raises(imagematch.AlgorithmError):
            other.add(prepared)


def test_a_near_copy_is_not_added(index: Index, decoded: list[str]) -> None:
    added = index.add_unless_near(encoded(drawing(1)), id="first", metadata={"seller": "A"})
    assert (added.id, list(added.near)) == ("first", [])
    copy = encoded(drawing(1).resize((80, 60)), "JPEG", quality=60)
    refused = index.add_unless_near(copy, id="second")
    assert refused.id is None
    assert [hit.id for hit in refused.near] == ["first"]
    assert index.count() == 1
    assert len(decoded) == 2
    other = index.add_unless_near(copy, id="second", where={"seller": {"not": "A"}})
    assert other.id == "second"


def test_adding_unless_near_may_be_repeated(index: Index) -> None:
    data = encoded(drawing(1))
    first = index.add_unless_near(data)
    assert index.add_unless_near(data) == first
    with pytest.raises(EntryExists):
        index.add_unless_near(data, replace=False)


def test_of_near_copies_that_are_added_at_once_one_is(index: Index) -> None:
    start = threading.Barrier(6)

    def add(quality: int) -> bool:
        start.wait()
        data = encoded(drawing(1, (200, 150)), "JPEG", quality=quality)
        return index.add_unless_near(data).id is not None

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(add, range(50, 80, 5))) == 1


def test_conditions_on_metadata(index: Index) -> None:
    for seed, metadata in enumerate(
        [
            {"seller": "A", "price": 5, "day": "2026-01-31"},
            {"seller": "B", "price": 9.5, "day": "2026-02-01", "sold": True},
            {"seller": "B", "price": 20},
            None,
        ]
    ):
        index.add(drawing(1), id=str(seed), metadata=metadata)

    def found(**where: Any) -> list[str]:
        ids = [hit.id for hit in index.search(drawing(1), where=where)]
        assert [entry.id for entry in index.entries(where)] == ids
        assert index.count(where) == len(ids)
        assert [hit.id for hit in index.search(drawing(1), where=where, limit=1)] == ids[:1]
        return ids

    assert found(seller={"not": "A"}) == ["1", "2", "3"]
    assert found(seller="B", price={"<": 10}) == ["1"]
    assert found(price={">=": 5, "<": 20}) == ["0", "1"]
    assert found(day={">": "2026-01-31"}) == ["1"]
    assert found(sold={"exists": False}, seller={"exists": True}) == ["0", "2"]
    groups = index.duplicates(where={"seller": {"not": "A"}})
    assert [{one.entry.id for one in group.members} for group in groups] == [{"1", "2", "3"}]
    assert index.delete(where={"price": {">": 6}}) == 2
    assert index.count() == 2


def test_a_condition_that_hides_candidates_is_told(index: Index) -> None:
    for seed in range(4):
        index.add(drawing(1), id=str(seed), metadata={"n": seed})
    hits = index.search(drawing(1), where={"n": {">": 2}}, candidates=2)
    assert not hits
    assert hits.truncated
    assert [hit.id for hit in index.search(drawing(1), where={"n": {">": 2}})] == ["3"]


def test_pictures_by_their_paths(index: Index, tmp_path: Path) -> None:
    file = saved(tmp_path, "a/1.png", drawing(1))
    index.add(file, metadata={"n": 1})
    index.add(drawing(2), id="own", path=str(file), metadata={"n": 2})
    index.add(drawing(3), id="s3", path="s3://bucket/a/3.png")
    index.add(drawing(4), id="tag", metadata={"": str(file)})

    def ids(**chosen: Any) -> list[str]:
        found = [entry.id for entry in index.entries(**chosen)]
        assert index.count(**chosen) == len(found)
        return found

    both = sorted([imagematch.id_of(file), "own"])
    assert ids(path=str(file)) == both
    assert ids(path=str(file), where={"n": 2}) == ["own"]
    assert ids(path=str(file), where={"n": 1}) == [imagematch.id_of(file)]
    assert ids(path=str(file), where={"n": {"not": 2}}) == [imagematch.id_of(file)]
    assert [one.id for one in index.entries(path=str(file), after=both[0])] == both[1:]
    assert [one.id for one in index.entries(path=str(file), after=both[1])] == []
    assert ids(path_prefix=f"{tmp_path}/") == both
    assert ids(path_prefix="s3://bucket/") == ["s3"]
    assert ids(path="s3://bucket/a/3.png") == ["s3"]
    assert index.delete(path=str(file), where={"n": 2}) == 1
    assert index.delete(path_prefix=str(tmp_path)) == 1
    assert ids() == ["s3", "tag"]


@pytest.mark.parametrize("chosen", [{}, {"path": ""}, {"path_prefix": ""}, {"where": {}}])
def test_nothing_is_deleted_by_an_empty_choice(index: Index, chosen: dict[str, Any]) -> None:
    index.add(drawing(1))
    with pytest.raises(imagematch.ArgumentError):
        index.delete(**chosen)
    with pytest.raises(imagematch.ArgumentError):
        index.delete("id", path="/a.png")
    assert index.count() == 1


def test_a_copied_index_knows_the_paths_too(index: Index) -> None:
    index.add(drawing(1), id="own", path="/shop/1.png")
    with imagematch.open("memory://") as copy:
        index.copy_to(copy)
        assert [entry.id for entry in copy.entries(path="/shop/1.png")] == ["own"]


def test_entries_come_in_pages(index: Index) -> None:
    for seed in range(5):
        index.add(drawing(seed), id=str(seed))
    assert [entry.id for entry in index.entries(after="2")] == ["3", "4"]
    assert [entry.id for entry in index.entries(after="4")] == []


def test_health(index: Index) -> None:
    assert index.healthy()
    index.drop()
    assert not index.healthy(timeout=0.1)
    with pytest.raises(imagematch.ArgumentError):
        index.healthy(timeout=0)
    index.close()
    with pytest.raises(imagematch.Closed):
        index.healthy()


@pytest.mark.parametrize("algorithm", ["goldberg-1", "goldberg-2"])
def test_an_index_made_by_its_statements_is_one(tmp_path: Path, algorithm: str) -> None:
    url = f"sqlite:///{tmp_path}/index.db"
    statements = imagematch.ddl(url, index="it-s", algorithm=algorithm)
    assert not (tmp_path / "index.db").exists()
    connection = sqlite3.connect(tmp_path / "index.db")
    connection.executescript(statements)
    connection.close()
    with imagematch.open(url, index="it-s", create=False) as index:
        assert index.info.algorithm == algorithm
        index.add(drawing(1))
        assert len(index.search(drawing(1))) == 1
    done = CliRunner().invoke(main, ["ddl", "--url", url, "--algorithm", algorithm])
    assert done.output == imagematch.ddl(url, algorithm=algorithm)


def test_a_database_without_statements_says_so() -> None:
    with pytest.raises(imagematch.ArgumentError, match="memory:// has no statements"):
        imagematch.ddl("memory://")


def test_the_command_takes_conditions(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/index.db"
    with imagematch.open(url) as index:
        for seed in range(4):
            index.add(drawing(seed), id=str(seed), metadata={"n": seed, "shop": "a=b"})

    def listed(*conditions: str) -> list[str]:
        options = [part for one in conditions for part in ("--where", one)]
        done = CliRunner().invoke(main, ["list", "--url", url, *options])
        assert done.exit_code == 0, done.output
        return [line.split("\t")[0] for line in done.output.splitlines()]

    assert listed("n!=1", "n!=2") == ["0", "3"]
    assert listed("n>=1", "n<3", "shop=a=b") == ["1", "2"]
    assert listed("n=1", "n=3") == ["1", "3"]
    done = CliRunner().invoke(main, ["list", "--url", url, "--where", "n=1", "--where", "n>0"])
    assert done.exit_code == 2
