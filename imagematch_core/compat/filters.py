"""image-match's `pre_filter` → `where`."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import FilterError
from ..model import Metadata

_PREFIX = "metadata."


def where_of(pre_filter: Any, doc_type: str = "image") -> Metadata | None:
    """Return the `where` that asks the same.

    Args:
        pre_filter: a `where`; or of Elasticsearch's queries those that say the same: `term` and
            `terms` of a field of the metadata, alone, in a list, or in `bool` and `nested`.
        doc_type: fields of the metadata may be written below it.

    Raises:
        FilterError: it asks something else.
    """
    if pre_filter is None:
        return None
    if isinstance(pre_filter, Mapping) and not any(
        isinstance(asked, Mapping) for asked in pre_filter.values()
    ):
        return pre_filter
    where: dict[str, Any] = {}
    for field, value in _terms(pre_filter):
        key = _key(field, doc_type)
        if where.setdefault(key, value) != value:
            raise FilterError(f"pre_filter asks for two values of {field!r} at once")
    return where


def _terms(query: Any) -> Iterator[tuple[str, Any]]:
    """Yield the fields that must have a value, or one of a list of values."""
    if isinstance(query, list):
        for part in query:
            yield from _terms(part)
        return
    if not isinstance(query, Mapping):
        raise FilterError(f"pre_filter holds {query!r}, which is no query")
    for name, asked in query.items():
        match name, asked:
            case "term", Mapping():
                for field, value in asked.items():
                    yield field, value["value"] if _is_exact(value) else value
            case "terms", Mapping():
                for field, values in asked.items():
                    yield field, values
            case "bool", Mapping():
                _only("bool", asked, {"must", "filter"})
                yield from _terms(list(asked.values()))
            case "nested", Mapping():
                _only("nested", asked, {"path", "query"})
                yield from _terms(asked.get("query"))
            case _:
                raise _refused(name)


def _is_exact(value: object) -> bool:
    return isinstance(value, Mapping) and value.keys() == {"value"}


def _only(name: str, asked: Mapping[str, Any], known: set[str]) -> None:
    for part in asked:
        if part not in known:
            raise _refused(f"{name}.{part}")


def _key(field: str, doc_type: str) -> str:
    name = field.removeprefix(f"{doc_type}.").removesuffix(".keyword")
    key = name.removeprefix(_PREFIX)
    if key == name or "." in key:
        raise FilterError(
            f"pre_filter can't ask for {field!r}: only the keys at the top of the metadata can be "
            "asked for, as 'metadata.KEY'"
        )
    return key


def _refused(name: object) -> FilterError:
    return FilterError(
        f"pre_filter can't ask for {name!r}: give the metadata that hits must have, as "
        "{'artist': 'Leonardo'}, or Elasticsearch's 'term' and 'terms' of 'metadata.KEY'"
    )
