"""The log of actions: JSON lines, each on the disk before the next thing is done.

    {"imagematch": "actions", "version": 1}
    {"begin": 1, "action": "move", "path": …, "to": …, "keeper": …, "sha256": …, …}
    {"done": 1}                  or {"failed": 1, "reason": …}: nothing was changed
    {"undone": 1}

A process that is killed between two lines leaves an action that began and didn't end: whether it
was done is seen on the disk.

A log that people keep elsewhere leaves a note in the folder of logs, so that it is found again:

    {"imagematch": "actions", "version": 1, "elsewhere": …}
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal, Self

from platformdirs import user_state_path

from ..errors import ActionLogError, ArgumentError
from ..sources.naming import named
from .model import CleanupAction, FileState
from .moving import sync_folder

_KIND = {"imagematch": "actions", "version": 1}


@dataclass(frozen=True, slots=True)
class LoggedAction:
    """An action on a file, as it was before.

    Attributes:
        action: what is done.
        path: with this file.
        keeper: the file that is kept.
        keeper_inode: of its content.
        sha256: of what the file holds.
        state: of the file.
        to: where it is moved; for a hard link the name that it has for a moment; else empty.
        made: the uppermost folder that is made for it there; empty if all are there.
    """

    action: CleanupAction
    path: str
    keeper: str
    keeper_inode: int
    sha256: str
    state: FileState
    to: str
    made: str


@dataclass(frozen=True, slots=True)
class CleanupLog:
    """A log of actions, and what of them can be undone.

    Attributes:
        path: of the log.
        begun: when, in UTC.
        action: what was done with the files; None if nothing was.
        files: how many it was done with.
        undoable: how many of these were not put back yet.
    """

    path: Path
    begun: datetime
    action: CleanupAction | None
    files: int
    undoable: int


@dataclass(frozen=True, slots=True)
class OpenAction:
    """An action that may have to be undone.

    Attributes:
        number: in the log.
        logged: what it was to be.
        is_done: the log says that it was done; otherwise it may have been.
    """

    number: int
    logged: LoggedAction
    is_done: bool


def default_log() -> Path:
    """Return a new file in the user's state folder."""
    return _folder() / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S.%f}Z.jsonl"


def remember_log(path: Path) -> None:
    """Note a new log that is not in the user's state folder, or raise `ActionLogError`."""
    if path.parent == _folder():
        return
    note = default_log()
    try:
        note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        note.write_text(json.dumps({**_KIND, "elsewhere": str(path)}) + "\n")
    except OSError as err:
        raise ActionLogError(_unwritable(note, err)) from err


def cleanup_logs() -> list[CleanupLog]:
    """Return the logs of what this user had done, the last first.

    A log that was moved, removed or damaged is left out.
    """
    logs = {}
    for path in sorted(_folder().glob("*.jsonl")):
        with suppress(OSError, ValueError, KeyError, TypeError, ActionLogError):
            head = json.loads(path.read_bytes().split(b"\n", 1)[0])
            found = Path(head["elsewhere"]) if "elsewhere" in head else path
            logs[found] = _look_at(found)
    return sorted(logs.values(), key=lambda log: log.begun, reverse=True)


class ActionLog:
    """Writes the log. Use it as a context manager, which closes it."""

    def __init__(self, path: Path, file: BinaryIO, begun: int) -> None:
        self.path = path
        self._file = file
        self._begun = begun

    @classmethod
    def create(cls, path: Path) -> Self:
        """Begin a log in a new file.

        Raises:
            ArgumentError: there is something of this name.
            ActionLogError: it can't be written.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError as err:
            raise ArgumentError(f"{named(path)} is there already: name a new file") from err
        except OSError as err:
            raise ActionLogError(_unwritable(path, err)) from err
        log = cls(path, os.fdopen(descriptor, "wb", buffering=0), 0)
        log._write(_KIND)
        sync_folder(os.path.dirname(path))
        return log

    @classmethod
    def reopen(cls, path: Path) -> tuple[Self, list[OpenAction]]:
        """Go on with a log; return also what may have to be undone, in the order it was done.

        Raises:
            ArgumentError: it is no log of actions, or is not there.
            ActionLogError: it can't be read and written.
        """
        try:
            file = open(path, "r+b", buffering=0)  # noqa: SIM115 - the log closes it
        except (FileNotFoundError, IsADirectoryError) as err:
            raise ArgumentError(f"{named(path)}: there is no such file") from err
        except OSError as err:
            raise ActionLogError(f"{named(path)} can't be opened: {err.strerror}") from err
        try:
            whole = _whole_lines(file.read())
            begun, last = _parse(path, whole)
            file.truncate(len(whole))
            file.seek(len(whole))
        except BaseException:
            file.close()
            raise
        return cls(path, file, max(begun, default=0)), _left(begun, last)

    def begin(self, logged: LoggedAction) -> int:
        """Write that an action is about to be done; return its number."""
        self._begun += 1
        self._write({"begin": self._begun, **asdict(logged)})
        return self._begun

    def tell(self, word: Literal["done", "failed", "undone"], number: int, **more: str) -> None:
        """Write what became of it. What failed has a `reason`, and nothing was changed."""
        self._write({word: number, **more})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._file.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        text = memoryview(json.dumps({**line, "at": at}).encode() + b"\n")
        start = self._file.tell()
        try:
            while text:
                text = text[self._file.write(text) :]
            os.fsync(self._file.fileno())
        except OSError as err:
            with suppress(OSError):  # what is written next begins a line
                self._file.seek(start)
                self._file.truncate()
            if not self._begun:
                raise ActionLogError(_unwritable(self.path, err)) from err
            raise ActionLogError(
                f"the log {named(self.path)} can't be written any more: {err.strerror}. It ended "
                "there; imagematch undo undoes what was done before"
            ) from err


def _parse(path: Path, content: bytes) -> tuple[dict[int, LoggedAction], dict[int, str]]:
    """Return the actions of a log, and the last word on each, by their numbers."""
    begun: dict[int, LoggedAction] = {}
    last: dict[int, str] = {}
    try:
        first, *lines = map(json.loads, content.splitlines())
        if first["imagematch"] != _KIND["imagematch"] or "elsewhere" in first:
            raise ValueError
        if first["version"] != _KIND["version"]:
            raise ActionLogError(
                f"{named(path)} has version {first['version']}, this imagematch reads "
                f"version {_KIND['version']}: use the one that wrote it"
            )
        for line in lines:
            word = next((one for one in ("begin", "done", "failed") if one in line), "undone")
            number = int(line[word])
            last[number] = word
            if word == "begin":
                begun[number] = _logged(line)
    except (ValueError, KeyError, TypeError) as err:
        raise ArgumentError(f"{named(path)} is not a log of imagematch's actions") from err
    return begun, last


def _left(begun: Mapping[int, LoggedAction], last: Mapping[int, str]) -> list[OpenAction]:
    return [
        OpenAction(number, logged, last[number] == "done")
        for number, logged in begun.items()
        if last[number] in ("begin", "done")
    ]


def _look_at(path: Path) -> CleanupLog:
    content = _whole_lines(path.read_bytes())
    begun, last = _parse(path, content)
    files = [logged for number, logged in begun.items() if last[number] != "failed"]
    return CleanupLog(
        path,
        datetime.fromisoformat(json.loads(content.splitlines()[0])["at"]),
        files[0].action if files else None,
        len(files),
        len(_left(begun, last)),
    )


def _whole_lines(content: bytes) -> bytes:
    """Return all but an unfinished line at the end, which is of an action that did not begin."""
    return content[: content.rfind(b"\n") + 1]


def _folder() -> Path:
    return user_state_path("imagematch", ensure_exists=False) / "actions"


def _logged(line: Mapping[str, Any]) -> LoggedAction:
    return LoggedAction(
        action=CleanupAction(line["action"]),
        path=_text_of(line["path"]),
        keeper=_text_of(line["keeper"]),
        keeper_inode=int(line["keeper_inode"]),
        sha256=_text_of(line["sha256"]),
        state=FileState(**{part.name: int(line["state"][part.name]) for part in fields(FileState)}),
        to=_text_of(line["to"]),
        made=_text_of(line["made"]),
    )


def _text_of(raw: object) -> str:
    if not isinstance(raw, str):
        raise TypeError(f"{raw!r} is not a text")
    return raw


def _unwritable(path: Path, err: OSError) -> str:
    return (
        f"the log {named(path)} can't be written: {err.strerror}. Nothing is done without it; "
        "--log names another file"
    )
