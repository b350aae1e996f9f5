"""Near copies among files, with nothing to set up: a cache keeps their signatures."""

import base64
import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

from more_itertools import chunked
from platformdirs import user_cache_path

from .arguments import check_cutoff, check_number, check_several
from .errors import ErrorKind, StorageError
from .ingest import AddResult, Recorder, ResolvedItem, Signed, add_many
from .matching.groups import Groups, groups_of, link
from .matching.keeping import FileJudge, Merits
from .matching.linkage import MARGIN, Links
from .matching.pairs import Viewed
from .matching.settings import CompareSettings
from .model import ALL_ORIENTATIONS, UPRIGHT, Entry, Orientation, Progress
from .protocol.values import MAX_BATCH_RECORDS, MAX_CANDIDATES, Record, Stored
from .records.bodies import dump_info, lean_body, load_body, load_entry, with_words
from .records.identity import id_of_path, revision
from .signatures import get_algorithm
from .signatures.algorithm import DEFAULT_LEVEL, Algorithm, View, check_level
from .sources.folders import Inside
from .sources.limits import Limits
from .sources.naming import named
from .sources.source import LocalFile
from .store import Store


@dataclass(frozen=True, slots=True)
class DedupeResult:
    """The near copies among files.

    Attributes:
        groups: of near copies, exact ones among them.
        digests: by id, SHA-256 of those files in groups that are as long as another of their
            group: where it is the same, the files are the same to the byte.
        signing: how many files were signed now (added), or were in the cache (unchanged), and
            those that failed.
        cutoff: pictures with distances below it were linked.
        merits: of the pictures in groups by id: what speaks for keeping them.
        comparing: how they were compared.
    """

    groups: Groups
    digests: Mapping[str, str]
    signing: AddResult
    cutoff: float
    merits: Mapping[str, Merits]
    comparing: CompareSettings


def default_cache() -> Path:
    """Return the file in the user's cache folder where signatures are kept; safe to delete."""
    return user_cache_path("imagematch", ensure_exists=False) / "signatures.db"


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
    signing_progress: Progress | None = None,
    comparing_progress: Progress | None = None,
) -> DedupeResult:
    """Group the near copies among local files.

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
        cache: the file in which signatures are kept, such as `default_cache()`; without it, none
            are.
        linkages: also find the groups at other cutoffs, for a report.
        keep_in: folders whose files are preferred as keepers of their groups.
        signing_progress: called with the number of files done since the last call.
        comparing_progress: called with the number of pictures done since the last call.

    Raises:
        ArgumentError: an argument is out of its range, or not of its type.
        StorageError: the cache can't be used; it says what to do.
    """
    using = get_algorithm(algorithm)
    orientations = ALL_ORIENTATIONS if all_orientations else (UPRIGHT,)
    names = map(os.fspath, check_several("files", files))
    by_path = {LocalFile(name).path: name for name in names}
    level = check_level(thorough)
    near = check_cutoff(cutoff, using.grouping_cutoff(all_orientations))
    fetched = check_number("candidates", candidates, 1, MAX_CANDIDATES)
    processes = None if workers is None else check_number("workers", workers, 1)
    preferred = Inside(check_several("keep_in", keep_in))
    with (
        _naming_cache(cache),
        closing(_open_cache(cache, using, orientations, level)) as remembered,
    ):
        kind = _ViewRecorder if using.needs_pixels else _SignatureRecorder
        recorder = kind(using, limits, orientations if using.needs_pixels else (), level)
        signing = add_many(
            remembered,
            recorder,
            by_path.values(),
            processes=processes,
            progress=signing_progress,
        )
        current = _Current(remembered, using, by_path)
        links = Links(near, MARGIN if linkages else 0.0)

        judge = FileJudge(by_path, preferred.__contains__, limits)

        def views(stored: Stored) -> Sequence[View]:
            if using.needs_pixels:
                return load_views(stored)
            signature = load_entry(stored, using.name).signature
            return using.views_from_signature(signature, orientations, level)

        def queries(progress: Progress) -> Iterator[tuple[str, Sequence[View]]]:
            for stored in current:
                yield stored.id, views(stored)
                progress(1)

        def pictures(ids: Iterable[str]) -> list[Viewed]:
            return [(load_entry(one, using.name), views(one)) for one in remembered.get(ids)]

        with closing(_crowd(current, using)) as crowd:
            seen = queries(comparing_progress or (lambda _: None))
            truncated = link(crowd, using, seen, links, candidates=fetched)
        groups = groups_of(
            using,
            links,
            pictures,
            judge,
            truncated=truncated,
            linkages=links.linkages(using, pictures, judge) if linkages else None,
        )
    comparing = CompareSettings(using.name, bool(all_orientations), level, limits)
    return DedupeResult(groups, _digests(groups, by_path), signing, near, judge.known, comparing)


class _SignatureRecorder(Recorder):
    """A recorder of what all views of a picture follow from."""

    def with_words(self, records: Sequence[Record]) -> list[Record]:
        """Return the records without words: nothing is searched here."""
        return list(records)


class _ViewRecorder(_SignatureRecorder):
    """A recorder that keeps all views of a picture in its body: some are made of its pixels."""

    def body(
        self, item: ResolvedItem, signed: Signed, previous: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        return {**super().body(item, signed, previous), "views": dump_views(signed.views)}


@contextmanager
def _naming_cache(cache: str | os.PathLike[str] | None) -> Iterator[None]:
    """Say of errors of the cache that it can be done without."""
    try:
        yield
    except StorageError as err:
        if cache is None:
            raise
        raise StorageError(
            err.kind,
            f"the cache {named(cache)} can't be used: {err.message}. It only keeps signatures for "
            "the next run: delete it, or go without by --no-cache, in Python by cache=None",
        ) from err


def _open_cache(
    cache: str | os.PathLike[str] | None,
    algorithm: Algorithm,
    orientations: Sequence[Orientation],
    thorough: int,
) -> Store:
    target = "memory://"
    if cache is not None:
        file = Path(cache).absolute()
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as err:
            where = named(file.parent)
            raise StorageError(
                ErrorKind.UNAVAILABLE, f"{where} can't be made: {err.strerror}"
            ) from err
        target = f"sqlite:///{quote_from_bytes(os.fsencode(file))}"
    index = f"{algorithm.signature_format}-signatures"
    if algorithm.needs_pixels:
        index = f"{algorithm.signature_format}-views-{len(orientations)}-{thorough}"
    store = Store.open(target, index)
    try:
        if store.info() is None:
            store.create(dump_info(algorithm.name))
    except BaseException:
        store.close()
        raise
    return store


class _Current:
    """The signatures in the cache that are of the files as they are now."""

    def __init__(self, cache: Store, algorithm: Algorithm, by_path: Mapping[str, str]) -> None:
        self._cache = cache
        self._format = algorithm.signature_format
        self._files = {id_of_path(path): file for path, file in by_path.items()}

    def __iter__(self) -> Iterator[Stored]:
        for ids in chunked(self._files, MAX_BATCH_RECORDS):
            yield from filter(self._is_current, self._cache.get(ids))

    def _is_current(self, stored: Stored) -> bool:
        # A file that is broken now may have been sound when it was remembered.
        state = LocalFile(self._files[stored.id]).state()
        return state is not None and bool(
            load_body(stored)["revision"] == revision(self._format, state)
        )


def _crowd(pictures: Iterable[Stored], algorithm: Algorithm) -> Store:
    """Return a store of all signatures, ready to be searched."""
    store = Store.open("memory://", "crowd")
    store.create(dump_info(algorithm.name))
    with store.loading():
        for batch in chunked(pictures, MAX_BATCH_RECORDS):
            records = [Record(one.id, (), (), one.signature, lean_body(one)) for one in batch]
            store.put(with_words(algorithm, records))
    return store


def dump_views(views: Iterable[View]) -> list[list[Any]]:
    """Return views as JSON can hold them."""
    return [
        [
            view.name,
            view.orientation.negative,
            view.orientation.mirror,
            view.orientation.rotate,
            base64.b64encode(view.signature).decode("ascii"),
        ]
        for view in views
    ]


def load_views(stored: Stored) -> list[View]:
    """Return the views that `dump_views` put into a body."""
    return [
        View(name, Orientation(negative, mirror, rotate), base64.b64decode(signature))
        for name, negative, mirror, rotate, signature in load_body(stored)["views"]
    ]


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
                with suppress(OSError), open(by_path[entry.path], "rb") as file:
                    digests[entry.id] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests
