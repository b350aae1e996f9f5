"""The stores that are read, and what differs between them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

PAGE = 1_000
"""Files in one answer of a listing; S3 gives no more."""


class Listed(NamedTuple):
    """A file in a bucket, as the store describes it.

    Attributes:
        url: such as `s3://bucket/key`.
        size: in bytes.
        version: text that changes with the content; None where the store tells none.
    """

    url: str
    size: int
    version: str | None


class Page(NamedTuple):
    """One answer of a listing.

    Attributes:
        files: in the order of their keys; placeholders of folders end with a slash.
        next: by which the next page is asked for; None after the last one.
    """

    files: list[Listed]
    next: str | None


@dataclass(frozen=True, slots=True)
class BucketStore:
    """A kind of store.

    Attributes:
        package: what reads it, by its name on PyPI.
        connect: makes the file system of fsspec, with the rights that its client finds in the
            environment; imports `package`.
        page: (file system, bucket, prefix of keys, `Page.next` or None) → page.
        version: what fsspec tells of a file → text that changes with its content.
    """

    package: str
    connect: Callable[[], Any]
    page: Callable[[Any, str, str, str | None], Awaitable[Page]]
    version: Callable[[Mapping[str, Any]], str | None]


# Its own cache would keep each listing, and one file system for each thread.
_UNCACHED = {"skip_instance_cache": True, "use_listings_cache": False}


def _connect_s3() -> Any:
    from s3fs import S3FileSystem  # noqa: PLC0415 - an extra

    return S3FileSystem(**_UNCACHED)


async def _page_of_s3(system: Any, bucket: str, prefix: str, token: str | None) -> Page:
    after = {} if token is None else {"ContinuationToken": token}
    told = await system._call_s3(
        "list_objects_v2", Bucket=bucket, Prefix=prefix, MaxKeys=PAGE, **after
    )
    files = [
        Listed(f"s3://{bucket}/{one['Key']}", one["Size"], _version_of_s3(one))
        for one in told.get("Contents", ())
    ]
    return Page(files, told.get("NextContinuationToken"))


def _version_of_s3(told: Mapping[str, Any]) -> str | None:
    etag = told.get("ETag")
    return None if not etag else f"etag={str(etag).strip(chr(34))}"


def _connect_google() -> Any:
    # gcsfs' other class adds what zonal buckets need, asking for the kind of each bucket first.
    from gcsfs.core import GCSFileSystem  # noqa: PLC0415 - an extra

    return GCSFileSystem(access="read_only", **_UNCACHED)


async def _page_of_google(system: Any, bucket: str, prefix: str, token: str | None) -> Page:
    told = await system._call(
        *("GET", "b/{}/o", bucket), prefix=prefix, maxResults=PAGE, pageToken=token, json_out=True
    )
    files = [
        Listed(f"gs://{bucket}/{one['name']}", int(one["size"]), _version_of_google(one))
        for one in told.get("items", ())
    ]
    return Page(files, told.get("nextPageToken"))


def _version_of_google(told: Mapping[str, Any]) -> str | None:
    generation = told.get("generation")
    return None if not generation else f"generation={generation}"


STORES = {
    "s3": BucketStore("s3fs", _connect_s3, _page_of_s3, _version_of_s3),
    "gs": BucketStore("gcsfs", _connect_google, _page_of_google, _version_of_google),
}
"""By the scheme of their URLs. There is no other: fsspec knows many that read this machine's
files, run programs, or open further URLs inside a URL."""
