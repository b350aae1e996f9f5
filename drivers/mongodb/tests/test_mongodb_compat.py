"""image-match's README and its own tests, on MongoDB."""

import os
import subprocess
import sys
from typing import Any

import pytest
from conftest import INDEX
from imagematch_core import compat
from imagematch_core.compat import SignatureMongo
from imagematch_core.protocol import ForeignIndex, InvalidTarget
from pymongo import MongoClient
from pymongo.database import Database
from tests.compat.cases import ImageMatchCases, MakeSes, OurCases, Paintings, ReadmeCases

Mongo = Database[dict[str, Any]]
pytestmark = [
    pytest.mark.usefixtures("connect"),
    pytest.mark.filterwarnings("ignore:the collection .* itself holds none:UserWarning"),
]


@pytest.fixture
def url(mongodb_url: str) -> str:
    """One topology is enough: what differs between them is tested with the driver."""
    return mongodb_url


@pytest.fixture
def make_ses(database: Mongo) -> MakeSes:
    return lambda **arguments: compat.SignatureMongo(database[INDEX], **arguments)


class TestReadme(ReadmeCases):
    def test_setup(self, url: str, paintings: Paintings) -> None:
        """Only the import differs."""
        client: MongoClient[dict[str, Any]] = MongoClient(url, connect=False)
        with client:
            c = client.get_default_database()[INDEX]

            ses = SignatureMongo(c)
            ses.add_image(paintings.wikipedia)
            [hit] = ses.search_image(paintings.wikiimages)
            assert hit["dist"] == 0.22095170140933634


class TestImageMatch(ImageMatchCases):
    pass


class TestOurs(OurCases):
    pass


def test_a_collection_of_image_matchs_own_is_not_touched(database: Mongo) -> None:
    fields = {"signature": [0] * 648, "simple_word_0": 21523360}
    command = rf"import-legacy mongodb://HOST/{database.name}\.{INDEX} "
    for document in (fields, {"image": fields}):
        database[INDEX].insert_one(document)
        with pytest.raises(ForeignIndex, match=command):
            compat.SignatureMongo(database[INDEX])
        database[INDEX].drop()
    made = {"name": {"$regex": f"imagematch.{INDEX}"}}
    assert database.list_collection_names(filter=made) == []


def test_a_collection_with_other_things_in_it_is_no_obstacle(database: Mongo) -> None:
    database[INDEX].insert_one({"title": "a post"})
    assert compat.SignatureMongo(database[INDEX]).imagematch.count() == 0
    assert database[INDEX].count_documents({}) == 1


def test_names_that_no_index_can_have_are_kept_apart(database: Mongo) -> None:
    names = [f"{INDEX}.A", f"{INDEX}.a", f"9{INDEX}", f"{INDEX}{'x' * 60}", f"é{INDEX}"]
    databases = [compat.SignatureMongo(database[name]) for name in names]
    assert len({each.imagematch.name for each in databases}) == len(names)
    for each in databases:
        each.imagematch.drop()


def test_other_objects_are_refused(database: Mongo) -> None:
    for wrong in (database, database.client, "images", None):
        with pytest.raises(InvalidTarget, match="give a collection"):
            compat.SignatureMongo(wrong)


def test_a_collection_that_is_not_used_is_told_of(database: Mongo) -> None:
    with pytest.warns(UserWarning, match=f"{INDEX}.*ask the attribute imagematch") as caught:
        ses = compat.SignatureMongo(database[INDEX])
    assert caught[0].filename == __file__
    with pytest.raises(AttributeError, match="holds none of these pictures"):
        _ = ses.collection
    with pytest.warns(DeprecationWarning, match="can go"):
        ses.index_collection()


def test_importing_it_loads_no_client() -> None:
    code = "import sys, imagematch_core.compat; print('pymongo' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout == "False\n"
