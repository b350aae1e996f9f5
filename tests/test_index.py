"""`Index`: add, search, update, delete, as users meet them, on both embedded drivers."""

import io
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

import imagematch_core as imagematch
from imagematch_core import Index, Orientation
from imagematch_core.protocol.values import Stored
from imagematch_core.signatures import get_algorithm
from imagematch_core.sources.source import LocalFile
from tests.drawings import drawing, encoded, flat, saved


def test_a_picture_is_found_by_its_copies(index: Index, tmp_path: Path) -> None:
    original = saved(tmp_path, "original.png", drawing(1, (200, 150)))
    added = index.add(original, metadata={"artist": "Anna"})
    index.add(saved(tmp_path, "other.png", drawing(2)))
    copy = encoded(drawing(1, (200, 150)).resize((120, 90)), "JPEG", quality=40)
    (hit,) = index.search(copy)
    assert (hit.id, hit.path, hit.metadata) == (added, str(original), {"artist": "Anna"})
    assert 0 < hit.distance < 0.45
    assert hit.score > 0
    assert hit.orientation == Orientation()


def test_the_same_picture_from_every_kind_of_source(index: Index, tmp_path: Path) -> None:
    image = drawing(1)
    path = saved(tmp_path, "ü 🎨.png", image)
    index.add(path)

    def sources() -> list[Any]:
        return [
            str(path),
            path,
            path.read_bytes(),
            bytearray(path.read_bytes()),
            io.BytesIO(path.read_bytes()),
            image,
            np.asarray(image),
            imagematch.signature(path),
        ]

    for source in sources():
        assert [hit.distance for hit in index.search(source)] == [0.0]
    ids = {index.add(source) for source in sources()}
    # A path twice, the same bytes three times, an image, an array, a signature.
    assert len(ids) == 5
    assert index.count() == 5


@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_all_16_orientations_are_found_and_named(
    index: Index, mirror: bool, rotate: int, negative: bool
) -> None:
    image = drawing(1, (330, 330))
    index.add(image)
    wanted = Orientation(negative, mirror, rotate)
    # The query is what the inverse makes of the stored picture, so `wanted` turns it back.
    back = wanted.inverse()
    query = ImageOps.mirror(image) if back.mirror else image
    query = query.rotate(back.rotate, expand=True)
    query = ImageOps.invert(query) if back.negative else query
    (hit,) = index.search(query, all_orientations=True)
    assert hit.orientation == wanted
    assert hit.distance < 0.1
    if wanted != Orientation():
        assert not index.search(query)


def test_adding_a_path_again_replaces_it(index: Index, tmp_path: Path) -> None:
    path = saved(tmp_path, "a.png", drawing(1))
    first = index.add(path, metadata={"n": 1})
    saved(tmp_path, "a.png", drawing(2))
    os.utime(path, ns=(1, 1))
    assert index.add(path) == first
    assert index.count() == 1
    entry = index.get(first)
    assert entry
    assert entry.metadata == {"n": 1}
    assert entry.signature == imagematch.signature(path)
    assert entry.picture
    assert (entry.picture.format, entry.picture.width) == ("PNG", 96)


def test_an_unchanged_file_is_not_read_again(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, "a.png", drawing(1))
    added = index.add(path)
    monkeypatch.setattr(LocalFile, "open", pytest.fail)
    assert index.add(path) == added
    index.add(path, metadata={"new": True})
    entry = index.get(added)
    assert entry
    assert entry.metadata == {"new": True}


def test_ids_and_paths_of_ones_own(index: Index, tmp_path: Path) -> None:
    assert index.add(drawing(1), id="käse 🧀", path="s3://bucket/a.png") == "käse 🧀"
    entry = index.get("käse 🧀")
    assert entry
    assert entry.path == "s3://bucket/a.png"
    assert index.add(drawing(1), path="p") != index.add(drawing(1), path="q")
    assert index.get("nothing") is None


def test_metadata_filters(index: Index) -> None:
    for seed, metadata in enumerate(
        [{"artist": "Anna", "year": 1}, {"artist": "Ben", "year": 1.0}, {"tags": ["a", "b"]}, None]
    ):
        index.add(drawing(1), id=str(seed), metadata=metadata)

    def found(**where: Any) -> list[str]:
        return [hit.id for hit in index.search(drawing(1), where=where)]

    assert found() == ["0", "1", "2", "3"]
    assert found(artist="Anna") == ["0"]
    assert found(year=1) == ["0", "1"]
    assert found(artist=["Anna", "Ben"], year=1) == ["0", "1"]
    assert found(tags="b") == ["2"]
    assert found(artist="anna") == found(year=True) == found(artist=[]) == []
    assert index.count({"year": 1}) == 2
    assert [entry.id for entry in index.entries({"artist": ["Ben", "Anna"]})] == ["0", "1"]


def test_cutoff_is_strict_and_limit_comes_last(index: Index) -> None:
    image = drawing(1, (300, 200))
    for quality in range(10, 100, 10):
        index.add(encoded(image, "JPEG", quality=quality), id=f"q{quality}")
    hits = index.search(image)
    assert len(hits) == 9
    assert [(h.distance, h.id) for h in hits] == sorted((h.distance, h.id) for h in hits)
    third = hits[2].distance
    assert [h.id for h in index.search(image, cutoff=third)] == [
        h.id for h in hits if h.distance < third
    ]
    assert index.search(image, limit=4) == hits[:4]
    assert list(index.search(image, limit=0)) == []
    assert index.search(image, candidates=9).truncated
    assert not index.search(image, candidates=10).truncated


def test_searching_with_a_stored_picture_leaves_it_out(index: Index) -> None:
    index.add(drawing(1), id="a")
    index.add(drawing(1), id="b")
    index.add(drawing(2), id="c")
    assert [hit.id for hit in index.search(id="a")] == ["b"]
    assert [hit.id for hit in index.search(id="a", limit=1)] == ["b"]
    assert list(index.search(id="c")) == []
    with pytest.raises(imagematch.EntryNotFound, match="'d'"):
        index.search(id="d")


def test_search_many_keeps_the_order_and_names_failures(index: Index, tmp_path: Path) -> None:
    for seed in range(5):
        index.add(drawing(seed), id=str(seed))
    sources: list[Any] = [drawing(3), tmp_path / "missing.jpg", drawing(99), flat(), drawing(0)]
    answers = list(index.search_many(sources, all_orientations=True))
    assert [[hit.id for hit in hits] for hits in answers] == [["3"], [], [], [], ["0"]]
    assert [type(hits.error) for hits in answers] == [
        type(None),
        imagematch.PictureNotFound,
        type(None),
        imagematch.FeaturelessImage,
        type(None),
    ]
    many = index.search_many(drawing(n % 5) for n in range(150))
    assert [hits[0].id for hits in many] == [str(n % 5) for n in range(150)]


def test_update_replaces_metadata_whole(index: Index) -> None:
    index.add(drawing(1), id="a", metadata={"x": 1, "y": 2})
    index.update("a", {"y": 3})
    entry = index.get("a")
    assert entry
    assert entry.metadata == {"y": 3}
    assert [hit.id for hit in index.search(drawing(1), where={"y": 3})] == ["a"]
    assert list(index.search(drawing(1), where={"x": 1})) == []
    with pytest.raises(imagematch.EntryNotFound):
        index.update("b", {})
    with pytest.raises(imagematch.ItemError):
        index.update("a", {"x": object()})


def test_delete_by_ids_and_by_metadata(index: Index) -> None:
    for seed in range(6):
        index.add(drawing(seed), id=str(seed), metadata={"even": seed % 2 == 0})
    assert index.delete("0") == 1
    assert index.delete(["0", "1", "1", "nothing"]) == 1
    assert index.delete(where={"even": True}) == 2
    assert [entry.id for entry in index.entries()] == ["3", "5"]
    assert list(index.search(drawing(2))) == []
    with pytest.raises(imagematch.FilterError, match="drop"):
        index.delete(where={})


def test_duplicates_are_grouped_with_a_keeper(index: Index, tmp_path: Path) -> None:
    large = drawing(1, (300, 200))
    saved(tmp_path, "b-large.png", large)
    saved(tmp_path, "a-small.jpg", large.resize((150, 100)))
    saved(tmp_path, "c-large.png", large)
    saved(tmp_path, "other.png", drawing(2))
    index.add_many(tmp_path.iterdir())
    (found,) = index.duplicates()
    assert [Path(member.entry.path).name for member in found.members] == [
        "b-large.png",
        "c-large.png",
        "a-small.jpg",
    ]
    assert found.keeper.path.endswith("b-large.png")
    distances = [member.distance for member in found.members]
    assert distances[:2] == [0.0, 0.0]
    assert 0 < distances[2] == found.largest_distance < 0.45
    assert list(index.duplicates(cutoff=0.0)) == []


def test_groups_have_a_cutoff_of_their_own() -> None:
    one, copy = drawing(1), Image.blend(drawing(1), drawing(2), 0.3)
    apart = imagematch.distance(*map(imagematch.signature, (one, copy)))
    with imagematch.open("memory://") as index:
        index.add(one, id="one")
        index.add(copy, id="copy")
        (group,) = index.duplicates()
        assert group.largest_distance == apart
        assert list(index.duplicates(cutoff=apart)) == []
        assert apart < get_algorithm("goldberg-2").grouping_cutoff(False)


def test_duplicates_among_some(index: Index) -> None:
    for name, album in [("a", 1), ("b", 1), ("c", 2)]:
        index.add(drawing(1), id=name, metadata={"album": album})
    (group,) = index.duplicates(where={"album": 1})
    assert [member.entry.id for member in group.members] == ["a", "b"]
    (group,) = index.duplicates(where={"album": [1, 2]})
    assert len(group.members) == 3


def test_a_flat_picture_is_refused_never_stored(index: Index) -> None:
    with pytest.raises(imagematch.FeaturelessImage):
        index.add(flat())
    with pytest.raises(imagematch.FeaturelessImage):
        index.search(flat())
    assert index.count() == 0


def test_an_index_remembers_its_algorithm(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    with imagematch.open(url, algorithm="goldberg-1") as index:
        index.add(drawing(1))
    with imagematch.open(url) as index:
        assert index.info.algorithm == "goldberg-1"
        assert len(index.search(drawing(1))) == 1
    with pytest.raises(imagematch.AlgorithmError, match="golberg-1"):
        imagematch.open(url, algorithm="golberg-1")


def test_opening_without_creating(url: str) -> None:
    with pytest.raises(imagematch.IndexNotFound, match="'images'"):
        imagematch.open(url, create=False)


def test_a_query_can_be_left_unrefreshed(url: str) -> None:
    with imagematch.open(url, auto_refresh=False) as index:
        index.add(drawing(1))
        index.refresh()
        assert len(index.search(drawing(1))) == 1


def test_copying_into_another_database_and_back(index: Index, tmp_path: Path) -> None:
    for seed in range(30):
        index.add(drawing(seed // 2), id=f"é{seed}", metadata={"seed": seed, "x": 1e16})
    index.refresh()
    before = [index.search(drawing(seed)) for seed in range(15)]
    target = f"sqlite:///{tmp_path}/copy.db"
    with imagematch.open(target, index="other", algorithm=index.info.algorithm) as copy:
        assert index.copy_to(copy).copied == 30
        copy.delete("é7")
        again = index.copy_to(copy)
        assert (again.copied, again.unchanged) == (1, 29)
        assert list(copy.entries()) == list(index.entries())
        assert [copy.search(drawing(seed)) for seed in range(15)] == before


@pytest.mark.parametrize("bad", ["", "a\0b", "k\0", "\ud800", "x" * 513, 5, b"k", None])
def test_what_is_no_id_is_the_same_error_everywhere(index: Index, bad: Any) -> None:
    index.add(drawing(1), id="k")
    calls: list[Callable[[], object]] = [
        lambda: index.get(bad),
        lambda: index.update(bad, {}),
        lambda: index.delete(["k", bad]),
    ]
    if bad is not None:  # which is not given
        calls += [
            lambda: index.delete(bad),
            lambda: index.search(id=bad),
            lambda: index.add(drawing(2), id=bad),
        ]
    for call in calls:
        with pytest.raises(imagematch.ItemError, match="an id must be"):
            call()
    assert index.count() == 1


def test_the_record_searched_with_takes_no_place_of_a_candidate(index: Index) -> None:
    for name in "abc":
        index.add(drawing(1), id=name)
    hits = index.search(id="b", candidates=2)
    assert [hit.id for hit in hits] == ["a", "c"]
    assert len(index.search(id="b", candidates=1)) == 1
    assert len(index.search(id="b", candidates=10_000)) == 2
    with pytest.raises(imagematch.ArgumentError):
        index.search(id="b", candidates=0)


def test_a_copy_keeps_what_was_written_later_than_the_original(index: Index) -> None:
    for name in "abc":
        index.add(drawing(1), id=name, metadata={"from": "before"})
    with imagematch.open("memory://", algorithm=index.info.algorithm) as copy:
        index.copy_to(copy)
        copy.update("a", {"from": "copy"})
        index.update("b", {"from": "original"})
        report = index.copy_to(copy)
        assert (report.copied, report.unchanged, report.newer) == (1, 1, 1)
        assert [entry.metadata for entry in copy.entries()] == [
            {"from": text} for text in ("copy", "original", "before")
        ]


def test_drop_removes_only_this_index(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    with imagematch.open(url, index="a") as one, imagematch.open(url, index="a_words") as two:
        one.add(drawing(1))
        two.add(drawing(1))
        one.drop()
        one.drop()
        assert two.count() == 1
    with pytest.raises(imagematch.IndexNotFound):
        imagematch.open(url, index="a", create=False)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"source": b"x", "id": "a"},
        {"id": "a", "candidates": 0},
        {"id": "a", "candidates": 10_001},
        {"id": "a", "limit": -1},
        {"id": "a", "cutoff": 1.5},
        {"id": "a", "cutoff": float("nan")},
    ],
)
def test_arguments_out_of_range(index: Index, arguments: dict[str, Any]) -> None:
    index.add(drawing(1), id="a")
    with pytest.raises(imagematch.ArgumentError):
        index.search(**arguments)


def test_after_close_everything_says_closed(url: str) -> None:
    index = imagematch.open(url)
    index.close()
    index.close()
    for use in (index.count, lambda: index.search(drawing(1)), lambda: index.add(drawing(1))):
        with pytest.raises(imagematch.Closed):
            use()


def test_a_signature_of_another_algorithm_is_refused(index: Index) -> None:
    other = imagematch.Signature("goldberg-0", b"x")
    for use in (index.add, index.search):
        with pytest.raises(imagematch.AlgorithmError, match="goldberg-0"):
            use(other)


def test_the_repr_shows_no_password(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    with imagematch.open(f"sqlite:///{tmp_path}/a.db") as index:
        assert repr(index) == f"<Index 'images' at sqlite:///{tmp_path}/a.db, goldberg-2>"


def test_a_hit_that_vanishes_gives_its_place_to_the_next(index: Index) -> None:
    for name in "abc":
        index.add(drawing(1), id=name)
    driver = index._store.driver
    get = driver.get
    vanished: list[int] = []

    def get_after_a_delete(ids: Sequence[str]) -> list[Stored]:
        if not vanished:
            vanished.append(driver.delete(["a"]))
        return get(ids)

    driver.get = get_after_a_delete  # type: ignore[method-assign]
    assert [hit.id for hit in index.search(drawing(1), limit=2)] == ["b", "c"]


def test_the_size_of_an_image_is_seen_before_its_rotation(index: Index) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    added = index.add(encoded(drawing(1, (90, 60)), "JPEG", exif=exif))
    entry = index.get(added)
    assert entry
    assert entry.picture
    assert (entry.picture.width, entry.picture.height) == (90, 60)
