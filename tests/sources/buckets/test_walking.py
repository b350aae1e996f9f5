"""Which files in a bucket a URL means."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from imagematch_core.cli import main
from imagematch_core.errors import DownloadError, PictureError, PictureNotFound
from imagematch_core.sources.buckets import stores
from imagematch_core.sources.folders import pictures_in
from imagematch_core.sources.limits import Limits
from imagematch_core.sources.source import BucketFile
from tests.drawings import drawing, encoded
from tests.sources.buckets.conftest import Bucket

KEYS = ["2024/a.jpg", "2024/b.png", "2024/may/c.jpg", "2025.jpg", "[x].jpg", "x.jpg", "ü/🦆 .jpg"]

pytestmark = pytest.mark.slow


def found(bucket: Bucket, what: str) -> tuple[list[str], list[PictureError]]:
    errors: list[PictureError] = []
    given = [BucketFile(bucket.url + what)]
    urls = [file.path for file in pictures_in(given, Limits(), errors.append)]
    assert all(url.startswith(bucket.url) for url in urls)
    return [url.removeprefix(bucket.url) for url in urls], errors


@pytest.fixture
def filled(bucket: Bucket) -> Bucket:
    for key in KEYS:
        bucket.put(key, b"1")
    return bucket


@pytest.mark.parametrize(
    ("what", "meant"),
    [
        ("", KEYS),
        ("2024", KEYS[:3]),
        ("2024/", KEYS[:3]),
        ("2024/a.jpg", KEYS[:1]),
        ("2024/*", KEYS[:3]),
        ("2024/*.jpg", KEYS[:1]),
        ("202?", KEYS[:3]),
        ("202[!5]/", KEYS[:3]),
        ("*.jpg", ["2025.jpg", "[x].jpg", "x.jpg"]),
        ("**/*.jpg", [key for key in KEYS if key != "2024/b.png"]),
        ("**/may/**", ["2024/may/c.jpg"]),
        ("[x].jpg", ["[x].jpg"]),
        ("[xy].jpg", ["x.jpg"]),
        ("ü/🦆 .jpg", ["ü/🦆 .jpg"]),
    ],
)
def test_files_folders_and_patterns(filled: Bucket, what: str, meant: list[str]) -> None:
    assert found(filled, what) == (meant, [])


def test_long_listings_come_in_pages(s3: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "PAGE", 2)
    for key in KEYS:
        s3.put(key, b"1")
    assert found(s3, "") == (KEYS, [])
    assert found(s3, "**/*.png") == (["2024/b.png"], [])


def test_folders_made_by_hand_are_no_files(s3: Bucket) -> None:
    s3.put("empty/", b"")
    s3.put("full/", b"")
    s3.put("full/a.jpg", b"1")
    assert found(s3, "") == (["full/a.jpg"], [])
    assert found(s3, "empty/") == ([], [])


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("none", PictureNotFound),
        ("none/", PictureNotFound),
        ("*.tif", PictureNotFound),
        ("**.jpg", DownloadError),
    ],
)
def test_what_is_not_there_is_named(filled: Bucket, what: str, kind: type[PictureError]) -> None:
    files, (error,) = found(filled, what)
    assert files == []
    assert type(error) is kind
    assert error.source == filled.url + what


def test_the_command_adds_a_folder_and_what_a_pattern_fits(s3: Bucket, tmp_path: Path) -> None:
    s3.put("folder/a.png", encoded(drawing(1)))
    s3.put("folder/notes.txt", b"no picture")
    s3.put("folder/broken.png", encoded(drawing(2))[:100])
    s3.put("more/2024/b.png", encoded(drawing(3)))

    def run(*arguments: str) -> Result:
        options = ["--url", f"sqlite:///{tmp_path}/a.db"]
        return CliRunner().invoke(main, [*arguments, *options])

    sources = (f"{s3.url}folder/", f"{s3.url}more/**/*.png")
    done = run("add", *sources)
    assert done.stdout.startswith("2 added, 0 unchanged, 1 skipped (not pictures), 1 failed.")
    assert f"{s3.url}folder/broken.png: it is damaged" in done.stderr
    assert done.exit_code == 1
    assert run("add", *sources).stdout.startswith("0 added, 2 unchanged, 1 skipped")

    (tmp_path / "query.jpg").write_bytes(encoded(drawing(3), "JPEG"))
    assert f"{s3.url}more/2024/b.png" in run("search", str(tmp_path / "query.jpg")).stdout
    assert run("delete", f"{s3.url}more/2024/b.png").stdout == "1 picture deleted\n"
