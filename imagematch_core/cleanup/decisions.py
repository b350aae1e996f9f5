"""Decisions that people made in a report: which copies go, and which are not copies."""

import json
import os
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from ..deduping.not_copies import DecidedFile
from ..errors import DecisionsError
from ..sources.naming import named, reason

VERSION = 1


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


def load_decisions(path: str | os.PathLike[str]) -> Decisions:
    """Read a file of decisions that the page of a report has saved.

    Raises:
        DecisionsError: it can't be read, is no such file, or contradicts itself.
    """
    try:
        decisions = _decisions(json.loads(Path(path).read_text(encoding="utf-8")))
    except OSError as err:
        raise DecisionsError(f"{named(path)} can't be read: {err.strerror}") from err
    except (ValueError, TypeError, KeyError, RecursionError) as err:
        raise DecisionsError(
            f"{named(path)} holds no decisions of a report: {reason(err)}"
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


def _decisions(raw: dict[str, Any]) -> Decisions:
    if raw["imagematch"] != "decisions":
        raise ValueError("it is another file of imagematch")
    if raw["version"] != VERSION:
        raise ValueError(f"it has version {raw['version']!r}, this imagematch reads {VERSION}")
    return Decisions(
        text_of(raw["root"]),
        tuple(
            Decision(_file(group["keep"]), tuple(map(_file, group["copies"])))
            for group in raw["groups"]
        ),
        tuple(tuple(map(_file, files)) for files in raw["not_copies"]),
    )


def _file(raw: dict[str, Any]) -> DecidedFile:
    return DecidedFile(text_of(raw["path"]), text_of(raw["revision"]))


def text_of(raw: object) -> str:
    """Return a text that was read from JSON, or raise `TypeError`."""
    if not isinstance(raw, str):
        raise TypeError(f"{raw!r} is not a text")
    return raw
