"""image-match's metadata, which is anything, as imagematch's, which is a mapping."""

import base64
import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from ..model import Metadata
from ..protocol.values import MAX_RECORD_TAGS

KEY = "image-match"
"""Under which metadata stands that is no mapping, or that has too many values to filter by."""


def wrapped(metadata: Any) -> Metadata | None:
    """Metadata as it is stored."""
    if metadata is None:
        return None
    if isinstance(metadata, Mapping) and _fits(metadata):
        return metadata
    # Nothing below a key or a second list is taken for something to filter by.
    return {KEY: [metadata] if isinstance(metadata, list | tuple) else metadata}


def unwrapped(metadata: Metadata | None) -> Any:
    """Return the metadata that `wrapped` was given."""
    if metadata is None or metadata.keys() != {KEY}:
        return metadata
    value = metadata[KEY]
    return value[0] if isinstance(value, list) else value


def _fits(metadata: Metadata) -> bool:
    values = (value if isinstance(value, list | tuple) else [value] for value in metadata.values())
    return metadata.keys() != {KEY} and sum(map(len, values)) <= MAX_RECORD_TAGS


def plain(value: Any) -> Any:
    """Return a value of a database's document as JSON can hold it.

    Dates become ISO 8601, bytes base64; of whatever else JSON doesn't know, its text is kept.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
    return str(value)
