"""An index that image-match made in Elasticsearch, imported."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import imagematch_core as imagematch
import pytest
from click.testing import CliRunner
from conftest import Connect
from elasticsearch import Elasticsearch
from imagematch_core import compat
from imagematch_core.cli import main
from imagematch_core.errors import ArgumentError, IndexNotFound, InvalidTarget, StorageError
from tests.compat import legacy
from tests.drawings import WIKIIMAGES

import imagematch_es.legacy

NAME = "test-legacy"
COUNT = 60

Fill = Callable[..., list[legacy.Document]]
LAYOUTS = {"flat": lambda record: record, "nested": lambda record: {"image": record}}


@pytest.fixture
def fill(connect: Connect, client: Elasticsearch) -> Fill:
    """Stores documents as image-match's class does, by `es.index`."""

    def fill(
        layout: str = "flat", documents: Sequence[legacy.Document] | None = None, shards: int = 3
    ) -> list[legacy.Document]:
        made = legacy.documents(COUNT) if documents is None else list(documents)
        client.indices.create(index=NAME, settings={"number_of_shards": shards})
        for document in made:
            client.index(index=NAME, document=LAYOUTS[layout](document))
        client.indices.refresh(index=NAME)
        return made

    return fill


@pytest.fixture
def source(elasticsearch_url: str) -> str:
    return f"{elasticsearch_url}/{NAME}"


@pytest.fixture
def target(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/new.db"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("page", [1, 7, 1_000])
def test_it_finds_what_brute_force_finds(
    fill: Fill, source: str, target: str, monkeypatch: pytest.MonkeyPatch, layout: str, page: int
) -> None:
    monkeypatch.setattr(imagematch_es.legacy, "PAGE", page)
    documents = fill(layout)
    report = compat.import_legacy(source, target)
    assert (report.imported, report.unchanged, report.left_out) == (COUNT, 0, 0)
    hits = 0
    with imagematch.open(target, create=False) as index:
        entries = {entry.path: entry for entry in index.entries()}
        assert len(entries) == COUNT
        for document in documents:
            entry = entries[document["path"]]
            assert entry.metadata == document["metadata"]
            assert entry.added_at.replace(tzinfo=None) == document["timestamp"]
            expected = legacy.brute_force(document, documents)
            found = index.search(entry.signature, candidates=10_000)
            assert sorted((hit.distance, hit.path, hit.score) for hit in found) == expected
            hits += len(found)
    assert hits > COUNT + 30  # the copies, and the paintings


def test_imported_into_the_same_server_image_matchs_class_opens_it(
    fill: Fill, source: str, elasticsearch_url: str, client: Elasticsearch
) -> None:
    fill("nested")
    before = {hit["_id"] for hit in client.search(index=NAME, size=COUNT)["hits"]["hits"]}
    compat.import_legacy(source, elasticsearch_url, index=NAME)
    ses = compat.SignatureES(client, NAME)
    hits = ses.search_image(str(WIKIIMAGES))
    assert [hit["dist"] for hit in hits] == [0.0, 0.22095170140933634, 0.4255719698733665]
    assert {entry.id for entry in ses.imagematch.entries()} == before
    assert client.count(index=NAME)["count"] == COUNT


def test_run_again_it_writes_what_is_new(
    fill: Fill, source: str, target: str, client: Elasticsearch
) -> None:
    fill()
    first = compat.import_legacy(source, target)
    record = legacy.documents(COUNT + 1)[-1]
    client.index(index=NAME, document=record, refresh=True)
    again = compat.import_legacy(source, target)
    assert (again.imported, again.unchanged) == (1, COUNT)
    rest = compat.import_legacy(source, target, after=first.point)
    assert rest.imported == 0
    assert rest.unchanged <= 4
    with pytest.raises(ArgumentError, match="no point"):
        compat.import_legacy(source, target, after="yesterday")


def test_interrupted_it_says_where_to_go_on(
    fill: Fill, source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imagematch_es.legacy, "PAGE", 10)
    fill()

    pages: list[int] = []

    def interrupt(documents: int) -> None:
        pages.append(documents)
        if sum(pages) >= 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        compat.import_legacy(source, target, progress=interrupt)
    [note] = caught.value.__notes__
    assert note.startswith("to go on from here: --after ")
    point = note.rpartition("after=")[2].strip("'")
    report = compat.import_legacy(source, target, after=point)
    assert 30 <= report.imported <= COUNT - 30 + 3
    with imagematch.open(target) as index:
        assert index.count() == COUNT


def test_what_is_written_meanwhile_does_not_disturb(
    fill: Fill, source: str, target: str, client: Elasticsearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imagematch_es.legacy, "PAGE", 5)
    documents = fill()
    ids = [hit["_id"] for hit in client.search(index=NAME, size=COUNT)["hits"]["hits"]]
    written = []

    def write(documents_read: int) -> None:
        if len(written) < 10:
            number = len(written)
            client.update(index=NAME, id=ids[number], doc={"metadata": {"new": number}})
            client.index(index=NAME, document=documents[number])
            client.indices.refresh(index=NAME)
            written.append(number)

    compat.import_legacy(source, target, progress=write)
    assert len(written) == 10
    with imagematch.open(target) as index:
        assert {*ids} <= {entry.id for entry in index.entries()}
        compat.import_legacy(source, target)
        assert index.count() == COUNT + 10
        assert all(index.count(where={"new": number}) == 1 for number in written)


def test_what_cannot_be_imported_is_named(
    connect: Connect, source: str, tmp_path: Path, client: Elasticsearch
) -> None:
    """On the command line: each is named with the reason, the rest is imported, status 1."""
    damaged = legacy.damaged()
    # A mapping that takes anything: Elasticsearch itself would refuse most of these.
    anything = {"type": "object", "enabled": False}
    fields = {"signature": anything, "simple_word_0": anything}
    client.indices.create(index=NAME, mappings={"dynamic": False, "properties": fields})
    for name, (document, _) in damaged.items():
        client.index(index=NAME, id=name, document=document)
    for document in legacy.documents(5):
        client.index(index=NAME, document=document)
    client.indices.refresh(index=NAME)
    target = f"sqlite:///{tmp_path}/new.db"
    done = CliRunner().invoke(main, ["import-legacy", source, "--to", target])
    assert done.exit_code == 1
    assert done.stdout == f"5 pictures imported, 0 unchanged, {len(damaged)} left out.\n"
    for name, (_, reason) in damaged.items():
        [line] = [line for line in done.stderr.splitlines() if f"left out: {name}: " in line]
        assert reason in line
    done = CliRunner().invoke(main, ["import-legacy", source, "--to", target, "--json"])
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["unchanged"] == 5
    assert {each["id"] for each in answer["left_out"]} == damaged.keys()


def test_a_source_without_image_matchs_documents_is_an_error(
    connect: Connect, client: Elasticsearch, elasticsearch_url: str, source: str, target: str
) -> None:
    with pytest.raises(IndexNotFound, match=NAME):
        compat.import_legacy(source, target)
    client.index(index=NAME, document={"title": "a post"}, refresh=True)
    with pytest.raises(IndexNotFound, match="nothing that image-match made"):
        compat.import_legacy(source, target)
    for wrong in ("", "/", "/a/b"):
        with pytest.raises(InvalidTarget, match="name image-match's index"):
            compat.import_legacy(elasticsearch_url + wrong, target)
    for wrong in ("elasticsearch://[::1/images", "elasticsearch://u:hidden/word@host/images"):
        with pytest.raises(InvalidTarget) as caught:
            compat.import_legacy(wrong, target)
        assert "hidden" not in str(caught.value)
    assert not Path(target.removeprefix("sqlite:///")).exists()


def test_several_indexes_are_imported_one_after_the_other(
    fill: Fill, client: Elasticsearch, elasticsearch_url: str, target: str
) -> None:
    fill(documents=legacy.documents(4))
    client.index(index="test-legacy2", document=legacy.documents(1)[0], refresh=True)
    with pytest.raises(InvalidTarget, match="test-legacy, test-legacy2"):
        compat.import_legacy(f"{elasticsearch_url}/test-legacy*", target)


def test_a_server_that_is_away_is_a_storage_error(target: str) -> None:
    with pytest.raises(StorageError, match=r"can't be reached") as caught:
        compat.import_legacy("elasticsearch://u:hidden@127.0.0.1:9/images", target)
    assert "hidden" not in str(caught.value)
