"""Which words or tags of records come and go when records are replaced or deleted."""

from collections.abc import Iterable
from typing import Generic, TypeVar

Value = TypeVar("Value", int, str, bytes)


class Changes(Generic[Value]):
    """Rows of a table of (word or tag, number of its record) to add and to remove.

    A driver that keeps such a table writes only what differs: pictures that are added again mostly
    have the words that they had.
    """

    def __init__(self) -> None:
        self._added: list[tuple[Value, int]] = []
        self._removed: list[tuple[Value, int]] = []

    def note(self, number: int, old: Iterable[Value], new: Iterable[Value]) -> None:
        """Note that a record has `new` instead of `old`; one is empty for a new or deleted one."""
        before, after = set(old), set(new)
        self._added += [(value, number) for value in after - before]
        self._removed += [(value, number) for value in before - after]

    @property
    def added(self) -> list[tuple[Value, int]]:
        """Rows to add, in the order of the table, so that each of its pages is written once."""
        return sorted(self._added)

    @property
    def removed(self) -> list[tuple[Value, int]]:
        """Rows to remove, in the order of the table."""
        return sorted(self._removed)
