"""Reads a collection that image-match filled."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Self
from urllib.parse import unquote

import pymongo
from bson import CodecOptions, ObjectId, json_util
from bson.codec_options import DatetimeConversion
from bson.errors import BSONError
from imagematch_core.protocol import (
    ArgumentError,
    InvalidTarget,
    LegacyDocument,
    LegacyPage,
    LegacyReader,
    redact_url,
)
from pymongo.collection import Collection

from .target import Document, from_object, from_url

PAGE = 1_000
SAMPLE = 100

_URL = re.compile(r"(mongodb(?:\+srv)?://[^/?]+/[^/?.]+)\.([^/?]+)(\?.*)?")
_LENIENT: CodecOptions[Document] = CodecOptions(
    tz_aware=True,
    unicode_decode_error_handler="surrogateescape",
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
)
"""One value that Python can't hold must not make its whole page unreadable."""


class MongoDBLegacy(LegacyReader):
    """One collection of image-match, read in the order of its `_id`s.

    Each page begins behind the last `_id` of the one before, whatever types these have, so no
    cursor need live long.
    """

    def __init__(self, collection: "Collection[Document]", timeout: float, *, own: bool) -> None:
        self._collection = collection.with_options(codec_options=_LENIENT)
        self._timeout = timeout
        self._own = own

    @classmethod
    def connect(cls, target: Any, name: str | None = None, *, timeout: float = 30.0) -> Self:
        if not isinstance(target, str):
            return cls(from_object(target, {})[name or ""], timeout, own=False)
        match = _URL.fullmatch(target)
        if match is None:
            raise InvalidTarget(
                f"{redact_url(target)!r}: name image-match's database and collection, as in "
                "'mongodb://host/images.images'"
            )
        database = from_url(match[1] + (match[3] or ""), {}, timeout)
        return cls(database[unquote(match[2])], timeout, own=True)

    def is_legacy(self) -> bool:
        with pymongo.timeout(self._timeout):
            return any(map(_has_words, self._collection.find(limit=SAMPLE)))

    def pages(self, after: str | None = None) -> Iterator[LegacyPage]:
        last = None if after is None else _of_point(after)
        while documents := self._page(last):
            last = {"_id": documents[-1]["_id"]}
            yield LegacyPage(
                [LegacyDocument(_text(document["_id"]), document) for document in documents],
                json_util.dumps(last["_id"], json_options=json_util.CANONICAL_JSON_OPTIONS),
            )

    def close(self) -> None:
        if self._own:
            self._collection.database.client.close()

    def _page(self, last: Document | None) -> list[Document]:
        """Return the first documents, or those behind an `_id`."""
        found = self._collection.find(sort=[("_id", 1)], limit=PAGE + 1)
        if last is not None:
            # Unlike a condition, this bound holds for `_id`s of other types too.
            found = found.hint([("_id", 1)]).min([("_id", last["_id"])])
        with pymongo.timeout(self._timeout):
            documents = list(found)
        if last is not None and documents and documents[0]["_id"] == last["_id"]:
            del documents[0]
        return documents[:PAGE]


def _text(document_id: object) -> str:
    """Return an `_id` as a record's id: an ObjectId's digits, a string, or else JSON."""
    if isinstance(document_id, str | ObjectId):
        return str(document_id)
    return json_util.dumps(document_id, json_options=json_util.RELAXED_JSON_OPTIONS)


def _of_point(point: str) -> Document:
    try:
        return {"_id": json_util.loads(point)}
    except (BSONError, TypeError, ValueError) as err:
        raise ArgumentError(f"{point!r} is no point of an import from MongoDB") from err


def _has_words(document: Mapping[str, Any]) -> bool:
    """Return whether a document has image-match's fields, at the top or below a document type."""
    layouts = [document, *(value for value in document.values() if isinstance(value, Mapping))]
    return any(
        "signature" in layout and ("simple_word_0" in layout or "simple_words" in layout)
        for layout in layouts
    )
