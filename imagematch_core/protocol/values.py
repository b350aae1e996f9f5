"""The values that pass between the core and a driver, and the bounds on them."""

from collections.abc import Iterable
from dataclasses import dataclass

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
class Record:
    """A record as a driver writes it.

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
    """A record as a driver reads it back, without words and tags, which nobody asks for."""

    id: str
    signature: bytes
    body: str


def first_page(records: Iterable[Stored]) -> list[Stored]:
    """Take records, in the order in which they come, until an answer of `scan` is large enough."""
    page: list[Stored] = []
    size = 0
    for record in records:
        page.append(record)
        size += len(record.body) + len(record.signature)
        if size >= MAX_BATCH_BYTES:
            break
    return page


@dataclass(frozen=True, slots=True)
class Query:
    """A query for the records that share a word with `words` and carry all of `tags`.

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
