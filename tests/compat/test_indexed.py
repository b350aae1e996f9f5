"""image-match's methods on an index in memory; the drivers' tests run the same on servers."""

import pickle
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

import imagematch_core as imagematch
from imagematch_core.compat.indexed import IndexedSignatures
from tests.compat.cases import ImageMatchCases, MakeSes, OurCases, ReadmeCases
from tests.drawings import drawing, encoded


class InMemory(IndexedSignatures):
    def __init__(self, url: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.imagematch = imagematch.open(url, algorithm="goldberg-1")


@pytest.fixture
def make_ses() -> Iterator[MakeSes]:
    url = "memory://compat"
    yield lambda **arguments: InMemory(url, **arguments)
    imagematch.open(url).drop()


class TestReadme(ReadmeCases):
    pass


class TestImageMatch(ImageMatchCases):
    pass


class TestOurs(OurCases):
    def test_full_candidates_are_warned_of(
        self, make_ses: MakeSes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ses = make_ses()
        monkeypatch.setattr("imagematch_core.compat.indexed.MAX_CANDIDATES", 3)
        content = encoded(drawing(1))
        for number in range(2):
            ses.add_image(str(number), content, bytestream=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert len(ses.search_image(content, bytestream=True)) == 2
        ses.add_image("3", content, bytestream=True)
        with pytest.warns(UserWarning, match="3 records share words") as caught:
            ses.search_image(content, bytestream=True)
        assert caught[0].filename == __file__


def test_what_was_asked_of_the_database_itself_has_a_hint() -> None:
    class Old(InMemory):
        _gone = {"index": "image-match's index"}  # noqa: RUF012

    ses = Old("memory://compat-gone")
    with pytest.raises(AttributeError, match=r"image-match's index holds none .*imagematch.*path="):
        _ = ses.index
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        _ = ses.other


def test_one_is_not_handed_to_other_processes() -> None:
    ses = InMemory("memory://compat-processes")
    with pytest.raises(TypeError, match=r"imagematch\.add_many\(paths\)"):
        pickle.dumps(ses.add_image)


def test_pictures_are_counted_and_deleted_by_the_path_that_was_given() -> None:
    ses = InMemory("memory://compat-paths")
    for path in ("a", "a", "b"):
        ses.add_image(path, encoded(drawing(1)), bytestream=True)
    assert ses.imagematch.count(path="a") == 2
    ses.delete_duplicates("a")
    assert ses.imagematch.count() == 2
    assert ses.imagematch.delete(path="a") == 1
    assert [entry.path for entry in ses.imagematch.entries()] == ["b"]
    ses.imagematch.drop()
