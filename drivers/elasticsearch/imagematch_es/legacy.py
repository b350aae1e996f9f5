"""Reads an index that image-match made in Elasticsearch, 7 or later."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Self
from urllib.parse import quote, unquote

from elasticsearch import Elasticsearch, NotFoundError
from imagematch_core.protocol import (
    ArgumentError,
    InvalidTarget,
    LegacyDocument,
    LegacyPage,
    LegacyReader,
    redact_url,
)

from .errors import check
from .target import from_url

PAGE = 1_000
"""Documents that are read at a time."""

_URL = re.compile(r"(?P<server>[^:/?#]+://[^/?#]*)/(?P<index>[^/?#]+)/?(?P<query>\?.*)?")
_ANY_VERSION = {"accept": "*/*"}
"""Clients ask for an answer in their own version's form, which other servers refuse."""


class ElasticsearchLegacy(LegacyReader):
    """One index of image-match, read in the order in which its documents were written.

    The number of its write, `_seq_no`, is a document's own in its shard. So a page begins at the
    last number of the one before, and leaves out what had that number there. Nothing is kept open
    on the server.
    """

    def __init__(self, client: Elasticsearch, index: str, timeout: float, *, own: bool) -> None:
        self._client = client
        self._index = index
        self._timeout = timeout
        self._own = own

    @classmethod
    def connect(cls, target: Any, name: str | None = None, *, timeout: float = 30.0) -> Self:
        if not isinstance(target, str):
            return cls(target, name or "", timeout, own=False)
        match = _URL.fullmatch(target)
        if match is None:
            raise InvalidTarget(
                f"{redact_url(target)!r}: name image-match's index after the host, as in "
                "'elasticsearch://host:9200/images'"
            )
        client, _ = from_url(match["server"] + (match["query"] or ""), {})
        return cls(client, unquote(match["index"]), timeout, own=True)

    def is_legacy(self) -> bool:
        try:
            found = self._get("_mapping", {})
        except NotFoundError:
            return False
        if len(found) > 1:
            raise InvalidTarget(
                f"{self._index!r} names several indexes: {', '.join(sorted(found))}; import them "
                "one after the other"
            )
        return any(_has_words(one["mappings"]) for one in found.values())

    def pages(self, after: str | None = None) -> Iterator[LegacyPage]:
        number = _number(after)
        seen: set[str] = set()
        while hits := self._hits(number, PAGE + len(seen)):
            new = [hit for hit in hits if hit["_id"] not in seen]
            if not new:
                return
            last = new[-1]["sort"][0]
            seen = {hit["_id"] for hit in hits if hit["sort"][0] == last}
            number = last
            documents = [LegacyDocument(hit["_id"], hit.get("_source") or {}) for hit in new]
            yield LegacyPage(documents, str(number))

    def close(self) -> None:
        if self._own:
            self._client.close()

    def _hits(self, number: int, size: int) -> list[Any]:
        """Return the first documents with this number or a higher one."""
        asked = {
            "query": {"range": {"_seq_no": {"gte": number}}},
            "sort": [{"_seq_no": "asc"}],
            "size": size,
            "track_total_hits": False,
        }
        parameters = {"source": json.dumps(asked), "source_content_type": "application/json"}
        answer = self._get("_search", {**parameters, "allow_partial_search_results": "false"})
        check(answer)
        hits: list[Any] = answer["hits"]["hits"]
        return hits

    def _get(self, what: str, parameters: Mapping[str, str]) -> Mapping[str, Any]:
        client = self._client.options(request_timeout=self._timeout)
        path = f"/{quote(self._index, safe='')}/{what}"
        answer = client.perform_request("GET", path, params=parameters, headers=_ANY_VERSION)
        body: Mapping[str, Any] = answer.body
        return body


def _number(after: str | None) -> int:
    if after is None:
        return 0
    if not after.isdecimal():
        raise ArgumentError(f"{after!r} is no point of an import from Elasticsearch")
    return int(after)


def _has_words(mapping: Mapping[str, Any]) -> bool:
    """Return whether a mapping has image-match's fields, at the top or below a document type."""
    fields = mapping.get("properties", {})
    layouts = [fields, *(field.get("properties", {}) for field in fields.values())]
    return any(
        "signature" in layout and ("simple_word_0" in layout or "simple_words" in layout)
        for layout in layouts
    )
