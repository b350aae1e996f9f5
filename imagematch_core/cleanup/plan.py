"""Groups of near copies → what is to be done with which file. It changes nothing."""

import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from more_itertools import map_reduce

from ..dedupe import DedupeReport
from ..errors import ActionError, ArgumentError
from ..matching.groups import Group, Member
from ..records.ids import local_path
from ..records.revisions import is_unchanged
from ..sources.folders import Inside
from ..sources.naming import describe
from .model import Action, FileState, Left, Plan, Step


def plan(
    report: DedupeReport,
    action: Action,
    *,
    to: str | os.PathLike[str] | None = None,
    roots: Iterable[str | os.PathLike[str]] = (),
    near: bool = False,
    keep_in: Iterable[str | os.PathLike[str]] = (),
) -> Plan:
    """Decide what is to be done with the copies that `dedupe` found.

    Of files that are the same to the byte one is kept. With `near` one of each group is kept,
    its keeper; a copy is acted on if its own distance to that one is under the cutoff, not only
    that to another copy.

    Args:
        report: of the files, as they were read.
        action: what to do with the copies.
        to: the folder that copies are moved to.
        roots: folders that were searched: a copy keeps its place relative to the first that it
            is in. Elsewhere it keeps its name only.
        near: act on near copies too, not only on those that are the same to the byte. Hard links
            are never made of these.
        keep_in: folders in which nothing is acted on. Give them to `dedupe` as well, so that
            keepers are taken from there.

    Raises:
        ArgumentError: `to` is given without a move, or missing for one; `near` with hard links.
    """
    if (to is None) is (action is Action.MOVE):
        raise ArgumentError("'to' is the folder that copies are moved to, for Action.MOVE only")
    if near and action is Action.HARDLINK:
        raise ArgumentError("only files that are the same to the byte can be hard links of one")
    planner = _Planner(
        report,
        action,
        _Destinations(os.path.abspath(to), [os.path.abspath(r) for r in roots]) if to else None,
        near,
        Inside(keep_in),
    )
    for group in report.groups:
        planner.take(group)
    return planner.plan()


@dataclass(frozen=True, slots=True)
class _Destinations:
    folder: str
    roots: Sequence[str]

    def of(self, path: str) -> str:
        for root in self.roots:
            prefix = os.path.join(root, "")
            if path.startswith(prefix):
                return os.path.join(self.folder, path.removeprefix(prefix))
        return os.path.join(self.folder, os.path.basename(path))


@dataclass(frozen=True, slots=True)
class _File:
    """A member of a group, as it is now.

    Attributes:
        path: its local path.
        state: of what it leads to.
        place: its folder and its name there, the same by whatever path it was reached.
        is_link: a symbolic link.
        near: its distance to the keeper of its group is under the cutoff.
    """

    path: str
    state: FileState
    place: tuple[int, int, str]
    is_link: bool
    near: bool

    def is_same_name(self, other: "_File") -> bool:
        return self.state.is_same_file(other.state) and (
            self.place == other.place or self.state.links == 1
        )


class _Planner:
    def __init__(
        self,
        report: DedupeReport,
        action: Action,
        destinations: _Destinations | None,
        near: bool,
        kept: Inside,
    ) -> None:
        self._report = report
        self._action = action
        self._destinations = destinations
        self._near = near
        self._kept = kept
        self._steps: list[Step] = []
        self._left: list[tuple[str, Left]] = []
        self._failed: list[ActionError] = []

    def plan(self) -> Plan:
        return Plan(self._action, tuple(self._steps), tuple(self._left), tuple(self._failed))

    def take(self, group: Group) -> None:
        for members in self._sets(group):
            self._take_set(members)

    def _sets(self, group: Group) -> Iterator[Sequence[Member]]:
        """Of each set all but the first go."""
        if self._near:
            yield group.members
            return
        same = map_reduce(
            group.members, lambda member: self._report.digests.get(member.entry.id, member.entry.id)
        )
        for members in same.values():
            if members[0].entry != group.keeper:
                # Nobody has chosen among these.
                members.sort(key=lambda member: local_path(member.entry.path) not in self._kept)
                if len(members) == 1:
                    self._left.append((local_path(members[0].entry.path), Left.INEXACT))
            yield members

    def _take_set(self, members: Sequence[Member]) -> None:
        first, *others = members
        if not others:
            return
        keeper = self._look(first)
        if keeper is None:
            return
        chosen = [keeper]
        for member in others:
            file = self._look(member)
            if file is None:
                continue
            if why := self._why_left(file, chosen):
                self._left.append((file.path, why))
                continue
            chosen.append(file)
            self._steps.append(
                Step(
                    file.path,
                    keeper.path,
                    self._is_exact(first, member),
                    file.state,
                    keeper.state,
                    self._destinations.of(file.path) if self._destinations else "",
                )
            )

    def _why_left(self, file: _File, chosen: Sequence[_File]) -> Left | None:
        keeper = chosen[0]
        if file.is_link:
            return Left.LINK
        if file.state.is_same_file(keeper.state) or any(map(file.is_same_name, chosen)):
            return Left.SAME
        if file.path in self._kept:
            return Left.KEPT
        return Left.CHAINED if self._near and not file.near else None

    def _is_exact(self, one: Member, other: Member) -> bool:
        digest = self._report.digests.get(one.entry.id)
        return digest is not None and digest == self._report.digests.get(other.entry.id)

    def _look(self, member: Member) -> _File | None:
        path = local_path(member.entry.path)
        try:
            found, entry = os.stat(path), os.lstat(path)
            folder = os.stat(os.path.dirname(path))
        except OSError as err:
            self._failed.append(ActionError(describe(path), f"can't be looked at: {err.strerror}"))
            return None
        if not is_unchanged(member.entry.revision, found):
            self._failed.append(ActionError(describe(path), "it has changed since it was read"))
            return None
        # Names that differ so little may be one name, on a file system that takes them for such.
        name = unicodedata.normalize("NFC", os.path.basename(path)).casefold()
        return _File(
            path,
            FileState.of(found),
            (folder.st_dev, folder.st_ino, name),
            stat.S_ISLNK(entry.st_mode),
            member.distance < self._report.cutoff,
        )
