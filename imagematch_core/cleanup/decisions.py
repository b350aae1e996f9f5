"""Decisions that people made in a report: which copies go, and which are not copies."""

import json
import os
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar

from ..deduping.not_copies import DecidedFile
from ..errors import DecisionsError
from ..sources.naming import named

VERSION = 1

_Form = TypeVar("_Form")
_FORMS: dict[type, str] = {str: "text", list: "a list"}


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision on one group.

    Attributes:
        keep: the file that stays.
        copies: the files that go.
    """

    keep: DecidedFile
    copies: tuple[DecidedFile, ...]


@dataclass(frozen=True, slots=True)
class Decisions:
    """All decisions of a file.

    Attributes:
        root: the folder that all files are in; '' where there is none.
        groups: those from which something goes.
        not_copies: lists of files; no two of a list are copies of each other.
    """

    root: str
    groups: tuple[Decision, ...]
    not_copies: tuple[tuple[DecidedFile, ...], ...]


class _WrongFile(Exception):
    """Says what is wrong with a file of decisions."""


def load_decisions(path: str | os.PathLike[str]) -> Decisions:
    """Read a file of decisions that the page of a report has saved.

    Raises:
        DecisionsError: it can't be read, is no such file, or contradicts itself.
    """
    try:
        decisions = _decisions(_parsed(Path(path).read_bytes()))
    except OSError as err:
        raise DecisionsError(f"{named(path)} can't be read: {err.strerror}") from err
    except _WrongFile as err:
        raise DecisionsError(
            f"{named(path)} can't be used as decisions: {err}. Save the decisions again in the "
            "report, and name that file"
        ) from err
    kept = {group.keep.path for group in decisions.groups}
    going: set[str] = set()
    for copy in chain.from_iterable(group.copies for group in decisions.groups):
        if copy.path in kept:
            raise DecisionsError(f"{named(path)} both keeps and removes {named(copy.path)}")
        if copy.path in going:
            raise DecisionsError(f"{named(path)} removes {named(copy.path)} twice")
        going.add(copy.path)
    return decisions


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as err:
        raise _WrongFile("it is not JSON, or was cut off") from err


def _decisions(raw: object) -> Decisions:
    if not isinstance(raw, dict) or raw.get("imagematch") != "decisions":
        raise _WrongFile("it is another file, and holds no decisions of a report")
    if raw.get("version") != VERSION:
        raise _WrongFile(f"it is not of version {VERSION}, which this imagematch reads")
    return Decisions(
        _part(raw, "root", str),
        tuple(
            Decision(_file(_part(group, "keep", object)), _files(_part(group, "copies", list)))
            for group in _part(raw, "groups", list)
        ),
        tuple(map(_files, _part(raw, "not_copies", list))),
    )


def _files(raw: object) -> tuple[DecidedFile, ...]:
    if not isinstance(raw, list):
        raise _WrongFile("its 'not_copies' holds something else than lists of files")
    return tuple(map(_file, raw))


def _file(raw: object) -> DecidedFile:
    return DecidedFile(_part(raw, "path", str), _part(raw, "revision", str))


def _part(raw: object, name: str, form: type[_Form]) -> _Form:
    """Return what an object of the file has by a name."""
    if not isinstance(raw, dict) or name not in raw:
        raise _WrongFile(f"{name!r} is missing in it")
    value = raw[name]
    if not isinstance(value, form):
        raise _WrongFile(f"its {name!r} is not {_FORMS[form]}")
    return value
