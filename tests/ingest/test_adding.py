"""`add_many`: any number of pictures, whatever is wrong with some, as often as one likes."""

import io
import os
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image, ImageFile

import imagematch_core as imagematch
from imagematch_core import AddResult, Index, Item, Signature
from imagematch_core.errors import Failure
from imagematch_core.ingest import adding
from imagematch_core.protocol.values import Record
from imagematch_core.store import Store
from tests.drawings import drawing, encoded, flat, saved
from tests.servers import Page, http_server


def counts(report: AddResult) -> tuple[int, int, int, int, int]:
    return (
        report.added,
        report.updated,
        report.unchanged,
        report.skipped,
        len(report.failed),
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_a_folder_of_everything(index: Index, tmp_path: Path, workers: int) -> None:
    for seed in range(20):
        saved(tmp_path, f"{seed:02}.png", drawing(seed))
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "empty").touch()
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.jpg").write_text("no picture either")
    (tmp_path / "cut.png").write_bytes(encoded(drawing(3))[:-900])
    saved(tmp_path, "flat.png", flat())
    odd = os.fsdecode(os.path.join(os.fsencode(tmp_path), b"caf\xe9.png"))
    Path(odd).write_bytes(encoded(drawing(77)))
    files: list[Any] = [*sorted(map(str, tmp_path.iterdir())), tmp_path / "missing.png", tmp_path]

    report = index.add_many(files, workers=workers)
    assert counts(report) == (21, 0, 0, 2, 6)
    assert {Path(str(item.source)).name: type(error) for item, error in report.failed} == {
        "empty.png": imagematch.EmptyPicture,
        "text.jpg": imagematch.NotAPicture,
        "cut.png": imagematch.TruncatedPicture,
        "flat.png": imagematch.FeaturelessImage,
        "missing.png": imagematch.PictureNotFound,
        tmp_path.name: imagematch.UnreadablePicture,
    }
    assert index.count() == 21
    assert [hit.path for hit in index.search(drawing(77))] == [f"file://{tmp_path}/caf%E9.png"]

    again = index.add_many(files, workers=workers)
    assert counts(again) == (0, 0, 21, 2, 6)


def test_only_what_has_changed_is_signed_again(index: Index, tmp_path: Path) -> None:
    paths = [saved(tmp_path, f"{seed}.png", drawing(seed)) for seed in range(5)]
    index.add_many(paths)
    saved(tmp_path, "3.png", drawing(33))
    os.utime(paths[3], ns=(5, 5))
    items: list[Any] = [*paths[:4], Item(paths[4], metadata={"new": 1})]
    assert counts(index.add_many(items)) == (1, 1, 3, 0, 0)
    assert [hit.path for hit in index.search(drawing(33))] == [str(paths[3])]
    assert [hit.path for hit in index.search(drawing(4), where={"new": 1})] == [str(paths[4])]


def test_of_several_with_one_id_the_last_wins(index: Index) -> None:
    items = [Item(drawing(n), id="same", metadata={"n": n}) for n in range(5)]
    assert index.add_many([*items, Item(drawing(9), id="other")]).added == 6
    entry = index.get("same")
    assert entry
    assert entry.metadata == {"n": 4}
    assert [hit.id for hit in index.search(drawing(4))] == ["same"]
    assert list(index.search(drawing(3))) == []


def test_the_same_again_in_one_run_is_unchanged(index: Index, tmp_path: Path) -> None:
    path = saved(tmp_path, "a.png", drawing(1))
    assert counts(index.add_many([path, str(path), path])) == (1, 0, 2, 0, 0)


def test_more_than_a_batch(index: Index) -> None:
    signature = imagematch.signature(drawing(1))
    items = (Item(signature, id=f"{n:05}") for n in range(2_345))
    assert index.add_many(items).added == 2_345
    assert index.count() == 2_345
    assert [entry.id for entry in index.entries()] == [f"{n:05}" for n in range(2_345)]


def test_items_that_cannot_be_stored_are_named(index: Index) -> None:
    items: list[Any] = [
        Item(drawing(1), id=""),
        Item(drawing(2), metadata={"a": object()}),
        Item(drawing(3), metadata={str(n): n for n in range(200)}),
        Item(drawing(4), path="\udc80"),
        Item(drawing(5), metadata={"long": "x" * 2_000_000}),
        Item(drawing(6)),
        object(),
    ]
    report = index.add_many(items)
    assert report.added == 1
    failed = [item for item, _ in report.failed]
    assert len(failed) == 6
    assert all(item in failed for item in [*items[:5], Item(items[6])])
    assert [type(error) for _, error in report.failed].count(imagematch.ItemError) == 5
    assert index.count() == 1


def test_what_comes_before_a_failing_iterable_is_stored(index: Index) -> None:
    signature = imagematch.signature(drawing(1))

    def failing() -> Iterator[Item]:
        yield from (Item(signature, id=str(n)) for n in range(5_000))
        raise InterruptedError

    with pytest.raises(InterruptedError):
        index.add_many(failing())
    # Some of the last were looked up and no more.
    assert 4_500 < index.count() <= 5_000


def test_a_batch_that_is_interrupted_while_it_is_written_is_written_again(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Store.put
    interrupted: list[bool] = []

    def interrupt_once(self: Store, records: Iterable[Record]) -> dict[str, Failure]:
        if not interrupted:
            interrupted.append(True)
            raise KeyboardInterrupt
        return put(self, records)

    monkeypatch.setattr(Store, "put", interrupt_once)
    with pytest.raises(KeyboardInterrupt):
        index.add_many([drawing(1), drawing(2)])
    assert index.count() == 2


def test_progress_counts_every_source_once(index: Index, tmp_path: Path) -> None:
    paths = [saved(tmp_path, f"{seed}.png", drawing(seed % 7)) for seed in range(12)]
    (tmp_path / "a.txt").write_text("text")
    sources: list[Any] = [*paths, paths[0], tmp_path / "a.txt", tmp_path / "gone.png", flat()]
    done: list[int] = []
    index.add_many(sources, progress=done.append)
    assert sum(done) == len(sources)


def test_urls_are_fetched_and_compared_by_content(index: Index) -> None:
    pages = {"/a.png": Page(encoded(drawing(1)))}
    with http_server(pages) as site:
        url = site.url("/a.png")
        assert counts(index.add_many([url, site.url("/gone.png")])) == (1, 0, 0, 0, 1)
        assert counts(index.add_many([url])) == (0, 0, 1, 0, 0)
        pages["/a.png"] = Page(encoded(drawing(2)))
        assert counts(index.add_many([url])) == (1, 0, 0, 0, 0)
    assert [hit.path for hit in index.search(drawing(2))] == [url]
    assert list(index.search(drawing(1))) == []


class Greyish(ImageFile.ImageFile):
    """A format that a user has a decoder for: a mark, width, height, grey pixels."""

    format = "GREYISH"

    def _open(self) -> None:
        assert self.fp is not None
        self._size, self._mode = struct.unpack("<7xHH", self.fp.read(11)), "L"
        self.tile = [ImageFile._Tile("raw", (0, 0, *self._size), 11, ("L", 0, 1))]


@pytest.mark.parametrize("pictures", [15, 16])
def test_decoders_and_settings_of_this_process_count_for_any_number_of_pictures(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pictures: int
) -> None:
    Image.init()  # or what it registers would be gone with the patches
    monkeypatch.setattr(Image, "ID", [*Image.ID])
    monkeypatch.setattr(Image, "OPEN", {**Image.OPEN})
    Image.register_open("GREYISH", Greyish, lambda prefix: prefix.startswith(b"GREYISH"))
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    for seed in range(0, pictures, 2):
        image = drawing(seed).convert("L")
        head = b"GREYISH" + struct.pack("<HH", *image.size)
        (tmp_path / f"{seed}.greyish").write_bytes(head + image.tobytes())
    for seed in range(1, pictures, 2):
        (tmp_path / f"{seed}.jpg").write_bytes(encoded(drawing(seed), "JPEG")[:-100])
    report = index.add_many(tmp_path.iterdir())
    assert (report.added, report.failed) == (pictures, [])


def test_what_cannot_be_handed_to_a_worker_is_signed_here(index: Index, tmp_path: Path) -> None:
    files = [saved(tmp_path, f"{seed:02}.png", drawing(seed)) for seed in range(20)]
    images = [Image.open(file) for file in files]
    for image, file in zip(images, files, strict=True):
        image.info["file"] = file.open("rb")  # can't be pickled
    with os.scandir(tmp_path) as entries:
        assert index.add_many(entries, workers=2).added == 20
    assert index.add_many(images, workers=2).added == 20
    for image in images:
        image.info["file"].close()
        image.close()


def test_a_signature_that_is_none_fails_by_itself(index: Index) -> None:
    name = index.info.algorithm
    bad = Item(Signature(name, b"too short"), id="bad")
    odd: Any = Item(Signature(name, cast("bytes", "text")), id="odd")
    other = Item(imagematch.signature(drawing(1), "goldberg-1"), id="other")
    report = index.add_many([drawing(1), bad, odd, other, drawing(2)])
    assert (report.added, index.count()) == (2, 2)
    assert [(item.id, type(error)) for item, error in report.failed] == [
        (name, imagematch.AlgorithmError) for name in ("bad", "odd", "other")
    ]


@pytest.mark.parametrize(
    "one", ["photo.jpg", Path("photo.jpg"), b"", io.BytesIO(), drawing(1), Item("a"), 5, None]
)
def test_one_picture_in_place_of_many_is_an_error(index: Index, one: Any) -> None:
    for call in (index.add_many, index.search_many):
        with pytest.raises(imagematch.ArgumentError, match="put it into a list"):
            next(iter(cast("Any", call(one))))
    assert index.add_many(np.stack([np.asarray(drawing(1)), np.asarray(drawing(2))])).added == 2


def test_metadata_that_is_set_during_a_run_stays(index: Index, tmp_path: Path) -> None:
    files = [saved(tmp_path, f"{seed:03}.png", drawing(seed)) for seed in range(4)]
    ids = [index.add(file, metadata={"v": 1}) for file in files[:3]]
    saved(tmp_path, "000.png", drawing(77, (90, 90)))  # is signed again
    index.delete(ids[2])

    def sources() -> Iterator[Any]:
        yield files[0]
        yield Item(files[1], id=ids[1], path="/elsewhere.png")  # is not signed again
        yield files[2]
        # As many as are looked up at a time, so that the first ones have been.
        yield from (Item(files[3], id=f"{number}") for number in range(adding.LOOK_UP_ITEMS))
        for entry_id in ids[:2]:
            index.update(entry_id, {"v": 2})
        yield from (Item(files[3], id=f"more {number}") for number in range(3))

    index.add_many(sources(), workers=1)
    found = [index.get(entry_id) for entry_id in ids]
    assert [entry and entry.metadata for entry in found] == [{"v": 2}, {"v": 2}, None]
    assert found[1]
    assert found[1].path == "/elsewhere.png"
    assert [hit.path for hit in index.search(drawing(77, (90, 90)))] == [str(files[0])]


def test_a_picture_that_kills_its_worker_is_named(tmp_path: Path) -> None:
    paths = [saved(tmp_path, f"{seed}.png", drawing(seed)) for seed in range(20)]
    script = tmp_path / "script.py"
    # No decoder that we know of crashes, so this one is told to.
    (tmp_path / "sitecustomize.py").write_text(
        "import os\n"
        "from PIL import Image\n"
        "convert = Image.Image.convert\n"
        "def die(self, *args, **kwargs):\n"
        "    if self.size == (50, 50): os.kill(os.getpid(), 9)\n"
        "    return convert(self, *args, **kwargs)\n"
        "Image.Image.convert = die\n"
    )
    saved(tmp_path, "5.png", drawing(5, (50, 50)))
    script.write_text(
        "import sys\n"
        "import imagematch_core as imagematch\n"
        "with imagematch.open('memory://') as index:\n"
        "    report = index.add_many(sys.argv[1:], workers=2)\n"
        "    print(report.added, index.count())\n"
        "    for item, error in report.failed: print(type(error).__name__, item.source)\n"
    )
    done = subprocess.run(
        [sys.executable, script, *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert done.stdout == f"19 19\nWorkerDied {paths[5]}\n"


def test_a_picture_that_takes_too_long_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    paths = [saved(tmp_path, f"{seed}.png", drawing(seed)) for seed in range(20)]
    saved(tmp_path, "5.png", drawing(5, (50, 50)))
    # No decoder that we know of goes on for ever, so this one is told to.
    (tmp_path / "sitecustomize.py").write_text(
        "from PIL import Image\n"
        "convert = Image.Image.convert\n"
        "def endless(self, *args, **kwargs):\n"
        "    while self.size == (50, 50): pass\n"
        "    return convert(self, *args, **kwargs)\n"
        "Image.Image.convert = endless\n"
    )
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\n"
        "import imagematch_core as imagematch\n"
        "limits = imagematch.Limits(max_decoding_seconds=0.5)\n"
        "with imagematch.open('memory://', limits=limits) as index:\n"
        "    report = index.add_many(sys.argv[1:], workers=2)\n"
        "    print(report.added, index.count())\n"
        "    for item, error in report.failed: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, script, *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    reason = "it takes longer than Limits.max_decoding_seconds allows"
    assert done.stdout == f"19 19\nPictureTooSlow {paths[5]}: {reason}\n"


def test_ctrl_c_keeps_what_was_signed_and_the_next_run_goes_on(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    for seed in range(60):
        saved(pictures, f"{seed:02}.png", drawing(seed, (400, 300)))
    script = tmp_path / "script.py"
    script.write_text(
        "import os, signal, sys\n"
        "import imagematch_core as imagematch\n"
        "shown = []\n"
        "def show(done):\n"
        "    shown.append(done)\n"
        "    if len(shown) == 20: os.killpg(0, signal.SIGINT)\n"
        "with imagematch.open(sys.argv[1]) as index:\n"
        "    index.add_many(sys.argv[2:], workers=2, progress=show)\n"
    )
    url = f"sqlite:///{tmp_path}/a.db"
    paths = sorted(map(str, pictures.iterdir()))
    done = subprocess.run(
        [sys.executable, script, url, *paths],
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert done.returncode != 0
    assert done.stderr.count("Traceback") <= 1
    with imagematch.open(url) as index:
        before = index.count()
        assert before >= 20
        report = index.add_many(paths)
        assert (report.added, report.unchanged) == (60 - before, before)
        assert index.count() == 60
