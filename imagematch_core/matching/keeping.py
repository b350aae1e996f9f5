"""Which of several copies to keep, and whether another one may go for it."""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePath

from ..model import Entry
from ..sources.limits import Limits
from ..sources.source import local_path, stat_of
from .appraisal import appraise, is_enlargement, is_saved_again

_ENOUGH = 92
"""A JPEG of a higher quality than this is as good as what is saved without loss."""
_AS_MANY = 0.9
"""Share of the pixels of another picture with which one has about as many."""
_AS_GOOD = 10
"""Steps of quality by which a picture may be saved worse than one that goes for it."""
_MANY_TIMES = 2
"""With so many times the pixels a picture has more detail, also if it was saved worse."""
_A_DAY = 86_400_000_000_000
"""Nanoseconds. Files that were copied or unpacked together differ by less: that tells nothing."""
_OF_A_COPY = re.compile(
    r"\(\d+\)$|\bcopy\b|\bkopie\b|\bcopie\b|-WA\d{4}|^screenshot|[_-]edit(ed)?\b|~\d+$|[ -]\d$",
    re.IGNORECASE,
)
"""Additions of systems, messengers and editors to the names of copies."""


class KeepRule(StrEnum):
    """A rule by which people choose the picture to keep."""

    LARGEST = "largest"
    """The one with most pixels."""
    OLDEST = "oldest"
    """The one that was modified first."""
    NEWEST = "newest"
    """The one that was modified last."""
    SHORTEST_PATH = "shortest-path"
    """The one with the shortest path."""
    FIRST_FOLDER = "first-folder"
    """The one in the folder that was found first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merits:
    """The merits of a picture, by which it is kept and its copies go.

    What is not known of it speaks neither for it nor against it.

    Attributes:
        preferred: it is in a folder to keep.
        reference: it is only compared against; then it is preferred too.
        added: a frame, bars, a caption or a screen is around it.
        colour: it is not grey.
        pixels: of its content; of an enlargement, those of what was enlarged.
        camera: a camera's EXIF data are in it.
        fidelity: the quality of a JPEG, the same for all good ones; bytes, if only those are known.
        modified: time of modification, nanoseconds.
        renamed: it has a name such as copies have.
        order: of the folder that it was found in.
        path: under which it is stored.
        rules: those that were asked for; they come before imagematch's own.
    """

    preferred: bool = False
    reference: bool = False
    added: bool = False
    colour: bool = True
    pixels: int
    camera: bool = False
    fidelity: int
    modified: int = 0
    renamed: bool = False
    order: int = 0
    path: str
    rules: tuple[KeepRule, ...] = ()

    @property
    def rank(self) -> tuple[int | str, ...]:
        """A key by which the picture to keep sorts first, a part for each of the reasons."""
        return (
            not self.preferred,
            *map(self._by, self.rules),
            self.added,
            not self.colour,
            not self.camera,
            -self.pixels,
            -self.fidelity,
            self.modified // _A_DAY,
            self.renamed,
            self.modified,
            self.order,
            self.path,
        )

    @property
    def reasons(self) -> tuple[str, ...]:
        """For each part of `rank`, why a picture is kept whose part is the smallest."""
        preferred, *others = REASONS
        return (preferred, *self.rules, *others)

    @property
    def kind(self) -> tuple[bool, bool, bool]:
        """Its kind: of two pictures of one kind, one may be an enlargement of the other."""
        return self.preferred, self.added, self.colour

    def _by(self, rule: KeepRule) -> int:
        return {
            KeepRule.LARGEST: -self.pixels,
            KeepRule.OLDEST: self.modified,
            KeepRule.NEWEST: -self.modified,
            KeepRule.SHORTEST_PATH: len(self.path),
            KeepRule.FIRST_FOLDER: self.order,
        }[rule]

    def covers(self, other: "Merits") -> bool:
        """Return whether nothing of the other is lost if this one is kept instead."""
        return (
            self.added <= other.added
            and self.colour >= other.colour
            and self.camera >= other.camera
            and self.pixels >= _AS_MANY * other.pixels
            and (
                self.fidelity >= other.fidelity - _AS_GOOD
                or self.pixels >= _MANY_TIMES * other.pixels
            )
        )


REASONS = (
    "in a folder to keep",
    "nothing added around it",
    "in colour",
    "from a camera",
    "most detail",
    "best quality",
    "oldest date",
    "plainest name",
    "oldest",
    "first folder",
    "first path",
)
"""Why a picture is kept, in the order of `Merits.rank` without rules."""


def reasons_to_keep(kept: Merits, others: Iterable[Merits]) -> list[str]:
    """Return why one picture is kept and the others of its group are not, the first two reasons.

    `reasonToKeep` in the report does the same.
    """
    left = list(others)
    said = []
    for place, reason in enumerate(kept.reasons):
        alike = [one for one in left if one.rank[place] == kept.rank[place]]
        if len(alike) < len(left):
            said.append(reason)
        left = alike
    return said[:2]


Judge = Callable[[Sequence[Entry]], Mapping[str, Merits]]
"""Tells the merits of pictures that hang together, by their ids."""


def judge_entries(entries: Sequence[Entry]) -> dict[str, Merits]:
    """Tell merits by what an index knows: most pixels, then the largest file, then the path."""
    return {entry.id: _of_entry(entry) for entry in entries}


class FileJudge:
    """Tells the merits of local files, by looking at them.

    Args:
        files: by the paths under which they are stored, in the order of folders.
        preferred: whether a file is to be kept.
        reference: whether a file is only compared against.
        rules: by which people choose, the first one first.
    """

    def __init__(
        self,
        files: Mapping[str, str],
        preferred: Callable[[str], bool],
        reference: Callable[[str], bool],
        limits: Limits,
        rules: Iterable[KeepRule] = (),
    ) -> None:
        self._files = files
        folders = dict.fromkeys(map(os.path.dirname, files.values()))
        self._order = {folder: place for place, folder in enumerate(folders)}
        self._preferred = preferred
        self._reference = reference
        self._limits = limits
        self._rules = tuple(rules)
        self.known: dict[str, Merits] = {}

    def __call__(self, entries: Sequence[Entry]) -> dict[str, Merits]:
        """Return the merits of pictures that hang together, by their ids."""
        for entry in entries:
            if entry.id not in self.known:
                self.known[entry.id] = self._looked_at(entry)
        merits = {entry.id: self.known[entry.id] for entry in entries}
        self._find_enlargements(merits)
        self._find_saved_again(merits)
        self.known |= merits
        return merits

    def _looked_at(self, entry: Entry) -> Merits:
        file = self._files.get(entry.path, local_path(entry.path))
        found = stat_of(file)
        merits = replace(
            _of_entry(entry),
            preferred=self._preferred(file),
            reference=self._reference(file),
            renamed=_OF_A_COPY.search(PurePath(file).stem) is not None,
            order=self._order.get(os.path.dirname(file), 0),
            modified=found.st_mtime_ns if found else 0,
            rules=self._rules,
        )
        seen = appraise(file, self._limits)
        if seen is None:
            return merits
        return replace(
            merits,
            added=seen.added,
            colour=seen.colour,
            pixels=seen.pixels,
            camera=seen.camera,
            fidelity=min(seen.quality, _ENOUGH),
        )

    def _find_enlargements(self, merits: dict[str, Merits]) -> None:
        """Count enlargements as a little less than what was enlarged."""
        ids = {one.path: entry_id for entry_id, one in merits.items()}

        def is_enlarged(one: Merits, smaller: Merits) -> bool:
            file = self._files.get(one.path, local_path(one.path))
            return is_enlargement(file, (smaller.pixels / one.pixels) ** 0.5, self._limits)

        while True:
            best, *others = sorted(merits.values(), key=lambda one: one.rank)
            smaller = next(
                (one for one in others if one.kind == best.kind and one.pixels < best.pixels), None
            )
            if smaller is None or best.camera or not is_enlarged(best, smaller):
                break
            merits[ids[best.path]] = replace(best, pixels=smaller.pixels - 1)
        for one in others:
            if one.pixels > best.pixels > 0 and not one.camera and is_enlarged(one, best):
                merits[ids[one.path]] = replace(one, pixels=best.pixels - 1)

    def _find_saved_again(self, merits: dict[str, Merits]) -> None:
        """Count what was saved again from a JPEG as a little less than that."""
        ids = {one.path: entry_id for entry_id, one in merits.items()}

        def file_of(one: Merits) -> str:
            return self._files.get(one.path, local_path(one.path))

        while True:
            best, *others = sorted(merits.values(), key=lambda one: one.rank)
            first = next(
                (
                    one
                    for one in others
                    if one.kind == best.kind
                    and one.pixels == best.pixels
                    and one.camera == best.camera
                    and one.fidelity < best.fidelity
                ),
                None,
            )
            if first is None or not is_saved_again(file_of(best), file_of(first), self._limits):
                break
            merits[ids[best.path]] = replace(best, fidelity=first.fidelity - 1)


def _of_entry(entry: Entry) -> Merits:
    seen = entry.picture
    return Merits(
        pixels=seen.width * seen.height if seen else 0,
        fidelity=seen.bytes if seen else 0,
        path=entry.path or entry.id,
    )
