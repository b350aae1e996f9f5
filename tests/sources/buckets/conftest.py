"""Empty buckets."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from imagematch_core.sources.buckets import access
from tests.stores import google_server, s3_server, send

PASSWORD = "hunter2hunter2"


@dataclass(frozen=True)
class Bucket:
    """An empty bucket.

    Attributes:
        url: of it, with its last slash.
        put: (key, content) → None; writes a file.
    """

    url: str
    put: Callable[[str, bytes], object]


@pytest.fixture(scope="session")
def s3_address() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture(scope="session")
def google_address() -> Iterator[str]:
    with google_server() as address:
        yield address


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Sets variables which the clients of stores read when they connect."""

    def set_all(**values: str) -> None:
        access.connected.cache_clear()
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    yield set_all
    access.connected.cache_clear()


@pytest.fixture
def s3(s3_address: str, environment: Any) -> Bucket:
    environment(
        AWS_ENDPOINT_URL=s3_address,
        AWS_ACCESS_KEY_ID="somebody",
        AWS_SECRET_ACCESS_KEY=PASSWORD,
        AWS_DEFAULT_REGION="us-east-1",
    )
    import boto3

    client = boto3.client("s3")
    name = f"photos-{uuid4()}"
    client.create_bucket(Bucket=name)
    return Bucket(
        f"s3://{name}/", lambda key, data: client.put_object(Bucket=name, Key=key, Body=data)
    )


@pytest.fixture
def google(google_address: str, environment: Any) -> Bucket:
    environment(STORAGE_EMULATOR_HOST=google_address)
    name = f"photos-{uuid4()}"
    send(
        f"{google_address}/storage/v1/b",
        json.dumps({"name": name}).encode(),
        kind="application/json",
    )
    upload = f"{google_address}/upload/storage/v1/b/{name}/o?uploadType=media&name="
    return Bucket(f"gs://{name}/", lambda key, data: send(f"{upload}{quote(key, safe='')}", data))


@pytest.fixture(params=["s3", "google"])
def bucket(request: pytest.FixtureRequest) -> Bucket:
    found: Bucket = request.getfixturevalue(request.param)
    return found
