"""A file in an object store."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file in an object store, as the store described it.

    Attributes:
        url: such as `s3://bucket/key`.
        size: in bytes.
        version: text that changes with the content; None where the store tells none.
    """

    url: str
    size: int
    version: str | None
