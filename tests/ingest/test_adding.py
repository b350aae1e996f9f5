"""`add_many`: any number of pictures, whatever is wrong with some, as often as one likes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import imagematch_core as imagematch
from imagematch_core import AddReport, Index, Item
from tests.drawings import drawing, encoded, flat, saved
from tests.servers import Page, http_server


def counts(report: AddReport) -> tuple[int, int, int, int, int]:
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
    assert index.search(drawing(3)) == []


def test_the_same_again_in_one_run_is_unchanged(index: Index, tmp_path: Path) -> None:
    path = saved(tmp_path, "a.png", drawing(1))
    assert counts(index.add_many([path, str(path), path])) == (1, 0, 2, 0, 0)


def test_more_than_a_batch(index: Index) -> None:
    signature = imagematch.signature(drawing(1))
    items = (Item(signature, id=f"{n:05}") for n in range(2_345))
    assert index.add_many(items).added == 2_345
    assert index.count() == 2_345
    assert [entry.id for entry in index.records()] == [f"{n:05}" for n in range(2_345)]


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
    assert index.search(drawing(1)) == []


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
