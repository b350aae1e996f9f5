"""Layout 1 of an index in Elasticsearch: names, settings and mapping.

An index has an alias, through which it is used: only a write through an alias can be kept from
creating what is missing. No name of an index holds a '.', so names never meet.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from imagematch_core.protocol import ErrorKind, ForeignIndex, IndexLayoutError, StorageError

LAYOUT = 1

_BODY = json.loads(files(__package__).joinpath("index.json").read_text("utf-8"))

_HARMLESS = {
    "_meta",
    "date_detection",
    "dynamic_date_formats",
    "dynamic_templates",
    "numeric_detection",
}
"""Parts of a mapping that change nothing for fields that are mapped."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of an index of imagematch in Elasticsearch.

    Attributes:
        index: the name that imagematch's users know.
    """

    index: str

    @property
    def alias(self) -> str:
        return f"imagematch-{self.index}"

    @property
    def concrete(self) -> str:
        """The index behind the alias, as `create` names it."""
        return f"{self.alias}.1"


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

    @classmethod
    def of_answer(cls, names: Names, answer: Mapping[str, Any]) -> "Found":
        """Read what the server says of the alias.

        Raises:
            ForeignIndex: imagematch did not make it.
        """
        found = [cls(names, concrete, state) for concrete, state in answer.items()]
        if len(found) != 1 or found[0]._meta().get("index") != names.index:
            raise foreign(names)
        return found[0]

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

    def _meta(self) -> Mapping[str, Any]:
        meta = self.state["mappings"].get("_meta", {}).get("imagematch")
        return meta if isinstance(meta, dict) and self.names.alias in self.state["aliases"] else {}

    def _parts(self) -> list[tuple[str, Any, Any]]:
        """Return each part that matters: its name, what it must be, and what it is."""
        settings, mappings = self.state["settings"], self.state["mappings"]
        wanted = _BODY["mappings"]
        fields = mappings.get("properties", {})
        names = (wanted.keys() | mappings.keys()) - {"properties"} - _HARMLESS
        return [
            (f"the alias {self.names.alias}", {}, self.state["aliases"][self.names.alias]),
            *((name, value, settings.get(name)) for name, value in _BODY["settings"].items()),
            *((name, wanted.get(name), mappings.get(name)) for name in sorted(names)),
            *(
                (f"the field '{name}'", value, fields.get(name))
                for name, value in wanted["properties"].items()
            ),
        ]


def foreign(names: Names) -> ForeignIndex:
    """Return the error for something that has one of our names."""
    return ForeignIndex(
        f"Elasticsearch has an index or alias named {names.alias!r} or {names.concrete!r} that "
        "imagematch did not create, or that was changed since; choose another index name"
    )


def creation(names: Names, info: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments with which the index is created, its alias in the same step."""
    meta = {"imagematch": {"index": names.index, "layout": LAYOUT, "info": info}}
    return {
        "index": names.concrete,
        "aliases": {names.alias: {}},
        "settings": {**_BODY["settings"], **settings},
        "mappings": {**_BODY["mappings"], "_meta": meta},
    }
