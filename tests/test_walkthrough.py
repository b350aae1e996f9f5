"""The walk-through of image-match's README, and its figures to the last digit."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import imagematch_core as imagematch
from imagematch_core import ImageSignature, Index, Orientation
from tests.drawings import CARAVAGGIO, REMIX, WIKIIMAGES, WIKIPEDIA, encoded
from tests.servers import Page, http_server

DISTANCES = {
    (WIKIPEDIA, WIKIIMAGES): 0.22095170140933634,
    (WIKIPEDIA, REMIX): 0.42672771706789686,
    (WIKIPEDIA, CARAVAGGIO): 0.6844627538150725,
    (WIKIIMAGES, REMIX): 0.4255719698733665,
    (WIKIIMAGES, CARAVAGGIO): 0.6826085864279859,
    (REMIX, CARAVAGGIO): 0.6355507720463038,
}


@pytest.fixture(params=["memory", "sqlite"])
def paintings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/paintings.db"
    with imagematch.open(url, algorithm="goldberg-1") as index:
        for path in (WIKIPEDIA, WIKIIMAGES, CARAVAGGIO, REMIX):
            index.add(path)
        yield index


@pytest.mark.parametrize(("a", "b"), DISTANCES)
def test_distances_from_paths(a: Path, b: Path) -> None:
    signatures = [imagematch.signature(path, "goldberg-1") for path in (a, b)]
    assert imagematch.distance(*signatures) == DISTANCES[a, b]
    assert imagematch.distance(*reversed(signatures)) == DISTANCES[a, b]


def test_distances_through_image_matchs_class() -> None:
    gis = ImageSignature()
    for (a, b), distance in DISTANCES.items():
        by_path = [gis.generate_signature(str(path)) for path in (a, b)]
        by_bytes = [gis.generate_signature(p.read_bytes(), bytestream=True) for p in (a, b)]
        assert gis.normalized_distance(*by_path) == distance
        assert gis.normalized_distance(*by_bytes) == distance


def test_distances_over_http() -> None:
    pages = {f"/{path.name}": Page(path.read_bytes()) for pair in DISTANCES for path in pair}
    gis = ImageSignature()
    with http_server(pages) as site:
        for (a, b), distance in DISTANCES.items():
            urls = [site.url(f"/{path.name}") for path in (a, b)]
            assert gis.normalized_distance(*map(gis.generate_signature, urls)) == distance
            signatures = [imagematch.signature(url, "goldberg-1") for url in urls]
            assert imagematch.distance(*signatures) == distance


def test_a_mona_lisa_finds_the_others_in_order(paintings: Index) -> None:
    hits = paintings.search(WIKIIMAGES)
    assert [(hit.path, hit.distance) for hit in hits] == [
        (str(WIKIIMAGES), 0.0),
        (str(WIKIPEDIA), 0.22095170140933634),
        (str(REMIX), 0.4255719698733665),
    ]
    assert [hit.score for hit in hits] == [63, 12, 5]


def test_the_caravaggio_finds_only_itself(paintings: Index) -> None:
    assert [hit.path for hit in paintings.search(CARAVAGGIO)] == [str(CARAVAGGIO)]


def test_a_cutoff_drops_the_remix(paintings: Index) -> None:
    hits = paintings.search(WIKIIMAGES, cutoff=0.3)
    assert [hit.path for hit in hits] == [str(WIKIIMAGES), str(WIKIPEDIA)]


def test_a_squashed_copy_is_found(paintings: Index) -> None:
    with Image.open(WIKIIMAGES) as image:
        squashed = image.resize((image.width, image.height // 2))
    hits = paintings.search(encoded(squashed, "JPEG"))
    assert [hit.path for hit in hits] == [str(WIKIIMAGES), str(WIKIPEDIA), str(REMIX)]


def test_a_rotated_copy_is_found_only_in_all_orientations(paintings: Index) -> None:
    with Image.open(WIKIIMAGES) as image:
        rotated = encoded(image.transpose(Image.Transpose.ROTATE_90), "JPEG")
    assert list(paintings.search(rotated)) == []
    hits = paintings.search(rotated, all_orientations=True)
    assert [hit.path for hit in hits] == [str(WIKIIMAGES), str(WIKIPEDIA), str(REMIX)]
    assert {hit.orientation for hit in hits} == {Orientation(rotate=270)}
