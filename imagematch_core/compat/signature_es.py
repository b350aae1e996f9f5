"""image-match's class for Elasticsearch."""

from typing import Any, ClassVar

from .indexed import IndexedSignatures
from .names import index_name, seconds

_DOC_TYPES = ("image", "_doc", None)
"""image-match's own, and what stands for none in Elasticsearch 7."""
_SERVER = "elasticsearch://HOST:9200"


class SignatureES(IndexedSignatures):
    """Stores and searches pictures in Elasticsearch, through an index of imagematch.

    Args:
        es: an `elasticsearch.Elasticsearch` object, which stays yours.
        index: names the index.
        doc_type: names it together with `index`. Elasticsearch has no types any more.
        timeout: for one call to the database: '10s', '500ms', or seconds.
        size: ignored. image-match measured this many; here 10,000 are, and all hits are returned.
        args: k, N, n_grid, crop_percentile and distance_cutoff, as for `SignatureDatabaseBase`.
        kwargs: these by name. Only `distance_cutoff` can be changed.

    Raises:
        ArgumentError: an argument would change signatures or words, or is out of range.
        ForeignIndex: `index` was made by image-match: it must be imported first.
        DriverError: the driver for Elasticsearch is not installed.
        StorageError: the database can't be reached, or refuses access.
    """

    _gone: ClassVar = dict.fromkeys(
        ("es", "index", "doc_type"), "image-match's index in Elasticsearch"
    )

    def __init__(
        self,
        es: Any,
        index: str = "images",
        doc_type: str | None = "image",
        timeout: str | float = "10s",
        size: int = 100,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._doc_type = doc_type
        self.timeout = timeout
        self.size = size
        names = [index] if doc_type in _DOC_TYPES else [index, str(doc_type)]
        source = f"{_SERVER}/{index}"
        self._open(es, index, index_name(*names), seconds(timeout), source, _SERVER)
