"""The values that pass between the core, its drivers and its users.

`Record`, `Stored`, `Query` and `Candidate` are the storage protocol's; see docs/protocol.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any

Metadata = Mapping[str, Any]

MAX_ID_BYTES = 512
MAX_RECORD_WORDS = 64
MAX_QUERY_WORDS = 1_000
MAX_RECORD_TAGS = 128
MAX_QUERY_TAGS = 16
MAX_TAG_BYTES = 256
MAX_SIGNATURE_BYTES = 1_024
MAX_BODY_BYTES = 1 << 20
MAX_INFO_BYTES = 4_096
MAX_BATCH_RECORDS = 1_000
MAX_BATCH_BYTES = 8 << 20
MAX_QUERIES = 64
MAX_CANDIDATES = 10_000
MAX_CALL_CANDIDATES = 64_000


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


@dataclass(frozen=True, slots=True)
class Record:
    """What a driver writes.

    Attributes:
        id: 1 to 512 bytes of UTF-8 without NUL, ordered by code point.
        words: at most 64 distinct signed 32-bit integers, ascending.
        tags: at most 128 distinct strings of at most 256 printable ASCII bytes, ascending.
        signature: 1 to 1,024 bytes.
        body: JSON text of at most 1 MiB, returned as it came.
    """

    id: str
    words: tuple[int, ...]
    tags: tuple[str, ...]
    signature: bytes
    body: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What a driver reads back: words and tags are derived, so nobody asks for them."""

    id: str
    signature: bytes
    body: str


@dataclass(frozen=True, slots=True)
class Query:
    """Asks for the records that share a word with `words` and carry all of `tags`.

    Attributes:
        words: at most 1,000, distinct, ascending.
        tags: at most 16, distinct, ascending.
        limit: 1 to 10,000.
    """

    words: tuple[int, ...]
    tags: tuple[str, ...] = ()
    limit: int = 1_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that shares `shared` distinct words with a query."""

    id: str
    shared: int
    signature: bytes


@dataclass(frozen=True, slots=True, order=True)
class Orientation:
    """What turns the query into the record: mirror left-right, rotate counter-clockwise, negate.

    The order of fields is the order in which orientations are tried: the plain ones first.
    """

    negative: bool = False
    mirror: bool = False
    rotate: int = 0

    def inverse(self) -> "Orientation":
        """What turns the record into the query."""
        # A mirrored rotation undoes itself.
        rotate = self.rotate if self.mirror else -self.rotate % 360
        return Orientation(self.negative, self.mirror, rotate)

    def __str__(self) -> str:
        parts = [
            "mirrored" if self.mirror else "",
            f"rotated {self.rotate}°" if self.rotate else "",
            "negative" if self.negative else "",
        ]
        return ", ".join(part for part in parts if part) or "upright"


UPRIGHT = Orientation()
ALL_ORIENTATIONS = tuple(
    Orientation(negative, mirror, rotate)
    for negative, mirror, rotate in product((False, True), (False, True), (0, 90, 180, 270))
)
"""The 16 of them, in the order in which equal distances are decided."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that is nearer to the query than the cutoff.

    Attributes:
        id: its id in the index.
        distance: 0.0 (equal signatures) to 1.0.
        path: its path or URL, '' if it was added without one.
        metadata: what was stored with it.
        score: the number of words it shares with the query, of the orientation and view in
            which that number is largest.
        orientation: what turns the query into this record.
        rarity: among about so many different pictures, one is found as near as this by a search
            such as this one; None where the algorithm doesn't know.
    """

    id: str
    distance: float
    path: str
    metadata: Metadata | None
    score: int
    orientation: Orientation
    rarity: float | None


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """What was seen of a picture while it was signed.

    Attributes:
        format: the file format in Pillow's spelling ('JPEG'), 'array' or 'Pillow image'.
        width: pixels, before any EXIF rotation.
        height: pixels, before any EXIF rotation.
        bytes: the size of the file, or of the pixels where there is no file.
    """

    format: str
    width: int
    height: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture in an index.

    Attributes:
        id: its id in the index.
        path: its path or URL, '' if it was added without one.
        metadata: what was stored with it.
        signature: its signature in the algorithm's stored form.
        added_at: when it was written last, in UTC.
        picture: size and format, where the picture itself was seen.
        revision: by which a change of the picture is noticed.
    """

    id: str
    path: str
    metadata: Metadata | None
    signature: bytes = field(repr=False)
    added_at: datetime
    picture: PictureInfo | None
    revision: str


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature of a picture, with the name of the algorithm that computed it."""

    algorithm: str
    data: bytes


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What an index remembers about itself.

    Attributes:
        format: version of the texts that the core stores.
        algorithm: the name of the algorithm whose signatures it holds.
        tags: version of the rule that makes tags of metadata.
    """

    format: int
    algorithm: str
    tags: int
