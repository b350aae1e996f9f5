"""Readers of indexes that image-match made, so that their pictures need not be read again.

A driver's distribution may bring a reader, registered under the entry-point group
`imagematch.legacy` with the URL scheme as its name.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

READER_GROUP = "imagematch.legacy"


@dataclass(frozen=True, slots=True)
class LegacyDocument:
    """A document as image-match stored it.

    Attributes:
        id: what the database calls it; image-match gave it out as the id of a hit.
        fields: all of it, as the client reads it.
    """

    id: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LegacyPage:
    """Some documents, in the order in which all are read.

    Attributes:
        documents: at least one.
        point: `LegacyReader.pages(after=point)` goes on behind them.
    """

    documents: Sequence[LegacyDocument]
    point: str


class LegacyReader(ABC):
    """A reader of one index of image-match. It writes nothing.

    As drivers do, it lets its client's exceptions through.
    """

    @classmethod
    @abstractmethod
    def connect(cls, target: Any, name: str | None = None, *, timeout: float = 30.0) -> Self:
        """Prepare to read; nothing need be sent yet.

        Args:
            target: the URL as the user wrote it, which names the index too; or an object that the
                driver of this scheme takes, which stays the caller's.
            name: of image-match's index or collection, where `target` is an object.
            timeout: seconds for one request.

        Raises:
            InvalidTarget: it can't be used.
        """

    @abstractmethod
    def is_legacy(self) -> bool:
        """Return whether it is there, and holds documents that image-match made."""

    @abstractmethod
    def pages(self, after: str | None = None) -> Iterator[LegacyPage]:
        """Yield pages of documents, from the beginning or behind a `point`, in bounded memory.

        A document that is there throughout is met at least once; one that is added meanwhile, or
        after the point, may be missed.

        Raises:
            ArgumentError: `after` is no such point.
        """

    @abstractmethod
    def close(self) -> None:
        """Close what `connect` opened; an object that was given stays open."""
