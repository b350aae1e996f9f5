"""Decide what is done with which file of each group of near copies, changing nothing."""

import filecmp
import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from more_itertools import map_reduce

from ..arguments import check_cutoff
from ..deduping import DedupeResult
from ..deduping.not_copies import DecidedFile
from ..errors import ActionError, ArgumentError, PictureError
from ..matching.agreement import LARGEST_DIFFERENCE, difference, difference_of_frames, glance_at
from ..matching.groups import Group, Member
from ..model import UPRIGHT
from ..records.identity import state_of
from ..signatures import get_algorithm
from ..signatures.algorithm import View
from ..sources.folders import Inside
from ..sources.naming import named
from ..sources.source import is_of_state, local_path
from .companions import Companions
from .decisions import Decision, Decisions
from .model import CleanupAction, CleanupPlan, CleanupStep, FileState, LeftAlone

_GLANCES_KEPT = 100
_MOST_COMPARED = 1_000
_MOST_TRIED = 4
"""So many of the pictures that stay in a group are looked at as another keeper of a copy, and so
many of these are compared with it, the nearest first."""


def plan_cleanup(
    found: DedupeResult,
    action: CleanupAction,
    *,
    to: str | os.PathLike[str] | None = None,
    roots: Iterable[str | os.PathLike[str]] = (),
    near: bool = False,
    cutoff: float | None = None,
    keep_in: Iterable[str | os.PathLike[str]] = (),
) -> CleanupPlan:
    """Decide what is to be done with the copies that `dedupe` found.

    Of files that are the same to the byte one is kept. With `near` one of each group is kept,
    its keeper, and each picture for which none that stays is as good; a copy is acted on if its own
    distance to one that stays is small enough. The cutoff for acting is stricter than the one for
    finding.

    Args:
        found: the result of `dedupe`, for the files as they were read.
        action: what to do with the copies.
        to: the folder that copies are moved to.
        roots: folders that were searched: a copy keeps its place relative to the first that it
            is in. Elsewhere it keeps its name only.
        near: act on near copies too, not only on those that are the same to the byte. Hard links
            are never made of these.
        cutoff: act on near copies below this distance, and never beyond the cutoff of `found`;
            without it, below the one at which one among 100,000 different pictures is as near.
        keep_in: folders in which nothing is acted on. Give them to `dedupe` as well, so that
            keepers are taken from there.

    Raises:
        ArgumentError: `to` is given without a move, or missing for one; `near` with hard links;
            `cutoff` is not from 0 to 1.
    """
    if near and action is CleanupAction.HARDLINK:
        raise ArgumentError("only files that are the same to the byte can be hard links of one")
    asked = check_cutoff(cutoff, found.comparing.acting_cutoff)
    planner = _GroupPlanner(found, action, to, roots, near, min(asked, found.cutoff), keep_in)
    for group in found.groups:
        planner.take(group)
    return planner.planned()


def plan_decisions(
    decisions: Decisions,
    action: CleanupAction,
    *,
    to: str | os.PathLike[str] | None = None,
    keep_in: Iterable[str | os.PathLike[str]] = (),
) -> CleanupPlan:
    """Plan what was decided in a report, for files that have not changed since.

    Args:
        decisions: as `load_decisions` read them.
        action: what to do with the files that go. Only those that are the same to the byte as
            the one that stays become hard links.
        to: the folder that files are moved to, each to its place relative to `decisions.root`.
        keep_in: folders in which nothing is acted on.

    Raises:
        ArgumentError: `to` is given without a move, or missing for one.
    """
    planner = _Planner(action, to, [decisions.root] if decisions.root else [], keep_in)
    planner.keep_all(decision.keep for decision in decisions.groups)
    for decision in decisions.groups:
        planner.take_decision(decision)
    return planner.planned()


@dataclass(frozen=True, slots=True)
class _File:
    """A member of a group, as it is now.

    Attributes:
        state: of what it leads to.
        place: its folder and its name there, the same by whatever path it was reached.
    """

    path: str
    state: FileState
    place: tuple[int, int, str]
    is_link: bool

    def is_same_name(self, other: "_File") -> bool:
        return self.state.is_same_file(other.state) and (
            self.place == other.place or self.state.links == 1
        )


class _Planner:
    """Collects the steps of a plan."""

    def __init__(
        self,
        action: CleanupAction,
        to: str | os.PathLike[str] | None,
        roots: Iterable[str | os.PathLike[str]],
        keep_in: Iterable[str | os.PathLike[str]],
    ) -> None:
        if (to is None) is (action is CleanupAction.MOVE):
            raise ArgumentError(
                "'to' is the folder that copies are moved to, for CleanupAction.MOVE only"
            )
        self._action = action
        self._folder = os.path.abspath(to) if to else ""
        self._roots = [os.path.join(os.path.abspath(root), "") for root in roots]
        self._kept = Inside(keep_in)
        self._companions = Companions()
        self._keepers: set[tuple[int, int, str]] = set()
        self._steps: list[CleanupStep] = []
        self._left: list[tuple[str, LeftAlone]] = []
        self._failed: list[ActionError] = []

    def planned(self) -> CleanupPlan:
        return CleanupPlan(self._action, tuple(self._steps), tuple(self._left), tuple(self._failed))

    def keep_all(self, files: Iterable[DecidedFile]) -> None:
        """Let none of these files go, by whatever path it is named."""
        for file in files:
            with suppress(OSError, ValueError):
                self._keepers.add(_place(local_path(file.path)))

    def take_decision(self, decision: Decision) -> None:
        if keeper := self._look(decision.keep.path, decision.keep.revision):
            files = (self._look(copy.path, copy.revision) for copy in decision.copies)
            self._act(keeper, ((file, _is_same(keeper, file)) for file in files if file))

    def _act(self, keeper: _File, copies: Iterable[tuple[_File, bool]]) -> None:
        """Act on copies of one file, each with whether it is the same to the byte."""
        chosen = [keeper]
        for file, exact in copies:
            if why := self._why_left(file, chosen, exact):
                self._left.append((file.path, why))
                continue
            chosen.append(file)
            to = self._destination(file.path)
            self._steps.append(
                CleanupStep(file.path, keeper.path, exact, file.state, keeper.state, to)
            )
            if to:
                self._take_along(file, keeper)

    def _destination(self, path: str) -> str:
        """Return where a file is moved; empty for other actions."""
        if not self._folder:
            return ""
        root = next((root for root in self._roots if path.startswith(root)), None)
        inside = os.path.basename(path) if root is None else path.removeprefix(root)
        return os.path.join(self._folder, inside)

    def _take_along(self, file: _File, keeper: _File) -> None:
        for path in self._companions.of(file.path):
            with suppress(OSError):
                state = FileState.of(os.lstat(path))
                to = self._destination(path)
                step = CleanupStep(
                    path, keeper.path, False, state, keeper.state, to, beside=file.path
                )
                self._steps.append(step)

    def _why_left(self, file: _File, chosen: Sequence[_File], exact: bool) -> LeftAlone | None:
        keeper = chosen[0]
        if file.is_link:
            return LeftAlone.LINK
        if (
            file.place in self._keepers
            or file.state.is_same_file(keeper.state)
            or any(map(file.is_same_name, chosen))
        ):
            return LeftAlone.SAME
        if file.path in self._kept:
            return LeftAlone.KEPT
        if self._action is CleanupAction.TRASH and self._companions.of(file.path):
            return LeftAlone.COMPANIONS
        return LeftAlone.INEXACT if self._action is CleanupAction.HARDLINK and not exact else None

    def _look(self, stored: str, revision: str) -> _File | None:
        """Look at a file, by the path under which it is stored."""
        path = local_path(stored)
        try:
            found, entry, place = os.stat(path), os.lstat(path), _place(path)
        except (OSError, ValueError) as err:
            why = getattr(err, "strerror", None) or str(err)
            self._failed.append(ActionError(named(path), f"can't be looked at: {why}"))
            return None
        if not is_of_state(found, state_of(revision)):
            self._failed.append(ActionError(named(path), "it has changed since it was read"))
            return None
        return _File(path, FileState.of(found), place, stat.S_ISLNK(entry.st_mode))


def _place(path: str) -> tuple[int, int, str]:
    """Return the folder of a file and its name there, the same by whatever path it is reached."""
    folder = os.stat(os.path.dirname(path))
    # Names that differ so little may be one name, on a file system that takes them for such.
    name = unicodedata.normalize("NFC", os.path.basename(path)).casefold()
    return folder.st_dev, folder.st_ino, name


def _is_same(one: _File, other: _File) -> bool:
    with suppress(OSError):
        return filecmp.cmp(one.path, other.path, shallow=False)
    return False


class _GroupPlanner(_Planner):
    """Plans by the groups that `dedupe` found."""

    def __init__(
        self,
        found: DedupeResult,
        action: CleanupAction,
        to: str | os.PathLike[str] | None,
        roots: Iterable[str | os.PathLike[str]],
        near: bool,
        cutoff: float,
        keep_in: Iterable[str | os.PathLike[str]],
    ) -> None:
        super().__init__(action, to, roots, keep_in)
        self._found = found
        self._near = near
        self._cutoff = cutoff
        self._limits = limits = found.comparing.limits
        self._glance_at = lru_cache(_GLANCES_KEPT)(lambda path: glance_at(path, limits))

    def planned(self) -> CleanupPlan:
        return replace(super().planned(), comparing=self._found.comparing, cutoff=self._cutoff)

    def take(self, group: Group) -> None:
        for first, *others in self._sets(group):
            if others and (keeper := self._look(first.entry.path, first.entry.revision)):
                self._act(keeper, self._copies(first, others))

    def _sets(self, group: Group) -> Iterator[Sequence[Member]]:
        """Of each set all but the first go."""
        keeper = group.members[0]
        same = map_reduce(
            group.members, lambda member: self._found.digests.get(member.entry.id, member.entry.id)
        )
        of_keeper, *others = same.values()
        for members in others:
            members.sort(key=self._place)
        others.sort(key=lambda members: self._place(members[0]))
        sets = [of_keeper]
        left: list[LeftAlone] = []
        for members in others:
            first = members[0]
            why = self._why_left_near(keeper, first) if self._near else LeftAlone.INEXACT
            if why is None:
                of_keeper += members
            elif self._near and (stays := self._stays_for(first, sets[1:])):
                stays += members
            else:
                sets.append(members)
                left.append(why)
        # One for which others go is kept, and needs no reason.
        alone = (
            (one[0], why)
            for one, why in zip(sets[1:], left, strict=True)
            if len(one) == 1 and not self._is_reference(one[0])
        )
        self._left += [(local_path(one.entry.path), why) for one, why in alone]
        yield from sets

    def _why_left_near(self, keeper: Member, copy: Member) -> LeftAlone | None:
        if self._found.are_not_copies(keeper.entry.id, copy.entry.id):
            return LeftAlone.NOT_A_COPY
        # Its distance to the keeper counts, not only that to another copy.
        if copy.through is not None:
            return LeftAlone.CHAINED
        if not copy.distance < self._cutoff or copy.orientation != UPRIGHT:
            return LeftAlone.UNSURE
        if not self._covers(keeper, copy):
            return LeftAlone.BETTER
        return LeftAlone.DIFFERS if self._difference(keeper, copy) > LARGEST_DIFFERENCE else None

    def _stays_for(self, copy: Member, sets: Sequence[list[Member]]) -> list[Member] | None:
        """Return the set that a copy goes with, for the first of it stays and is as good.

        In a group that hangs together by steps one picture can't stand for all: a few others
        stay, and what goes for one of these is as near to it as it would be to the keeper. It
        lies where that does, so that not every second picture of a series goes for the next.
        """
        for members in self._nearest(copy, sets):
            first = members[0]
            if (
                not self._found.are_not_copies(first.entry.id, copy.entry.id)
                and self._covers(first, copy)
                and self._difference(first, copy, shifted=False) <= LARGEST_DIFFERENCE
                and self._is_near(first, copy)
            ):
                return members
        return None

    def _nearest(self, copy: Member, sets: Sequence[list[Member]]) -> Iterator[list[Member]]:
        """Yield a few sets whose first pictures are nearest, by what is known of them."""
        known = [one for one in sets[:_MOST_COMPARED] if one[0].entry.signature.data]
        if not known or not copy.entry.signature.data:
            return
        seen = View("whole", UPRIGHT, copy.entry.signature.data)
        signatures = [one[0].entry.signature.data for one in known]
        using = get_algorithm(self._found.comparing.algorithm)
        apart = using.distances([seen], signatures).min(axis=0)
        for at in np.argsort(apart, kind="stable")[:_MOST_TRIED]:
            yield known[at]

    def _is_near(self, one: Member, other: Member) -> bool:
        with suppress(PictureError):
            files = local_path(one.entry.path), local_path(other.entry.path)
            return self._found.comparing.distance(*files) < self._cutoff
        return False

    def _covers(self, one: Member, other: Member) -> bool:
        merits = self._found.merits
        return merits[one.entry.id].covers(merits[other.entry.id])

    def _copies(self, first: Member, others: Iterable[Member]) -> Iterator[tuple[_File, bool]]:
        for member in others:
            if self._is_reference(member):
                continue
            file = self._look(member.entry.path, member.entry.revision)
            if file is None:
                continue
            if self._found.are_not_copies(first.entry.id, member.entry.id):
                self._left.append((file.path, LeftAlone.NOT_A_COPY))
                continue
            yield file, self._is_exact(first, member)

    def _is_reference(self, member: Member) -> bool:
        return self._found.merits[member.entry.id].reference

    def _place(self, member: Member) -> tuple[object, ...]:
        kept = local_path(member.entry.path) in self._kept
        return (not kept, *self._found.merits[member.entry.id].rank)

    def _difference(self, keeper: Member, copy: Member, *, shifted: bool = True) -> float:
        kept, going = (local_path(one.entry.path) for one in (keeper, copy))
        seen = copy.entry.picture
        if seen and seen.frames > 1:  # and so has the keeper, or they were not near
            return difference_of_frames(kept, going, self._limits)
        return difference(self._glance_at(kept), self._glance_at(going), shifted=shifted)

    def _is_exact(self, one: Member, other: Member) -> bool:
        digest = self._found.digests.get(one.entry.id)
        return digest is not None and digest == self._found.digests.get(other.entry.id)
