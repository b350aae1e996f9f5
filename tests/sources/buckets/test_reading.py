"""Pictures in object stores are read as files are, bounded in time and in size."""

import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

import imagematch_core as imagematch
from imagematch_core.errors import (
    DownloadError,
    EmptyPicture,
    MissingPackage,
    NotAPicture,
    PictureError,
    PictureNotFound,
    PictureTooLarge,
    TruncatedPicture,
    UnreadablePicture,
)
from imagematch_core.sources import open_picture
from imagematch_core.sources.limits import Limits
from tests.drawings import drawing, encoded
from tests.sources.buckets.conftest import PASSWORD, Bucket
from tests.stores import send

NAMES = ["a.png", "ä/🦆 b?#[1]%20+'\".png", "without-suffix"]

pytestmark = pytest.mark.slow


@pytest.fixture
def index() -> Iterator[imagematch.Index]:
    with imagematch.open("memory://") as opened:
        yield opened


def error_of(source: str, limits: Limits = Limits()) -> PictureError:
    with pytest.raises(PictureError) as caught:
        open_picture(source, limits)
    assert str(caught.value).startswith(f"{caught.value.source}: ")
    return caught.value


@pytest.mark.parametrize("name", NAMES)
def test_add_search_and_find_under_the_url(
    bucket: Bucket, index: imagematch.Index, name: str
) -> None:
    url = bucket.url + name
    bucket.put(name, encoded(drawing(1)))
    index.add_many([imagematch.Item(url, metadata={"a": 1}), drawing(2)])
    assert index.add(url) == index.search(url)[0].id
    (hit,) = index.search(encoded(drawing(1), "JPEG"))
    assert (hit.path, hit.metadata) == (url, {"a": 1})


def test_what_has_not_changed_is_not_fetched(bucket: Bucket) -> None:
    sources = [f"{bucket.url}{number}.png" for number in range(2)]
    for number in range(2):
        bucket.put(f"{number}.png", encoded(drawing(number)))
    with imagematch.open("memory://") as index:
        assert index.add_many(sources).added == 2
    with imagematch.open("memory://", limits=Limits(max_bytes=1)) as index:
        assert [type(error) for _, error in index.add_many(sources).failed] == [PictureTooLarge] * 2


def test_a_file_that_is_replaced_is_signed_again(bucket: Bucket, tmp_path: Any) -> None:
    url = f"{bucket.url}a.png"
    bucket.put("a.png", encoded(drawing(1)))
    target = f"sqlite:///{tmp_path}/a.db"
    with imagematch.open(target) as index:
        index.add(url)
    with imagematch.open(target, limits=Limits(max_bytes=1)) as index:
        assert index.add_many([url]).unchanged == 1
        bucket.put("a.png", encoded(drawing(2)))
        assert isinstance(index.add_many([url]).failed[0][1], PictureTooLarge)
    with imagematch.open(target) as index:
        assert index.add_many([url]).added == 1
        assert index.search(drawing(2))[0].path == url


def test_an_empty_file(s3: Bucket) -> None:
    s3.put("empty.png", b"")
    assert type(error_of(f"{s3.url}empty.png")) is EmptyPicture


def test_what_is_wrong_with_a_file_is_told_as_of_one_on_disk(bucket: Bucket) -> None:
    bucket.put("text.png", b"no picture")
    bucket.put("cut.png", encoded(drawing(1))[:30])
    bucket.put("folder/a.png", b"1")
    for name, kind in {
        "text.png": NotAPicture,
        "cut.png": TruncatedPicture,
        "folder": UnreadablePicture,
        "none.png": PictureNotFound,
    }.items():
        assert type(error_of(bucket.url + name)) is kind
    assert type(error_of(f"{bucket.url[:-1]}x/a.png")) is PictureNotFound


def test_no_more_is_fetched_than_allowed(bucket: Bucket) -> None:
    data = encoded(drawing(1))
    bucket.put("a.png", data)
    open_picture(f"{bucket.url}a.png", Limits(max_bytes=len(data))).close()
    found = error_of(f"{bucket.url}a.png", Limits(max_bytes=len(data) - 1))
    assert type(found) is PictureTooLarge


def test_a_large_file_that_is_no_picture_is_not_fetched(s3: Bucket) -> None:
    s3.put("film", b"\0\1" * (5 << 20))
    assert type(error_of(f"{s3.url}film", Limits(max_bytes=1 << 20))) is NotAPicture


@pytest.mark.parametrize("file_format", ["BMP", "PNG", "TIFF"])
def test_a_large_picture_is_read_whole(s3: Bucket, file_format: str) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (1_800, 1_800, 3), dtype=np.uint8)
    s3.put("large", encoded(Image.fromarray(pixels), file_format))
    with open_picture(f"{s3.url}large") as picture, picture.decoding():
        assert picture.image is not None
        assert np.array_equal(np.asarray(picture.image), pixels)
    found = error_of(f"{s3.url}large", Limits(max_pixels=1_000))
    assert type(found) is PictureTooLarge


def test_a_store_that_does_not_answer_ends_with_the_time(environment: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        environment(
            AWS_ENDPOINT_URL=f"http://me:{PASSWORD}@127.0.0.1:{port}",
            AWS_ACCESS_KEY_ID="me",
            AWS_SECRET_ACCESS_KEY=PASSWORD,
        )
        found = error_of("s3://photos/a.png", Limits(max_seconds=0.5))
    assert "within the 0.5 s of Limits.max_seconds" in str(found)


def test_what_we_may_not_read_is_named_without_passwords(s3: Bucket, s3_address: str) -> None:
    def require_rights_after(requests: int) -> None:
        send(f"{s3_address}/moto-api/reset-auth", str(requests).encode(), kind="text/plain")

    s3.put("a.png", encoded(drawing(1)))
    require_rights_after(0)
    try:
        found = error_of(f"{s3.url}a.png")
    finally:
        require_rights_after(sys.maxsize)
    assert type(found) is UnreadablePicture
    assert PASSWORD not in "".join(traceback.format_exception(found))


def test_an_address_that_holds_a_password_is_not_shown(environment: Any) -> None:
    environment(
        AWS_ENDPOINT_URL=f"http://me:{PASSWORD}@[/",
        AWS_ACCESS_KEY_ID="me",
        AWS_SECRET_ACCESS_KEY=PASSWORD,
    )
    found = error_of("s3://photos/a.png", Limits(max_seconds=10))
    assert type(found) is DownloadError
    assert PASSWORD not in "".join(traceback.format_exception(found))


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "local:///etc/passwd",
        "FILE:///etc/passwd",
        "simplecache::s3://photos/a.png",
        "s3::file:///etc/passwd",
        "zip://a.png::s3://photos/a.zip",
        "ftp://example.com/a.png",
        "memory://a.png",
        "data://image/png;base64,AAAA",
        f"s3://me:{PASSWORD}@photos/a.png",
        f"s3://{PASSWORD}@photos/a.png",
        f"gs://me:{PASSWORD[:4]}/{PASSWORD[4:]}@photos/a.png",
        "s3://",
        "s3:///a.png",
        "gs://../a.png",
        "s3://photos\0/a.png",
    ],
)
def test_nothing_else_is_read_and_no_password_is_taken(
    url: str, index: imagematch.Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.asyn", None)  # must not even be tried
    found = error_of(url)
    assert type(found) is DownloadError
    ((_, error),) = index.add_many([url]).failed
    assert str(error) == str(found)
    assert PASSWORD not in str(found)
    assert PASSWORD[4:] not in str(found)
    assert index.count() == 0


def test_a_chain_inside_of_a_key_is_a_part_of_its_name(s3: Bucket) -> None:
    s3.put("a::file:///etc/passwd", encoded(drawing(1)))
    open_picture(f"{s3.url}a::file:///etc/passwd").close()
    assert type(error_of(f"{s3.url}::file:///etc/passwd")) is PictureNotFound


def test_strangers_do_not_read_with_our_rights(bucket: Bucket) -> None:
    bucket.put("a.png", encoded(drawing(1)))
    found = error_of(f"{bucket.url}a.png", Limits(allow_private=False))
    assert "Limits.allow_private is False" in str(found)


@pytest.mark.parametrize("package", ["fsspec.asyn", "s3fs"])
def test_what_is_not_installed_is_named(
    environment: Any, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    environment()
    monkeypatch.setitem(sys.modules, package, None)
    found = error_of("s3://photos/a.png")
    assert type(found) is MissingPackage
    assert "pip install 'imagematch-core[remote]'" in str(found)


def test_importing_is_light() -> None:
    code = (
        "import sys, imagematch_core, imagematch_core.cli.add\n"
        "import imagematch_core.sources.buckets.walking\n"
        "print(*{'fsspec', 's3fs', 'gcsfs', 'botocore', 'asyncio'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.split() == [b"asyncio"]
