"""The values that pass between planning, applying and undoing."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ..errors import ActionError
from ..matching.settings import CompareSettings


class CleanupAction(StrEnum):
    """An action on the copies of a group."""

    MOVE = "move"
    """They go to another folder."""
    HARDLINK = "hardlink"
    """Those that are the same to the byte become hard links to the one that is kept."""
    TRASH = "trash"
    """They go to the system's trash."""


class LeftAlone(StrEnum):
    """A reason why a copy is left alone."""

    KEPT = "in a folder to keep"
    INEXACT = "near, but not the same to the byte"
    CHAINED = "near another of its group, but none that stays is near enough and as good"
    NOT_A_COPY = "you said that it is no copy of the one that is kept"
    UNSURE = "near, but not near enough to go unseen"
    SAME = "the same file already, by another name"
    LINK = "a symbolic link"
    DIFFERS = "differs in some place from the one that is kept"
    BETTER = (
        "has something that the one that is kept lacks: more pixels, quality or colour, less "
        "around it, or the data of a camera"
    )
    COMPANIONS = "a video or a sidecar belongs to it, which --move-to takes along"


@dataclass(frozen=True, slots=True)
class FileState:
    """A file's state: it changes when the file does, and undoing restores it.

    Attributes:
        device: the number of the device that holds its content.
        inode: the number of its content there.
        size: bytes.
        mtime_ns: time of modification, nanoseconds.
        ctime_ns: time of the last change of anything, nanoseconds; on Windows, of creation.
        mode: permissions.
        uid: owner.
        gid: group.
        links: number of names that the content has.
    """

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    mode: int
    uid: int
    gid: int
    links: int

    @classmethod
    def of(cls, stat: os.stat_result) -> "FileState":
        """Return the state that `os.stat` found."""
        return cls(
            device=stat.st_dev,
            inode=stat.st_ino,
            size=stat.st_size,
            mtime_ns=stat.st_mtime_ns,
            ctime_ns=stat.st_ctime_ns,
            mode=stat.st_mode & 0o7777,
            uid=stat.st_uid,
            gid=stat.st_gid,
            links=stat.st_nlink,
        )

    @property
    def content(self) -> tuple[int, int]:
        """Device and inode, which all names of one content share."""
        return self.device, self.inode

    def is_same_file(self, other: "FileState") -> bool:
        """Return whether both are names of one content.

        A folder that is reached through two file systems, such as an overlay or two mounts of a
        share, shows one content on two devices: with one inode and one time to the nanosecond.
        """
        return self.content == other.content or self._seen_anywhere == other._seen_anywhere

    def is_unchanged(self, now: "FileState") -> bool:
        """Return whether it is the same file still, with what it held."""
        return (self.content, self.size, self.mtime_ns) == (now.content, now.size, now.mtime_ns)

    @property
    def _seen_anywhere(self) -> tuple[int, int, int, int]:
        return self.inode, self.size, self.mtime_ns, self.ctime_ns


@dataclass(frozen=True, slots=True)
class CleanupStep:
    """A planned action on one file.

    Attributes:
        path: the file, a copy.
        keeper: the file that is kept.
        exact: they are the same to the byte.
        state: of the file when it was read.
        keeper_state: of the keeper when it was read.
        to: where it is moved, or beside it, if that name is taken; empty for other actions.
        beside: the copy that this file belongs to, such as a sidecar; empty for a copy itself.
    """

    path: str
    keeper: str
    exact: bool
    state: FileState
    keeper_state: FileState
    to: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class CleanupPlan:
    """The planned actions on files.

    Attributes:
        action: with each file.
        steps: in the order in which they are done.
        left: copies that are left alone, and why.
        failed: files that have gone or changed since they were read; they are left alone, and so
            are the copies of a keeper among them.
        comparing: how near copies are compared again right before they are acted on; None where
            people have decided on them.
        cutoff: their distance must then be below it.
    """

    action: CleanupAction
    steps: tuple[CleanupStep, ...]
    left: tuple[tuple[str, LeftAlone], ...]
    failed: tuple[ActionError, ...]
    comparing: CompareSettings | None = None
    cutoff: float = 0.0

    @property
    def total_bytes(self) -> int:
        """The size of the files, each content counted once, and only if it has no other name."""
        return total_bytes(self.steps)


@dataclass(frozen=True, slots=True)
class DoneStep:
    """A step that was done.

    Attributes:
        step: as planned.
        to: where the file was moved; empty for other actions.
    """

    step: CleanupStep
    to: str


def total_bytes(steps: Iterable[CleanupStep]) -> int:
    """Return the size of the files, each content once, and only if no other name holds it."""
    states = [step.state for step in steps]
    names = Counter(state.content for state in states)
    sizes = {state.content: state.size for state in states if names[state.content] >= state.links}
    return sum(sizes.values())
