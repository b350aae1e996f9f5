"""Near copies among files, with nothing to set up: their signatures are kept in a cache."""

import base64
import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

from more_itertools import chunked
from platformdirs import user_cache_path

from .ingest import AddReport, Progress, Recorder, ResolvedItem, Signed, add_many
from .matching.groups import Groups, components, group, in_order
from .matching.linkage import Links
from .matching.pairs import Viewed
from .model import ALL_ORIENTATIONS, UPRIGHT, Entry, Orientation
from .protocol.values import MAX_BATCH_RECORDS, Record, Stored
from .records.bodies import dump_info, load_body, load_entry, with_words
from .records.identity import id_of_path, revision
from .signatures import get_algorithm
from .signatures.algorithm import DEFAULT_LEVEL, Algorithm, View, check_level
from .sources.folders import Inside
from .sources.limits import Limits
from .sources.source import LocalFile
from .store import Store


@dataclass(frozen=True, slots=True)
class DedupeReport:
    """What came of looking for near copies among files.

    Attributes:
        groups: of near copies, exact ones among them.
        digests: by id, SHA-256 of those files in groups that are as long as another of their
            group: where it is the same, the files are the same to the byte.
        signing: what was signed now (added), was in the cache (unchanged), or failed.
        cutoff: distances below it were near.
    """

    groups: Groups
    digests: Mapping[str, str]
    signing: AddReport
    cutoff: float


def default_cache() -> Path:
    """The file in the user's cache folder where signatures are remembered; safe to delete."""
    return user_cache_path("imagematch", ensure_exists=False) / "signatures.db"


def dedupe(
    files: Iterable[str],
    *,
    algorithm: str | None = None,
    cutoff: float | None = None,
    candidates: int = 1_000,
    all_orientations: bool = False,
    thorough: int = DEFAULT_LEVEL,
    workers: int | None = None,
    limits: Limits = Limits(),
    cache: Path | None = None,
    linkages: bool = False,
    keep_in: Iterable[str | os.PathLike[str]] = (),
    signed: Progress | None = None,
    compared: Progress | None = None,
) -> DedupeReport:
    """Group the near copies among local files.

    Args:
        files: paths; what is not a picture is counted and passed over.
        algorithm: None takes the best.
        cutoff: distances below it are near; None takes the algorithm's own for groups.
        candidates: measured for each view of a picture, 1 to 10,000.
        all_orientations: also mirrored, rotated by quarter turns and negative copies.
        thorough: 0, 1 or 2, as for `Index.search`.
        workers: processes that sign, as for `Index.add_many`.
        limits: bounds on what is decoded.
        cache: file in which signatures are remembered; None remembers nothing.
        linkages: also find how the groups hang together at other cutoffs.
        keep_in: folders whose files are preferred as keepers of their groups.
        signed: called with the number of files that were dealt with since the last call.
        compared: the same for pictures compared with all others.

    Raises:
        StorageError: the cache can't be used.
    """
    using = get_algorithm(algorithm)
    orientations = ALL_ORIENTATIONS if all_orientations else (UPRIGHT,)
    by_path = {LocalFile(file).path: file for file in files}
    level = check_level(thorough)
    near = using.grouping_cutoff(all_orientations) if cutoff is None else cutoff
    preferred = Inside(keep_in)
    with closing(_open_cache(cache, using, orientations, level)) as remembered:
        recorder = _ViewRecorder(using, limits, orientations, level)
        report = add_many(
            remembered, recorder, by_path.values(), processes=workers, progress=signed
        )
        current = _Current(remembered, using, by_path)
        links = Links(near) if linkages else None

        def is_preferred(entry: Entry) -> bool:
            return by_path[entry.path] in preferred

        def pictures(ids: Iterable[str]) -> list[Viewed]:
            return [(load_entry(one), load_views(one)) for one in remembered.get(ids)]

        with closing(_crowd(current, using)) as crowd:
            linked, truncated = components(
                crowd,
                using,
                current.views(compared or (lambda _: None)),
                cutoff=near,
                candidates=candidates,
                links=links,
            )
        groups = in_order(
            (group(using, pictures(ids), is_preferred) for ids in linked),
            truncated=truncated,
        )
        groups.linkages = links.linkages(using, pictures, is_preferred) if links else None
    return DedupeReport(groups, _digests(groups, by_path), report, near)


class _ViewRecorder(Recorder):
    """Keeps all views of a picture in its body."""

    def body(
        self, item: ResolvedItem, signed: Signed, previous: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        return {**super().body(item, signed, previous), "views": dump_views(signed.views)}

    def with_words(self, records: Sequence[Record]) -> list[Record]:
        """Without words: nothing is searched here."""
        return list(records)


def _open_cache(
    cache: Path | None, algorithm: Algorithm, orientations: Sequence[Orientation], thorough: int
) -> Store:
    target = "memory://"
    if cache is not None:
        cache.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = f"sqlite:///{quote_from_bytes(os.fsencode(cache.absolute()))}"
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
    """What the cache holds of the files as they are now."""

    def __init__(self, cache: Store, algorithm: Algorithm, by_path: Mapping[str, str]) -> None:
        self._cache = cache
        self._format = algorithm.signature_format
        self._files = {id_of_path(path): file for path, file in by_path.items()}

    def __iter__(self) -> Iterator[Stored]:
        for ids in chunked(self._files, MAX_BATCH_RECORDS):
            yield from filter(self._is_current, self._cache.get(ids))

    def views(self, progress: Progress) -> Iterator[tuple[str, list[View]]]:
        for stored in self:
            yield stored.id, load_views(stored)
            progress(1)

    def _is_current(self, stored: Stored) -> bool:
        # A file that is broken now may have been sound when it was remembered.
        state = LocalFile(self._files[stored.id]).state()
        return state is not None and bool(
            load_body(stored)["revision"] == revision(self._format, state)
        )


def _crowd(pictures: Iterable[Stored], algorithm: Algorithm) -> Store:
    """All signatures, ready to be searched."""
    store = Store.open("memory://", "crowd")
    store.create(dump_info(algorithm.name))
    with store.loading():
        for batch in chunked(pictures, MAX_BATCH_RECORDS):
            records = [Record(one.id, (), (), one.signature, "{}") for one in batch]
            store.put(with_words(algorithm, records))
    return store


def dump_views(views: Iterable[View]) -> list[list[Any]]:
    """Views as JSON can hold them."""
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
    """The views that `dump_views` put into a body."""
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
