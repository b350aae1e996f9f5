"""A backend of one's own, by overriding two methods."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from imagematch_core.compat import SignatureDatabaseBase, normalized_distance
from tests.drawings import CARAVAGGIO, REMIX, WIKIIMAGES, WIKIPEDIA, drawing, encoded, flat


class MySignatureBackend(SignatureDatabaseBase):
    """The README's, filled in: a list, searched through."""

    def __init__(self, myarg1: str, myarg2: str, *args: Any, **kwargs: Any) -> None:
        self.name = myarg1 + myarg2
        self.records: list[dict[str, Any]] = []
        super().__init__(*args, **kwargs)

    def search_single_record(self, rec: dict[str, Any]) -> list[dict[str, Any]]:
        formatted_results = []
        for number, record in enumerate(self.records):
            stored = np.array([record["signature"]])
            [dist] = normalized_distance(stored, np.array(rec["signature"]))
            words = [f"simple_word_{place}" for place in range(self.N)]
            if dist < self.distance_cutoff and any(record[w] == rec[w] for w in words):
                formatted_results.append({"id": number, "dist": dist, "path": record["path"]})
        return formatted_results

    def insert_single_record(self, rec: dict[str, Any]) -> None:
        self.records.append(rec)


@pytest.fixture
def backend() -> MySignatureBackend:
    return MySignatureBackend("a", "b", distance_cutoff=0.5)


def test_the_readmes_backend_works(backend: MySignatureBackend) -> None:
    for path in (WIKIPEDIA, WIKIIMAGES, CARAVAGGIO, REMIX):
        backend.add_image(str(path))
    hits = backend.search_image(str(WIKIIMAGES))
    assert [(hit["dist"], hit["path"]) for hit in hits] == [
        (0.0, str(WIKIIMAGES)),
        (0.22095170140933634, str(WIKIPEDIA)),
        (0.4255719698733665, str(REMIX)),
    ]
    assert backend.records[0]["simple_word_0"] == 42429541


def test_all_orientations_are_asked_for_and_the_nearest_kept() -> None:
    """With this cutoff other orientations are hits too, some of them earlier ones."""
    backend = MySignatureBackend("a", "b", distance_cutoff=1.0)
    image = drawing(2, (120, 80))
    backend.add_image("one", encoded(image), bytestream=True)
    for orientation in Image.Transpose:
        turned = image.transpose(orientation)
        for query in (turned, turned.point(lambda value: 255 - value)):
            content = encoded(query)
            [hit] = backend.search_image(content, all_orientations=True, bytestream=True)
            assert hit["dist"] < 0.1


def test_an_array_is_searched_with(backend: MySignatureBackend) -> None:
    array = np.asarray(drawing(2))
    backend.add_image("one", array)
    assert [hit["dist"] for hit in backend.search_image(array)] == [0.0]


def test_a_flat_picture_is_the_backends_affair(backend: MySignatureBackend) -> None:
    content = encoded(flat())
    backend.add_image("sky", content, bytestream=True)
    assert not any(backend.records[0]["signature"])
    assert backend.search_image(content, bytestream=True) == []


def test_newer_backends_get_filters_and_are_told_to_refresh() -> None:
    class Newer(SignatureDatabaseBase):
        def search_single_record(
            self, rec: dict[str, Any], pre_filter: Any = None
        ) -> list[dict[str, Any]]:
            return [{"id": 1, "dist": 0.1, "pre_filter": pre_filter}]

        def insert_single_record(self, rec: dict[str, Any], refresh_after: bool = False) -> None:
            rec["refreshed"] = refresh_after
            self.last = rec

    newer = Newer()
    content = encoded(drawing(1))
    newer.add_image("one", content, bytestream=True, refresh_after=True)
    assert newer.last["refreshed"] is True
    asked = {"term": {"metadata.category": "art"}}
    [hit] = newer.search_image(content, bytestream=True, pre_filter=asked)
    assert hit["pre_filter"] is asked


def test_both_methods_must_be_overridden() -> None:
    base = SignatureDatabaseBase()
    content = encoded(drawing(1))
    with pytest.raises(NotImplementedError):
        base.add_image("one", content, bytestream=True)
    with pytest.raises(NotImplementedError):
        base.search_image(content, bytestream=True)


def test_settings_are_checked_as_image_match_does() -> None:
    wrong: list[dict[str, Any]] = [{"k": "16"}, {"N": 63.0}, {"n_grid": None}]
    for each in [*wrong, {"distance_cutoff": "0.4"}, {"distance_cutoff": True}]:
        with pytest.raises(TypeError):
            SignatureDatabaseBase(**each)
    for cutoff in (-0.1, float("nan")):
        with pytest.raises(ValueError, match="distance_cutoff"):
            SignatureDatabaseBase(distance_cutoff=cutoff)
    made = SignatureDatabaseBase(10, 100, 7, (10, 90), 0.3, n_levels=3)
    assert (made.k, made.N, made.gis.n, made.gis.n_levels) == (10, 100, 7, 3)
