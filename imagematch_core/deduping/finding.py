"""From files to groups of near copies, with nothing to set up."""

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from more_itertools import chunked

from ..arguments import check_cutoff, check_number, check_several
from ..errors import ArgumentError
from ..ingest import add_many
from ..matching.frames import MOST_FRAMES, FrameComparer
from ..matching.groups import Groups, group_near_copies
from ..matching.keeping import FileJudge, KeepRule
from ..matching.linkage import MARGIN, Apart, Linkages, Links
from ..matching.settings import CompareSettings
from ..model import Entry, Orientation, Progress, orientations_of
from ..protocol.values import MAX_BATCH_RECORDS, MAX_CANDIDATES, Record, Stored
from ..records.bodies import dump_info, lean_body, load_entry, with_words
from ..records.identity import id_of_path
from ..signatures import get_algorithm
from ..signatures.algorithm import DEFAULT_LEVEL, Algorithm, View, check_level
from ..sources.folders import Inside, is_called_a_picture
from ..sources.limits import Limits
from ..sources.source import LocalFile, digest_of_file, stat_of
from ..store import Store
from .cache import (
    SignatureRecorder,
    current,
    forget,
    load_views,
    naming_cache,
    open_cache,
    state_of_path,
)
from .exact import exact_entries, same_bytes
from .not_copies import NotCopies
from .result import DedupeResult
from .results import Results

_SINGLE = "", 1
"""What stands for a picture of one frame, whose file is not looked at for frames."""


def dedupe(
    files: Iterable[str | os.PathLike[str]],
    *,
    algorithm: str | None = None,
    cutoff: float | None = None,
    candidates: int = 1_000,
    all_orientations: bool = False,
    thorough: int = DEFAULT_LEVEL,
    workers: int | None = None,
    limits: Limits = Limits(),
    cache: str | os.PathLike[str] | None = None,
    linkages: bool = False,
    keep_in: Iterable[str | os.PathLike[str]] = (),
    keep: Iterable[KeepRule | str] = (),
    reference: Iterable[str | os.PathLike[str]] = (),
    not_copies: str | os.PathLike[str] | None = None,
    signing_progress: Progress | None = None,
    comparing_progress: Progress | None = None,
) -> DedupeResult:
    """Group the near copies among local files.

    Picture files that can't be signed, such as blank or damaged ones, are grouped if they are the
    same to the byte. Files with several pages or frames are near copies if all of these are, one
    by one; with more than 500, only if they are the same to the byte.

    Args:
        files: paths, such as those that `walk` yields. Files that are not pictures are counted
            and passed over.
        algorithm: without it, the best.
        cutoff: link distances below it; without it, the algorithm's own for groups.
        candidates: 1 to 10,000: how many pictures are measured for each view of a picture.
        all_orientations: also find mirrored, rotated (by quarter turns) and negative copies.
        thorough: 0, 1 or 2, as for `Index.search`.
        workers: processes that sign, as for `Index.add_many`.
        limits: bounds on what is decoded.
        cache: the file in which signatures are kept, such as `default_cache()`, and beside it
            results, so that the same files are not compared again; without it, none are.
        linkages: also find the groups at other cutoffs, for a report.
        keep_in: folders whose files are preferred as keepers of their groups.
        keep: rules by which keepers are chosen, in this order, before imagematch's own.
        reference: folders that are only compared against: their files are preferred too, and no
            two of them are linked.
        not_copies: the file that says what is no copy, such as `default_not_copies()`; without
            it, nothing is.
        signing_progress: called with the number of files done since the last call.
        comparing_progress: called with the number of pictures done since the last call.

    Raises:
        ArgumentError: an argument is out of its range, or not of its type.
        StorageError: the cache can't be used; it says what to do.
        DecisionsError: the file `not_copies` can't be used.
    """
    using = get_algorithm(algorithm)
    orientations = orientations_of(all_orientations)
    names = map(os.fspath, check_several("files", files))
    by_path = {LocalFile(name).path: name for name in names}
    level = check_level(thorough)
    near = check_cutoff(cutoff, using.grouping_cutoff(all_orientations))
    fetched = check_number("candidates", candidates, 1, MAX_CANDIDATES)
    processes = None if workers is None else check_number("workers", workers, 1)
    folders = list(map(os.fspath, check_several("reference", reference)))
    kept_folders = list(map(os.fspath, check_several("keep_in", keep_in)))
    run = _Run(
        using,
        orientations,
        CompareSettings(using.name, bool(all_orientations), level, limits),
        by_path,
        near,
        MARGIN if linkages else 0.0,
        fetched,
        processes,
        Inside([*kept_folders, *folders]),
        Inside(folders),
        _rules(keep),
        NotCopies(not_copies, by_path),
        signing_progress or (lambda _: None),
        comparing_progress or (lambda _: None),
    )
    with naming_cache(cache), closing(open_cache(cache, using, orientations, level)) as remembered:
        if cache is None:
            return run.find(remembered)
        # What a result depends on, whatever it is.
        asked = [
            (using.name, using.signature_format, near, fetched, linkages, run.rules),
            (run.comparing, sorted(map(_place, kept_folders)), sorted(map(_place, folders))),
            run.not_copies.digest,
            *((path, state_of_path(file)) for path, file in by_path.items()),
        ]
        results = Results(Path(f"{os.fspath(cache)}.results"), asked)
        if found := results.load(remembered, using, run.comparing):
            run.signing_progress(len(by_path))
            return found
        found = run.find(remembered)
        if found.signing.added:
            forget(remembered, set(map(id_of_path, by_path)))
        results.keep(found)
        return found


@dataclass(frozen=True, slots=True)
class _Run:
    """All that was asked of one run, checked."""

    algorithm: Algorithm
    orientations: Sequence[Orientation]
    comparing: CompareSettings
    by_path: Mapping[str, str]
    cutoff: float
    beyond: float
    candidates: int
    processes: int | None
    preferred: Inside
    reference: Inside
    rules: tuple[KeepRule, ...]
    not_copies: NotCopies
    signing_progress: Progress
    comparing_progress: Progress

    def find(self, cache: Store) -> DedupeResult:
        """Sign what is not in the cache, and find the groups."""
        using, limits = self.algorithm, self.comparing.limits
        orientations = self.orientations if using.needs_pixels else ()
        recorder = SignatureRecorder(using, limits, orientations, self.comparing.thorough)
        signing = add_many(
            cache,
            recorder,
            self.by_path.values(),
            processes=self.processes,
            progress=self.signing_progress,
        )
        judge = FileJudge(
            self.by_path,
            self.preferred.__contains__,
            self.reference.__contains__,
            limits,
            self.rules,
        )
        references = {
            id_of_path(path) for path, file in self.by_path.items() if file in self.reference
        }
        apartness = _Apartness(references, self.not_copies, FrameComparer(using, limits))
        groups, signed = self._near(cache, judge, apartness)
        groups, digests = self._with_exact(groups, signed, judge, apartness.apart)
        return DedupeResult(
            groups,
            digests,
            signing,
            self.cutoff,
            judge.known,
            self.comparing,
            self.not_copies.lists,
        )

    def _near(
        self, cache: Store, judge: FileJudge, apartness: "_Apartness"
    ) -> tuple[Groups, Collection[str]]:
        """Return the groups of signed pictures, and the ids of all that are signed."""
        using = self.algorithm
        links = Links(self.cutoff, self.beyond, apartness.apart, apartness.possible)
        signed: set[str] = set()

        def views(stored: Stored) -> Sequence[View]:
            if using.needs_pixels:
                return load_views(stored)
            signature = load_entry(stored, using.name).signature
            level = self.comparing.thorough
            return using.views_from_signature(signature, self.orientations, level, mutual=True)

        def records() -> Iterator[Stored]:
            for stored in current(cache, using, self.by_path):
                signed.add(stored.id)
                yield stored
                self.comparing_progress(1)

        def noted() -> Iterator[Stored]:
            for stored in current(cache, using, self.by_path):
                seen = load_entry(stored, using.name)
                if seen.picture and seen.picture.frames > 1:
                    apartness.several[seen.id] = self.by_path[seen.path], seen.picture.frames
                yield stored

        with closing(_crowd(noted(), using)) as crowd:
            found = group_near_copies(
                using,
                cache,
                records(),
                views,
                links,
                judge,
                candidates=self.candidates,
                linkages=self.beyond > 0,
                searched=crowd,
            )
        return found, signed

    def _with_exact(
        self, groups: Groups, signed: Collection[str], judge: FileJudge, apart: Apart
    ) -> tuple[Groups, dict[str, str]]:
        """Add the groups of files that are not signed, and the digests of all."""
        unsigned = {
            path: file
            for path, file in self.by_path.items()
            if is_called_a_picture(file) and id_of_path(path) not in signed
        }
        lists, digests = exact_entries(unsigned, self.algorithm)
        found = []
        for first, *others in lists:
            entries = [first, *(one for one in others if apart(first.id, one.id) < 1)]
            if len(entries) > 1:
                found.append(same_bytes(entries, judge))
        digests |= _digests(groups, self.by_path)
        linkages = groups.linkages
        if linkages is not None:
            every = sorted(
                [*linkages, *(linkage for _, linkage in found)],
                key=lambda one: (one.entries[0].path, one.entries[0].id),
            )
            linkages = Linkages(
                tuple(every),
                algorithm=linkages.algorithm,
                cutoff=linkages.cutoff,
                reach=linkages.reach,
            )
        all_groups = sorted(
            [*groups, *(group for group, _ in found)],
            key=lambda group: (group.keeper.path, group.keeper.id),
        )
        return Groups(tuple(all_groups), groups.truncated, linkages), digests


@dataclass(frozen=True, slots=True)
class _Apartness:
    """Tells which pictures are not linked, whatever is measured.

    Attributes:
        references: ids of the pictures that are only compared against.
        several: of pictures of several frames, by their ids, the files and how many they have.
    """

    references: Collection[str]
    not_copies: NotCopies
    comparer: FrameComparer
    several: dict[str, tuple[str, int]] = field(default_factory=dict)

    def apart(self, one: str, other: str) -> float:
        """Return the distance that two pictures have at least."""
        if self._is_ruled_out(one, other):
            return 1.0
        if one not in self.several and other not in self.several:
            return 0.0
        file, count = self.several.get(one, _SINGLE)
        other_file, other_count = self.several.get(other, _SINGLE)
        return self.comparer.apart(file, other_file, (count, other_count))

    def possible(self, one: str, others: Sequence[str]) -> list[str]:
        """Return those of the others that may be linked to a picture, seen from there."""
        file, count = self.several.get(one, _SINGLE)
        alike = [
            other
            for other in others
            if not self._is_ruled_out(one, other) and self.several.get(other, _SINGLE)[1] == count
        ]
        if not 1 < count <= MOST_FRAMES:
            return alike
        near = self.comparer.may_be_near(file, [self.several[other][0] for other in alike])
        return [other for other, is_near in zip(alike, near, strict=True) if is_near]

    def _is_ruled_out(self, one: str, other: str) -> bool:
        within = one in self.references and other in self.references
        return within or (one, other) in self.not_copies


def _rules(keep: Iterable[KeepRule | str]) -> tuple[KeepRule, ...]:
    try:
        return tuple(map(KeepRule, check_several("keep", keep)))
    except ValueError as err:
        known = ", ".join(KeepRule)
        raise ArgumentError(f"keep takes rules, which are {known}: {err}") from err


def _place(folder: str) -> tuple[str, int, int]:
    found = stat_of(folder)
    return (os.path.abspath(folder), found.st_dev, found.st_ino) if found else (folder, 0, 0)


def _crowd(pictures: Iterable[Stored], algorithm: Algorithm) -> Store:
    """Return a store of all signatures, ready to be searched."""
    store = Store.open("memory://", "crowd")
    store.create(dump_info(algorithm.name))
    with store.loading():
        for batch in chunked(pictures, MAX_BATCH_RECORDS):
            records = [Record(one.id, (), (), one.signature, lean_body(one)) for one in batch]
            store.put(with_words(algorithm, records))
    return store


def _digests(groups: Groups, by_path: Mapping[str, str]) -> dict[str, str]:
    digests: dict[str, str] = {}
    together: list[Sequence[Entry]] = (
        [[member.entry for member in found.members] for found in groups]
        if groups.linkages is None
        else [linkage.entries for linkage in groups.linkages]
    )
    for entries in together:
        lengths = Counter(entry.picture and entry.picture.bytes for entry in entries)
        for entry in entries:
            if entry.picture and lengths[entry.picture.bytes] > 1:
                with suppress(OSError):
                    digests[entry.id] = digest_of_file(by_path[entry.path])
    return digests
