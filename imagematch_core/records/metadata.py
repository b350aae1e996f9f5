"""Metadata, the tags by which a database can filter it, and `where`, which asks for tags."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from ..errors import FilterError, ItemError
from ..model import Metadata
from ..protocol.values import MAX_QUERY_TAGS, MAX_RECORD_TAGS

TAGS_VERSION = 1
MAX_PLAIN_TAG_BYTES = 200
MAX_WHERE_QUERIES = 1_000

Scalar = str | int | float | bool | None

_ENCODER = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def dump_json(value: Any) -> str:
    """Write compact ASCII JSON: all other characters, NUL and lone surrogates too, are escaped."""
    return _ENCODER.encode(value)


def check_metadata(metadata: Metadata) -> dict[str, Any]:
    """Copy `metadata` as JSON would return it.

    Raises:
        ItemError: it is not a mapping, or holds something that JSON would change or refuse.
    """
    if not isinstance(metadata, Mapping):
        raise ItemError(f"metadata must be a mapping, not {type(metadata).__name__}")
    try:
        copy: dict[str, Any] = _plain(metadata, "metadata")
        dump_json(copy)
    except (RecursionError, ValueError) as err:
        raise ItemError(f"metadata can't be stored as JSON: {err}") from err
    return copy


def _plain(value: Any, where: str) -> Any:
    if isinstance(value, str | bool | None):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ItemError(f"{where} is {value}, which JSON can't hold")
        return float(value)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise ItemError(f"{where} has the key {key!r}; keys must be strings")
        return {key: _plain(item, f"{where}[{key!r}]") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{at}]") for at, item in enumerate(value)]
    raise ItemError(f"{where} is a {type(value).__name__}, which JSON can't hold")


def tags(metadata: Metadata | None, path: str = "") -> tuple[str, ...]:
    """Return the tags of a record: of top-level scalars and of scalars in top-level lists.

    Args:
        metadata: as it is stored.
        path: to find the record by, if its id doesn't follow from it.

    Raises:
        ItemError: there are more than 127, beside that of the path.
    """
    found = {tag for key, value in (metadata or {}).items() for tag in tags_of(key, value)}
    if len(found) >= MAX_RECORD_TAGS:
        raise ItemError(
            f"metadata has {len(found)} values to filter by, more than {MAX_RECORD_TAGS - 1}: "
            "nest those that nobody filters by in a mapping"
        )
    if path:
        found.add(path_tag(path))
    return tuple(sorted(found))


def tags_of(key: str, value: Any) -> Iterator[str]:
    """Yield the tags of one key of a record's metadata."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, Scalar):
            yield _tag(key, one)


def path_tag(path: str) -> str:
    """Return the tag by which the records of a path are found. Metadata may have the same one."""
    return _tag("", path)


def where_tags(where: Metadata | None) -> list[tuple[str, ...]]:
    """Return the sets of tags to ask for, one after the other, that together mean `where`.

    A list means any of its values, so each combination of listed values is a set of its own.
    No filter at all is one empty set; an empty list matches nothing, which is no set.

    Raises:
        FilterError: `where` asks for something other than scalars, or for too much.
    """
    if where is None:
        return [()]
    if len(where) > MAX_QUERY_TAGS:
        raise FilterError(f"where has {len(where)} keys; {MAX_QUERY_TAGS} are the most")
    each = [sorted(set(choices(key, value))) for key, value in where.items()]
    if math.prod(map(len, each)) > MAX_WHERE_QUERIES:
        raise FilterError(
            f"where combines to more than {MAX_WHERE_QUERIES} filters: list fewer values"
        )
    return [tuple(sorted(chosen)) for chosen in product(*each)]


def choices(key: Any, value: Any) -> Iterator[str]:
    """Yield the tags of which a record must carry one to have that value, or one of a list.

    Raises:
        FilterError: it is neither.
    """
    if not isinstance(key, str):
        raise FilterError(f"where has the key {key!r}; keys must be strings")
    for scalar in value if isinstance(value, list | tuple | set | frozenset) else [value]:
        if not isinstance(scalar, Scalar):
            raise FilterError(
                f"where[{key!r}] is a {type(scalar).__name__}: only strings, numbers, booleans, "
                "None, and lists of them (any of) can be asked for"
            )
        try:
            yield _tag(key, scalar)
        except ValueError as err:
            raise FilterError(f"where[{key!r}] can't be asked for: {err}") from err


def _tag(key: str, value: Scalar) -> str:
    # 1 and 1.0 are one number to people and to JSON; True is not.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    tag = dump_json([key, value])
    if len(tag) > MAX_PLAIN_TAG_BYTES:
        return hashlib.sha256(tag.encode("ascii")).hexdigest()
    return tag
