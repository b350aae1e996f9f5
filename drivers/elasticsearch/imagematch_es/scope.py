"""Whose records an index has: those of one index in Elasticsearch, or of several behind an alias.

An index is opened by an alias. `create` makes one for each index. People may make others, of
several indexes, which can then be read as one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from imagematch_core.protocol import ErrorKind, StorageError


@dataclass(frozen=True, slots=True)
class Alone:
    """One index.

    Attributes:
        alias: its own.
        members: none.
        ties: the order of candidates that share equally many words, as a sort.
    """

    alias: str
    members: ClassVar[Sequence[str]] = ()
    ties: ClassVar[Sequence[Mapping[str, str]]] = ({"id": "asc"},)

    def check_writable(self) -> None:
        """Do nothing: it takes writes."""

    def holds(self, record_id: str) -> bool:  # noqa: ARG002 - see Together
        """Return whether the id tells the one place where its record can be."""
        return True

    def places(self, record_id: str) -> list[tuple[str, str]]:
        """Return where a record can be: indexes, and its id in each."""
        return [(self.alias, record_id)]

    def id_of(self, concrete: str, own_id: str) -> str:  # noqa: ARG002 - see Together
        """Return the id of a document."""
        return own_id

    def parts(self, after: str | None) -> list[tuple[str, str | None]]:
        """Return the indexes in the order of ids, and after which id of its own each is to read."""
        return [(self.alias, after)]


class Together:
    """Several indexes behind one alias.

    An id is unique only within an index, so here it begins with the name of that:
    'photos-2024/1f3c'. An id without a name means every record that has it.

    Args:
        name: by which they are opened.
        names: by what each index is called in Elasticsearch, its own name.

    Attributes:
        members: their own names, ascending.
        ties: as in `Alone`.
        is_outdated: whether the alias is known to have other indexes by now.
    """

    ties: ClassVar[Sequence[Mapping[str, str]]] = ({"_index": "asc"}, {"id": "asc"})

    def __init__(self, name: str, names: Mapping[str, str]) -> None:
        self.members: Sequence[str] = sorted(names.values())
        self._name = name
        self._names = names
        self._concrete = {own: concrete for concrete, own in names.items()}
        self.is_outdated = False

    def check_writable(self) -> None:
        """Refuse.

        Raises:
            StorageError: READ_ONLY; it names the indexes that take writes.
        """
        raise StorageError(
            ErrorKind.READ_ONLY,
            f"{self._name!r} is an alias, by which {', '.join(self.members)} are "
            "searched as one: open one of these by its own name to write to it or to drop it",
        )

    def holds(self, record_id: str) -> bool:
        """As in `Alone`."""
        name, _, own_id = record_id.partition("/")
        return bool(own_id) and name in self._concrete

    def places(self, record_id: str) -> list[tuple[str, str]]:
        """As in `Alone`."""
        if self.holds(record_id):
            name, _, own_id = record_id.partition("/")
            return [(self._concrete[name], own_id)]
        return [(concrete, record_id) for concrete, _ in self.parts(None)]

    def id_of(self, concrete: str, own_id: str) -> str:
        """As in `Alone`.

        Raises:
            StorageError: TRANSIENT, for an index that is not known.
        """
        if concrete not in self._names:
            raise self.changed()
        return f"{self._names[concrete]}/{own_id}"

    def changed(self) -> StorageError:
        """Note that the alias has other indexes now; return the error after which to ask again."""
        self.is_outdated = True
        return StorageError(
            ErrorKind.TRANSIENT, f"the indexes behind the alias {self._name!r} have just changed"
        )

    def parts(self, after: str | None) -> list[tuple[str, str | None]]:
        """As in `Alone`."""
        start = after or ""
        beginnings = sorted((f"{name}/", concrete) for name, concrete in self._concrete.items())
        return [
            (concrete, start.removeprefix(beginning) if start > beginning else None)
            for beginning, concrete in beginnings
            if start < beginning or start.startswith(beginning)
        ]


Scope = Alone | Together
