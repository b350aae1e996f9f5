"""Layout 1 of an index in Elasticsearch: names, settings and mapping.

An index has an alias, through which it is used: only a write through an alias can be kept from
creating what is missing. No name of an index holds a '.', so names never meet.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from imagematch_core.protocol import ForeignIndex

LAYOUT = 1

BODY = json.loads(files(__package__).joinpath("index.json").read_text("utf-8"))
"""Settings and mapping, as an index is created with them."""


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
        "settings": {**BODY["settings"], **settings},
        "mappings": {**BODY["mappings"], "_meta": meta},
    }
