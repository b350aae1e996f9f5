"""What the server says of an index, or of several behind one alias; and whether it can be used."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imagematch_core.protocol import ErrorKind, IndexLayoutError, StorageError

from .layout import BODY, LAYOUT, Names, foreign
from .scope import Alone, Together

_HARMLESS = {
    "_meta",
    "date_detection",
    "dynamic_date_formats",
    "dynamic_templates",
    "numeric_detection",
}
"""Parts of a mapping that change nothing for fields that are mapped."""

_HIDING = {"filter", "index_routing", "search_routing"}
"""Parts of an alias that keep records from those who read through it."""


@dataclass(frozen=True, slots=True)
class Found:
    """An index as the server describes it.

    Attributes:
        names: what it is looked for under.
        concrete: what it is really called.
        state: its aliases, mappings and (flat) settings.
    """

    names: Names
    concrete: str
    state: Mapping[str, Any]

    def is_ours(self) -> bool:
        """Return whether imagematch created it, and its alias is still there."""
        return self._meta().get("index") == self.names.index

    def info(self) -> str:
        """Return the core's text, once the index is known to keep what we promise of it.

        Raises:
            IndexLayoutError: another version of this driver made it.
            StorageError: others changed it, or an index template did when it was made.
        """
        layout = self._meta().get("layout")
        if layout != LAYOUT:
            raise IndexLayoutError(layout, LAYOUT)
        for what, expected, found in self._parts():
            if found != expected:
                raise StorageError(
                    ErrorKind.BAD_REQUEST,
                    f"{self.concrete} has {what} {json.dumps(found)}, not {json.dumps(expected)}: "
                    "an index template or somebody changed it. Put it right, or keep templates "
                    "from 'imagematch-*' and create the index again",
                )
        return str(self._meta()["info"])

    def scope(self) -> Alone:
        """Return whose records it has."""
        return Alone(self.names.alias)

    def _meta(self) -> Mapping[str, Any]:
        return _meta_of(self.state) if self.names.alias in self.state["aliases"] else {}

    def _parts(self) -> list[tuple[str, Any, Any]]:
        """Return each part that matters: its name, what it must be, and what it is."""
        settings, mappings = self.state["settings"], self.state["mappings"]
        wanted = BODY["mappings"]
        fields = mappings.get("properties", {})
        names = (wanted.keys() | mappings.keys()) - {"properties"} - _HARMLESS
        return [
            (f"the alias {self.names.alias}", {}, self.state["aliases"][self.names.alias]),
            *((name, value, settings.get(name)) for name, value in BODY["settings"].items()),
            *((name, wanted.get(name), mappings.get(name)) for name in sorted(names)),
            *(
                (f"the field '{name}'", value, fields.get(name))
                for name, value in wanted["properties"].items()
            ),
        ]


@dataclass(frozen=True, slots=True)
class FoundTogether:
    """Several indexes behind an alias that is not the name of any of them.

    Attributes:
        names: what they are looked for under.
        members: each as the server describes it.
    """

    names: Names
    members: Sequence[Found]

    def info(self) -> str:
        """Return the core's text, which must be the same in all of them.

        Raises:
            IndexLayoutError, StorageError: as for one; or they are no whole.
        """
        texts = {member.names.index: member.info() for member in self.members}
        for member in self.members:
            if kept := member.state["aliases"][self.names.alias].keys() & _HIDING:
                raise StorageError(
                    ErrorKind.BAD_REQUEST,
                    f"the alias {self.names.alias} may hide records of {member.concrete} by its "
                    f"{min(kept)}: make it without",
                )
        if len(texts) < len(self.members):
            concrete = ", ".join(sorted(member.concrete for member in self.members))
            raise StorageError(
                ErrorKind.BAD_REQUEST,
                f"the alias {self.names.alias} has two copies of one index among {concrete}: "
                "take one of them out",
            )
        if len(set(texts.values())) > 1:
            listed = ", ".join(f"{name} is {text}" for name, text in sorted(texts.items()))
            raise StorageError(
                ErrorKind.BAD_REQUEST,
                f"the indexes behind the alias {self.names.alias} differ: {listed}. Only indexes "
                "of one algorithm can be searched as one",
            )
        return next(iter(texts.values()))

    def scope(self) -> Together:
        """Return whose records they have."""
        names = {member.concrete: member.names.index for member in self.members}
        return Together(self.names.index, names)


def found_in(names: Names, answer: Mapping[str, Any]) -> Found | FoundTogether:
    """Read what the server says of an alias.

    Raises:
        ForeignIndex: imagematch did not make it, or did not make all that is behind it.
    """
    if len(answer) == 1:
        [only] = [Found(names, concrete, state) for concrete, state in answer.items()]
        if only.is_ours():
            return only
    members = [
        Found(Names(str(_meta_of(state).get("index"))), concrete, state)
        for concrete, state in answer.items()
    ]
    if all(member.is_ours() and member.names != names for member in members):
        return FoundTogether(names, members)
    raise foreign(names)


def _meta_of(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what imagematch noted in an index when it created it; nothing in others'."""
    meta = state["mappings"].get("_meta", {}).get("imagematch")
    return meta if isinstance(meta, dict) else {}
