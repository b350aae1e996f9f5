"""A collection that image-match filled in MongoDB, imported."""

import json
from ast import literal_eval
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import imagematch_core as imagematch
import pytest
from bson import Decimal128, Int64, ObjectId, encode
from bson.binary import Binary, UuidRepresentation
from bson.datetime_ms import DatetimeMS
from bson.raw_bson import RawBSONDocument
from click.testing import CliRunner
from conftest import INDEX
from imagematch_core import compat
from imagematch_core.cli import main
from imagematch_core.errors import ArgumentError, IndexNotFound, InvalidTarget, StorageError
from pymongo.database import Database
from tests.compat import legacy
from tests.drawings import WIKIIMAGES

import imagematch_mongodb.legacy

NAME = f"{INDEX}.images"
COUNT = 60
LAYOUTS: dict[str, Callable[[legacy.Document], legacy.Document]] = {
    "flat": lambda record: record,
    "nested": lambda record: {"image": record},
}

Mongo = Database[dict[str, Any]]
pytestmark = pytest.mark.usefixtures("connect")


@pytest.fixture
def url(mongodb_url: str) -> str:
    return mongodb_url


@pytest.fixture
def source(url: str) -> str:
    """The collection of the tests, in the database of the driver's."""
    before, mark, options = url.partition("?")
    return f"{before}.{NAME}{mark}{options}"


@pytest.fixture
def target(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/new.db"


def fill(database: Mongo, documents: Iterable[legacy.Document]) -> None:
    """Stores documents as image-match's class does, one by one."""
    for document in documents:
        database[NAME].insert_one(dict(document))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("page", [1, 7, 1_000])
def test_it_finds_what_brute_force_finds(
    database: Mongo,
    source: str,
    target: str,
    monkeypatch: pytest.MonkeyPatch,
    layout: str,
    page: int,
) -> None:
    monkeypatch.setattr(imagematch_mongodb.legacy, "PAGE", page)
    documents = legacy.documents(COUNT)
    fill(database, map(LAYOUTS[layout], documents))
    report = compat.import_legacy(source, target)
    assert (report.imported, report.unchanged, report.left_out) == (COUNT, 0, 0)
    ids = {str(document["_id"]) for document in database[NAME].find({}, {"_id": 1})}
    hits = 0
    with imagematch.open(target, create=False) as index:
        entries = {entry.path: entry for entry in index.entries()}
        assert {entry.id for entry in entries.values()} == ids
        for document in documents:
            entry = entries[document["path"]]
            assert entry.metadata == document["metadata"]
            assert entry.added_at.replace(tzinfo=None) == document["timestamp"]
            found = index.search(entry.signature, candidates=10_000)
            expected = legacy.brute_force(document, documents)
            assert sorted((hit.distance, hit.path, hit.score) for hit in found) == expected
            hits += len(found)
    assert hits > COUNT + 30


def test_imported_into_the_same_server_image_matchs_class_opens_it(
    database: Mongo, source: str, url: str
) -> None:
    fill(database, legacy.documents(10))
    with pytest.raises(Exception, match="import-legacy") as caught:
        compat.SignatureMongo(database[NAME])
    index = str(caught.value).rpartition("--index ")[2]
    compat.import_legacy(source, url, index=index)
    with pytest.warns(UserWarning, match="holds none of these pictures"):
        ses = compat.SignatureMongo(database[NAME])
    hits = ses.search_image(str(WIKIIMAGES))
    assert [hit["dist"] for hit in hits] == [0.0, 0.22095170140933634, 0.4255719698733665]
    assert database[NAME].count_documents({}) == 10
    ses.imagematch.drop()


def test_ids_of_every_type_are_read_and_kept(
    database: Mongo, source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imagematch_mongodb.legacy, "PAGE", 2)
    record = legacy.documents(1)[0]
    uuid = Binary.from_uuid(UUID(int=7), UuidRepresentation.STANDARD)
    ids: dict[str, Any] = {
        "5": 5,
        "6.5": 6.5,
        "a text": "a text",
        "é\U0001f600": "é\U0001f600",
        str(ObjectId("5" * 24)): ObjectId("5" * 24),
        '{"a": 1}': {"a": 1},
        '{"$date": "2016-01-02T03:04:05Z"}': datetime(2016, 1, 2, 3, 4, 5, tzinfo=UTC),
        "true": True,
        '{"$numberDecimal": "1.5"}': Decimal128("1.5"),
        "9007199254740993": Int64(2**53 + 1),
    }
    fill(database, [{**record, "_id": each} for each in [*ids.values(), uuid]])
    pages: list[int] = []

    def interrupt(documents: int) -> None:
        pages.append(documents)
        if len(pages) % 2:
            raise KeyboardInterrupt

    point = None
    for _ in range(len(ids)):  # on from every point, whatever type it has
        try:
            compat.import_legacy(source, target, after=point, progress=interrupt)
        except KeyboardInterrupt as err:
            [note] = err.__notes__
            point = literal_eval(note.rpartition("after=")[2])
    with imagematch.open(target) as index:
        found = {entry.id for entry in index.entries()}
    assert ids.keys() <= found
    assert len(found) == len(ids) + 1
    with pytest.raises(ArgumentError, match="no point"):
        compat.import_legacy(source, target, after="{")


def test_run_again_it_writes_what_is_new(database: Mongo, source: str, target: str) -> None:
    """A document without a time, as image-match's class for MongoDB wrote them, is no new one."""
    documents = [{**each, "timestamp": None} for each in legacy.documents(9)]
    for document in documents:
        del document["timestamp"]
    fill(database, documents[:-1])
    first = compat.import_legacy(source, target)
    again = compat.import_legacy(source, target)
    assert (first.imported, again.imported, again.unchanged) == (8, 0, 8)
    fill(database, documents[-1:])
    rest = compat.import_legacy(source, target, after=first.point)
    assert (rest.imported, rest.unchanged) == (1, 0)


def test_metadata_that_json_cannot_hold_is_kept_as_text(
    database: Mongo, source: str, target: str
) -> None:
    metadata = {
        "at": datetime(2016, 1, 2, 3, 4, 5, tzinfo=UTC),
        "owner": ObjectId("5" * 24),
        "price": Decimal128("1.50"),
        "raw": b"\0\1",
        "nan": float("nan"),
        "deep": [{"big": Int64(2**53 + 1)}],
    }
    record = legacy.documents(1)[0]
    fill(database, [{**record, "metadata": metadata}, {**record, "metadata": "a text"}])
    compat.import_legacy(source, target)
    with imagematch.open(target) as index:
        texts = [entry.metadata for entry in index.entries()]
    assert {"image-match": "a text"} in texts
    assert {
        "at": "2016-01-02T03:04:05+00:00",
        "owner": "5" * 24,
        "price": "1.50",
        "raw": "AAE=",
        "nan": "nan",
        "deep": [{"big": 2**53 + 1}],
    } in texts


def test_what_cannot_be_imported_is_named(database: Mongo, source: str, tmp_path: Path) -> None:
    """On the command line: each is named with the reason, the rest is imported, status 1."""
    damaged = legacy.damaged()
    sound = legacy.documents(5)
    not_utf8 = encode({**sound[0], "_id": "not-utf-8", "path": "PATH"}).replace(
        b"PATH", b"\xff" * 4
    )
    fill(database, sound)
    fill(database, ({**document, "_id": name} for name, (document, _) in damaged.items()))
    database[NAME].insert_one(RawBSONDocument(not_utf8))
    fill(
        database,
        [
            {**sound[0], "_id": "x" * 600},
            {**sound[0], "_id": "far", "timestamp": DatetimeMS(2**60)},
        ],
    )
    target = f"sqlite:///{tmp_path}/new.db"
    done = CliRunner().invoke(main, ["import-legacy", source, "--to", target])
    reasons = {name: reason for name, (_, reason) in damaged.items()}
    reasons |= {"not-utf-8": "valid Unicode", "x" * 600: "1 to 512 bytes", "far": "timestamp"}
    assert done.exit_code == 1, done.stderr
    assert done.stdout == f"5 pictures imported, 0 unchanged, {len(reasons)} left out.\n"
    for name, reason in reasons.items():
        [line] = [line for line in done.stderr.splitlines() if f"left out: {name}: " in line]
        assert reason in line
    done = CliRunner().invoke(main, ["import-legacy", source, "--to", target, "--json"])
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["unchanged"] == 5
    assert {each["id"] for each in answer["left_out"]} == reasons.keys()


def test_a_source_without_image_matchs_documents_is_an_error(
    database: Mongo, source: str, url: str, target: str
) -> None:
    with pytest.raises(IndexNotFound, match="nothing that image-match made"):
        compat.import_legacy(source, target)
    database[NAME].insert_one({"title": "a post"})
    with pytest.raises(IndexNotFound, match="nothing that image-match made"):
        compat.import_legacy(source, target)
    with pytest.raises(InvalidTarget, match="database and collection"):
        compat.import_legacy(url, target)
    assert not Path(target.removeprefix("sqlite:///")).exists()


def test_a_server_that_is_away_is_a_storage_error(target: str) -> None:
    with pytest.raises(StorageError, match="can't be reached") as caught:
        compat.import_legacy("mongodb://u:hidden@127.0.0.1:9/images.images", target, timeout=2)
    assert "hidden" not in str(caught.value)
