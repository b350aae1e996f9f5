"""Pairs that people said are not copies, kept in a file from run to run.

The file has a line for each list of files of which no two are copies of each other:

    {"files": [{"path": …, "revision": …}, …], "said": "2026-01-31T12:00:00+00:00"}

It can be read, edited and removed. A file that has changed since is a copy like any other.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from ..errors import DecisionsError
from ..records.identity import id_of_path, state_of
from ..sources.naming import named
from ..sources.source import is_of_state, local_path, stat_of
from ..writing import replacing


@dataclass(frozen=True, slots=True)
class DecidedFile:
    """A file as it was when it was decided on.

    Attributes:
        path: as imagematch stores it.
        revision: a text that changes with the file.
    """

    path: str
    revision: str


@dataclass(frozen=True, slots=True)
class NotCopiesEntry:
    """A list of files of which no two are copies of each other.

    Attributes:
        files: as they were when that was said.
        said: when, in UTC.
    """

    files: tuple[DecidedFile, ...]
    said: datetime


def default_not_copies() -> Path:
    """Return the file beside the cache in which decisions that pictures are no copies are kept."""
    return user_cache_path("imagematch", ensure_exists=False) / "not-copies.jsonl"


def list_not_copies(file: str | os.PathLike[str] | None = None) -> list[NotCopiesEntry]:
    """Return what people said is no copy, in the order in which they said it.

    Args:
        file: without it, `default_not_copies()`. Where there is none, nothing was said.

    Raises:
        DecisionsError: the file can't be read, or holds something else.
    """
    path = Path(default_not_copies() if file is None else file)
    try:
        text = path.read_text(encoding="utf-8")
        return [_entry(json.loads(line)) for line in text.splitlines()]
    except FileNotFoundError:
        return []
    except OSError as err:
        raise DecisionsError(f"{named(path)} can't be read: {err.strerror}") from err
    except (ValueError, TypeError, KeyError, RecursionError) as err:
        raise DecisionsError(
            f"{named(path)} is damaged: remove it, and with it what was said to be no copy"
        ) from err


def remember_not_copies(
    lists: Iterable[Sequence[DecidedFile]], file: str | os.PathLike[str] | None = None
) -> int:
    """Keep that no two files of a list are copies of each other; return how many lists are new.

    Args:
        lists: such as `Decisions.not_copies`.
        file: without it, `default_not_copies()`.

    Raises:
        DecisionsError: the file can't be read or written.
    """
    path = Path(default_not_copies() if file is None else file)
    known = list_not_copies(path)
    before = {frozenset(entry.files) for entry in known}
    now = datetime.now(UTC).replace(microsecond=0)
    new = [NotCopiesEntry(tuple(some), now) for some in lists if frozenset(some) not in before]
    if new:
        _write(path, [*known, *new])
    return len(new)


def clear_not_copies(
    paths: Iterable[str] | None = None, file: str | os.PathLike[str] | None = None
) -> int:
    """Forget what people said is no copy; return how many lists were forgotten.

    Args:
        paths: forget only lists with one of these files.
        file: without it, `default_not_copies()`.

    Raises:
        DecisionsError: the file can't be written or, where there are `paths`, read.
    """
    path = Path(default_not_copies() if file is None else file)
    if paths is None:
        count = 0
        with suppress(DecisionsError):  # a damaged file is removed all the same
            count = len(list_not_copies(path))
        try:
            path.unlink(missing_ok=True)
        except OSError as err:
            raise DecisionsError(f"{named(path)} can't be removed: {err.strerror}") from err
        return count
    unwanted = set(paths)
    known = list_not_copies(path)
    kept = [one for one in known if unwanted.isdisjoint(file.path for file in one.files)]
    if len(kept) < len(known):
        _write(path, kept)
    return len(known) - len(kept)


class NotCopies:
    """The pairs of certain files, as they are now, that are not copies.

    Attributes:
        lists: by id, the numbers of the lists that the file is in.
    """

    def __init__(
        self, file: str | os.PathLike[str] | None, stored_paths: Mapping[str, str]
    ) -> None:
        numbers: dict[str, set[int]] = {}
        for number, entry in enumerate(list_not_copies(file) if file is not None else ()):
            for said in entry.files:
                if said.path in stored_paths and _is_as_it_was(said):
                    numbers.setdefault(id_of_path(said.path), set()).add(number)
        self.lists = {one: frozenset(some) for one, some in numbers.items()}

    def __contains__(self, pair: tuple[str, str]) -> bool:
        one, other = (self.lists.get(entry_id, frozenset()) for entry_id in pair)
        return not one.isdisjoint(other)

    @property
    def digest(self) -> str:
        """A text that changes with what is no copy."""
        told = sorted((one, sorted(some)) for one, some in self.lists.items())
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _is_as_it_was(said: DecidedFile) -> bool:
    found = stat_of(local_path(said.path))
    return found is not None and is_of_state(found, state_of(said.revision))


def _entry(raw: dict[str, Any]) -> NotCopiesEntry:
    files = tuple(DecidedFile(str(one["path"]), str(one["revision"])) for one in raw["files"])
    return NotCopiesEntry(files, datetime.fromisoformat(raw["said"]))


def _write(path: Path, entries: Iterable[NotCopiesEntry]) -> None:
    lines = [
        json.dumps(
            {"files": [asdict(file) for file in entry.files], "said": entry.said.isoformat()}
        )
        for entry in entries
    ]
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write("".join(f"{line}\n" for line in lines).encode())
    except OSError as err:
        raise DecisionsError(f"{named(path)} can't be written: {err.strerror}") from err
