"""`where`: what of it a database answers by tags, and what the core sees in the records themselves.

Equality is asked of the database. Exclusion, ranges and existence are not: no two databases index
them alike, and a driver would be several times as long. The core looks at them in the metadata of
what it reads anyway, the pictures that are near enough.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from ..errors import FilterError
from ..model import Metadata
from ..protocol.values import MAX_QUERY_TAGS
from .metadata import choices, path_tag, tags_of, where_tags

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_OPERATORS = ("not", "exists", *_ORDERS)

_Test = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records are wanted.

    Attributes:
        tags: sets of tags; a record carries all of one set.
        tests: all hold of the metadata of a record.
        path: the stored path; None for any.
        path_prefix: what the stored path begins with.
    """

    tags: tuple[tuple[str, ...], ...] = ((),)
    tests: tuple[_Test, ...] = ()
    path: str | None = None
    path_prefix: str = ""

    @classmethod
    def of(
        cls,
        where: Metadata | None = None,
        *,
        path: str | None = None,
        path_prefix: str | None = None,
    ) -> Self:
        """Split what users ask for, or raise `FilterError`."""
        for name, text in (("path", path), ("path_prefix", path_prefix)):
            if text is not None and (not isinstance(text, str) or not text):
                raise FilterError(f"{name} must be a text that is not empty, not {text!r}")
        asked = {} if where is None else where
        if not isinstance(asked, Mapping):
            raise FilterError(f"where must be a mapping, not {type(where).__name__}")
        equal = {key: value for key, value in asked.items() if not isinstance(value, Mapping)}
        tests = [
            _test(key, name, operand)
            for key, value in asked.items()
            if isinstance(value, Mapping)
            for name, operand in value.items()
        ]
        if path is not None and len(equal) == MAX_QUERY_TAGS:
            raise FilterError(f"with path, where has {MAX_QUERY_TAGS - 1} values at most")
        return cls(tuple(where_tags(equal)), tuple(tests), path, path_prefix or "")

    @property
    def scanned(self) -> tuple[tuple[str, ...], ...]:
        """The sets of tags to scan for: a path is a tag too, where no id follows from it."""
        if self.path is None:
            return self.tags
        return tuple(tuple(sorted({*some, path_tag(self.path)})) for some in self.tags)

    @property
    def is_answered_by_tags(self) -> bool:
        """Whether there is nothing more to look at in a record that carries the tags."""
        return not self.tests and self.path is None and not self.path_prefix

    def holds(self, body: Mapping[str, Any]) -> bool:
        """Return whether a record with this body is wanted.

        Its tags are looked at only where it was found by its path, not by them.
        """
        metadata: Mapping[str, Any] = body["metadata"] or {}
        path: str = body["path"]
        return (
            (self.path is None or self.path == path)
            and path.startswith(self.path_prefix)
            and all(test(metadata) for test in self.tests)
        )

    def is_tagged(self, body: Mapping[str, Any]) -> bool:
        """Return whether a record with this body carries the tags."""
        carried = {
            tag for key, value in (body["metadata"] or {}).items() for tag in tags_of(key, value)
        }
        return any(carried.issuperset(some) for some in self.tags)


def _test(key: Any, name: Any, operand: Any) -> _Test:
    if not isinstance(key, str):
        raise FilterError(f"where has the key {key!r}; keys must be strings")
    if name == "not":
        excluded = frozenset(choices(key, operand))
        return lambda metadata: excluded.isdisjoint(tags_of(key, metadata.get(key, [])))
    if name == "exists":
        if not isinstance(operand, bool):
            raise FilterError(f"where[{key!r}]['exists'] is true or false, not {operand!r}")
        return lambda metadata: (key in metadata) is operand
    if name in _ORDERS:
        compare, kind = _ORDERS[name], _kind(operand)
        if kind is None or operand != operand:  # noqa: PLR0124 - NaN
            raise FilterError(
                f"where[{key!r}][{name!r}] must be a number or a string, not {operand!r}"
            )

        def lies_there(metadata: Mapping[str, Any]) -> bool:
            values = metadata.get(key)
            several = values if isinstance(values, list) else [values]
            return any(_kind(value) is kind and compare(value, operand) for value in several)

        return lies_there
    raise FilterError(
        f"where[{key!r}] has {name!r}; it is a value, a list of them (any of), or a mapping with "
        + ", ".join(map(repr, _OPERATORS))
    )


def _kind(value: object) -> type | None:
    """Return what a value can be compared with: numbers, strings, or nothing."""
    if isinstance(value, bool):
        return None
    return float if isinstance(value, int | float) else str if isinstance(value, str) else None
