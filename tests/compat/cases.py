"""What image-match's users rely on, for every class that gives them its methods.

`ReadmeCases` is image-match's README, `ImageMatchCases` what its own tests cover, `OurCases` what
we add. A subclass has a fixture `make_ses`, which makes one on an empty index.
"""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imagematch_core import compat
from imagematch_core.compat.indexed import IndexedSignatures
from imagematch_core.errors import ArgumentError, FilterError, PictureNotFound
from tests.drawings import (
    CARAVAGGIO,
    REMIX,
    WIKIIMAGES,
    WIKIPEDIA,
    drawing,
    encoded,
    flat,
    saved,
)
from tests.servers import Page, Site, http_server

MakeSes = Callable[..., IndexedSignatures]

PAINTINGS = (WIKIPEDIA, WIKIIMAGES, CARAVAGGIO, REMIX)


class Paintings:
    """The pictures of the README on a web server; those that have vanished are made anew."""

    def __init__(self, site: Site) -> None:
        self.wikipedia, self.wikiimages, self.caravaggio, self.remix = (
            site.url(f"/{path.name}") for path in PAINTINGS
        )
        self.squashed, self.rotated = site.url("/squashed.jpg"), site.url("/rotated.jpg")


class Cases:
    """The pictures that the cases use."""

    @pytest.fixture
    def paintings(self) -> Iterator[Paintings]:
        with Image.open(WIKIIMAGES) as image:
            squashed = image.resize((image.width, image.height // 2))
            rotated = image.transpose(Image.Transpose.ROTATE_90)
        pages = {f"/{path.name}": Page(path.read_bytes()) for path in PAINTINGS}
        pages["/squashed.jpg"] = Page(encoded(squashed, "JPEG"))
        pages["/rotated.jpg"] = Page(encoded(rotated, "JPEG"))
        with http_server(pages) as site:
            yield Paintings(site)

    @pytest.fixture
    def ses(self, make_ses: MakeSes) -> IndexedSignatures:
        return make_ses()

    @pytest.fixture
    def painting(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
        """Two pictures in the working directory, test1.jpg and test2.jpg; the first's bytes."""
        monkeypatch.chdir(tmp_path)
        for name, path in (("test1.jpg", WIKIPEDIA), ("test2.jpg", REMIX)):
            Path(name).write_bytes(path.read_bytes())
        return WIKIPEDIA.read_bytes()


class ReadmeCases(Cases):
    """Storing and searching, as the README shows it, after its two lines that make `ses`."""

    def test_the_walk_through(self, make_ses: MakeSes, paintings: Paintings) -> None:
        ses = make_ses()
        ses.add_image(paintings.wikipedia)
        ses.add_image(paintings.wikiimages)
        ses.add_image(paintings.caravaggio)
        ses.add_image(paintings.remix)

        hits = ses.search_image(paintings.wikiimages)
        assert [(hit["dist"], hit["path"]) for hit in hits] == [
            (0.0, paintings.wikiimages),
            (0.22095170140933634, paintings.wikipedia),
            (0.4255719698733665, paintings.remix),
        ]
        assert len({hit["id"] for hit in hits}) == 3
        assert all(isinstance(hit["id"], str) for hit in hits)
        assert [hit["score"] for hit in hits] == [63, 12, 5]

        hits = ses.search_image(paintings.caravaggio)
        assert [(hit["dist"], hit["path"]) for hit in hits] == [(0.0, paintings.caravaggio)]

        squashed = ses.search_image(paintings.squashed)
        assert [hit["path"] for hit in squashed] == [
            paintings.wikiimages,
            paintings.wikipedia,
            paintings.remix,
        ]
        assert squashed[0]["dist"] < 0.16

        assert ses.search_image(paintings.rotated) == []
        turned = ses.search_image(paintings.rotated, all_orientations=True)
        assert [hit["path"] for hit in turned] == [hit["path"] for hit in squashed]

        ses = make_ses(distance_cutoff=0.3)
        hits = ses.search_image(paintings.wikiimages)
        assert [(hit["dist"], hit["path"]) for hit in hits] == [
            (0.0, paintings.wikiimages),
            (0.22095170140933634, paintings.wikipedia),
        ]


@pytest.mark.usefixtures("painting")
class ImageMatchCases(Cases):
    """image-match's own tests of its class for Elasticsearch, those of its forks included."""

    def test_a_picture_is_added_by_url(self, ses: IndexedSignatures, paintings: Paintings) -> None:
        ses.add_image(paintings.wikipedia)
        ses.add_image(paintings.remix)
        assert ses.imagematch.count() == 2

    def test_a_picture_is_added_by_path_and_found_at_once(self, ses: IndexedSignatures) -> None:
        ses.add_image("test1.jpg", refresh_after=True)
        assert len(ses.search_image("test1.jpg")) == 1

    def test_a_picture_is_added_as_bytes(self, ses: IndexedSignatures, painting: bytes) -> None:
        ses.add_image("bytestream_test", img=painting, bytestream=True)
        assert [hit["path"] for hit in ses.search_image("test1.jpg")] == ["bytestream_test"]

    def test_a_picture_is_added_under_another_name(self, ses: IndexedSignatures) -> None:
        ses.add_image("custom_name_test", img="test1.jpg", bytestream=False)
        assert [hit["path"] for hit in ses.search_image("test1.jpg")] == ["custom_name_test"]

    @pytest.mark.parametrize("way", ["url", "file", "bytes"])
    def test_each_way_of_looking_up_finds_it(
        self, ses: IndexedSignatures, paintings: Paintings, painting: bytes, way: str
    ) -> None:
        ses.add_image("test1.jpg", refresh_after=True)
        if way == "bytes":
            hits = ses.search_image(painting, bytestream=True)
        else:
            hits = ses.search_image(paintings.wikipedia if way == "url" else "test1.jpg")
        [hit] = hits
        assert hit.keys() == {"dist", "id", "path", "score", "metadata"}
        assert (hit["path"], hit["dist"], hit["metadata"]) == ("test1.jpg", 0.0, None)

    def test_a_cutoff_can_be_set_later(self, ses: IndexedSignatures) -> None:
        ses.add_image("test2.jpg", refresh_after=True)
        ses.distance_cutoff = 0.01
        assert ses.search_image("test1.jpg") == []

    def test_distances_are_the_signatures_own(self, ses: IndexedSignatures) -> None:
        ses.add_image("test1.jpg")
        ses.add_image("test2.jpg", refresh_after=True)
        hits = ses.search_image("test1.jpg")
        assert (hits[0]["dist"], hits[-1]["dist"]) == (0.0, 0.42672771706789686)

    def test_metadata_comes_back(self, ses: IndexedSignatures) -> None:
        metadata = {"some_info": {"test": "ok!"}}
        ses.add_image("test1.jpg", metadata=metadata, refresh_after=True)
        assert ses.search_image("test1.jpg")[0]["metadata"] == metadata

    def test_hits_are_filtered_by_metadata(self, ses: IndexedSignatures) -> None:
        ses.add_image("test1.jpg", metadata={"tenant_id": "foo"}, refresh_after=True)
        ses.add_image("test2.jpg", metadata={"tenant_id": "bar-2"}, refresh_after=True)
        for tenant, path in (("foo", "test1.jpg"), ("bar-2", "test2.jpg")):
            asked = {"term": {"metadata.tenant_id": tenant}}
            [hit] = ses.search_image("test1.jpg", pre_filter=asked)
            assert (hit["path"], hit["metadata"]) == (path, {"tenant_id": tenant})
        asked = {"term": {"metadata.tenant_id": "bar-3"}}
        assert ses.search_image("test1.jpg", pre_filter=asked) == []

    def test_nested_filters_count_tenant_and_project(self, ses: IndexedSignatures) -> None:
        def metadata(tenant: str, project: str) -> dict[str, str]:
            return {"tenant_id": tenant, "project_id": project}

        ses.add_image("test1.jpg", metadata=metadata("foo", "project-x"))
        ses.add_image("test2.jpg", metadata=metadata("foo", "project-x"))
        ses.add_image("test3.jpg", img="test1.jpg", metadata=metadata("foo", "project-y"))
        ses.add_image("test2.jpg", metadata=metadata("bar", "project-x"), refresh_after=True)
        expected = {
            ("foo", "project-x"): 2,
            ("foo", "project-z"): 0,
            ("bar", "project-x"): 1,
            ("bar-2", "project-x"): 0,
            ("bar", "project-z"): 0,
        }
        for asked, count in expected.items():
            terms = [
                {"term": {f"metadata.{key}": value}} for key, value in metadata(*asked).items()
            ]
            nested = {"nested": {"path": "metadata", "query": {"bool": {"must": terms}}}}
            assert len(ses.search_image("test1.jpg", pre_filter=nested)) == count, asked

    def test_a_rotated_picture_is_found_in_all_orientations(self, ses: IndexedSignatures) -> None:
        with Image.open("test1.jpg") as image:
            image.rotate(90, expand=True).save("rotated_test1.jpg")
        ses.add_image("test1.jpg", refresh_after=True)
        content = Path("rotated_test1.jpg").read_bytes()
        for hits in (
            ses.search_image("rotated_test1.jpg", all_orientations=True),
            ses.search_image(content, bytestream=True, all_orientations=True),
        ):
            [hit] = hits
            assert hit["path"] == "test1.jpg"
            assert hit["dist"] < 0.05

    def test_adding_a_path_twice_makes_two_records(self, ses: IndexedSignatures) -> None:
        ses.add_image("test1.jpg", refresh_after=True)
        ses.add_image("test1.jpg", refresh_after=True)
        hits = ses.search_image("test1.jpg")
        assert [hit["path"] for hit in hits] == ["test1.jpg", "test1.jpg"]
        assert hits[0]["id"] != hits[1]["id"]

    def test_duplicates_are_removed_but_for_one(self, ses: IndexedSignatures) -> None:
        for _ in range(12):
            ses.add_image("test1.jpg")
        ses.add_image("test1.jpg.copy", img="test1.jpg")
        assert len(ses.search_image("test1.jpg")) == 13
        added = sorted(ses.imagematch.entries(), key=lambda entry: entry.added_at)
        ses.delete_duplicates("test1.jpg")
        left = {hit["path"]: hit["id"] for hit in ses.search_image("test1.jpg")}
        assert left == {"test1.jpg": added[0].id, "test1.jpg.copy": added[-1].id}
        ses.delete_duplicates("no such path")
        assert ses.imagematch.count() == 2


class OurCases(Cases):
    """What image-match leaves open, or gets wrong."""

    def test_two_objects_see_one_index(self, make_ses: MakeSes, tmp_path: Path) -> None:
        path = str(saved(tmp_path, "a.png", drawing(1)))
        make_ses().add_image(path, refresh_after=True)
        assert [hit["path"] for hit in make_ses().search_image(path)] == [path]

    def test_all_sixteen_orientations_are_tried(
        self, ses: IndexedSignatures, tmp_path: Path
    ) -> None:
        """image-match tried six of them, and kept the first distance that it saw."""
        image = drawing(3, (120, 90))
        ses.add_image("one", img=encoded(image), bytestream=True)
        mirrored = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        for turn in (None, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270):
            turned = mirrored if turn is None else mirrored.transpose(turn)
            negative = turned.point(lambda value: 255 - value)
            [hit] = ses.search_image(str(saved(tmp_path, "q.png", negative)), all_orientations=True)
            assert hit["dist"] < 0.1

    def test_hits_beyond_the_first_hundred_are_found(self, ses: IndexedSignatures) -> None:
        """image-match measured 100 records, whatever it found beyond them."""
        image = encoded(drawing(5))
        for number in range(105):
            ses.add_image(f"{number}", img=image, bytestream=True)
        assert len(ses.search_image(image, bytestream=True)) == 105

    def test_a_flat_picture_is_left_out_and_finds_nothing(self, ses: IndexedSignatures) -> None:
        content = encoded(flat())
        with pytest.warns(UserWarning, match="'sky' is flat.*not stored") as caught:
            ses.add_image("sky", img=content, bytestream=True)
        assert caught[0].filename == __file__
        assert ses.imagematch.count() == 0
        for all_orientations in (False, True):
            assert ses.search_image(content, all_orientations, bytestream=True) == []

    @pytest.mark.parametrize(
        "metadata", ["a text", 7, ["a", {"b": 1}], {"image-match": 1}, {"a": list(range(200))}]
    )
    def test_metadata_may_be_anything(self, ses: IndexedSignatures, metadata: Any) -> None:
        content = encoded(drawing(7))
        ses.add_image("one", img=content, bytestream=True, metadata=metadata)
        [hit] = ses.search_image(content, bytestream=True)
        assert hit["metadata"] == metadata

    def test_a_path_may_be_an_object(self, ses: IndexedSignatures) -> None:
        ses.add_image(WIKIPEDIA)
        assert [hit["path"] for hit in ses.search_image(WIKIPEDIA)] == [str(WIKIPEDIA)]

    def test_a_filter_may_be_plain_metadata(self, ses: IndexedSignatures) -> None:
        content = encoded(drawing(7))
        for artist in ("Leonardo", "Michelangelo", "Raffaello"):
            ses.add_image(artist, content, bytestream=True, metadata={"artist": artist})

        def found(asked: Any) -> list[str]:
            hits = ses.search_image(content, bytestream=True, pre_filter=asked)
            return sorted(hit["path"] for hit in hits)

        assert found({"artist": "Leonardo"}) == ["Leonardo"]
        assert found({"artist": ["Leonardo", "Raffaello"]}) == ["Leonardo", "Raffaello"]
        with pytest.raises(FilterError, match="'range'"):
            found({"range": {"metadata.year": {"gte": 1500}}})

    def test_records_of_make_record_can_be_stored_and_searched(
        self, ses: IndexedSignatures
    ) -> None:
        record = compat.make_record(
            "one", ses.gis, ses.k, ses.N, encoded(drawing(7)), bytestream=True, metadata={"a": 1}
        )
        ses.insert_single_record(record, refresh_after=True)
        [hit] = ses.search_single_record(record)
        assert (hit["path"], hit["dist"], hit["metadata"]) == ("one", 0.0, {"a": 1})
        with pytest.raises(ArgumentError, match="'tenant'"):
            ses.insert_single_record({**record, "tenant": "foo"})

    def test_what_would_change_signatures_is_refused_by_name(self, make_ses: MakeSes) -> None:
        refused: dict[str, Any] = {
            "k": 10,
            "N": 100,
            "n_grid": 11,
            "crop_percentile": (10, 90),
            "P": 20,
            "diagonal_neighbors": False,
            "identical_tolerance": 0.01,
            "n_levels": 3,
            "fix_ratio": True,
        }
        for name, value in refused.items():
            with pytest.raises(ArgumentError, match=f"takes {name}="):
                make_ses(**{name: value})
        with pytest.raises(TypeError):
            make_ses(no_such_argument=1)
        make_ses(k=16, N=63, crop_percentile=[5, 95], n_levels=2)

    def test_a_picture_that_is_not_there_has_a_typed_error(self, ses: IndexedSignatures) -> None:
        for call in (ses.add_image, ses.search_image):
            with pytest.raises(PictureNotFound):
                call("no/such/file.jpg")
        with pytest.raises(compat.CorruptImageError):
            ses.search_image(b"not a picture", bytestream=True)
        with pytest.raises(TypeError):
            ses.search_image(io.BytesIO(b""), bytestream=True)
