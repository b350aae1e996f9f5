"""The cache of signatures: a file that may be deleted, in which each picture is signed once."""

import base64
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

from more_itertools import chunked
from platformdirs import user_cache_path

from ..errors import ErrorKind, StorageError
from ..ingest import Recorder, ResolvedItem, Signed
from ..model import Orientation
from ..protocol.values import MAX_BATCH_RECORDS, Record, Stored
from ..records.bodies import dump_info, load_body, now
from ..records.identity import id_of_path, revision
from ..signatures.algorithm import Algorithm, View
from ..sources import Source
from ..sources.naming import named
from ..sources.source import LocalFile, full_state_of_file, local_path, stat_of
from ..store import Store

MOST_BYTES = 1 << 30
"""Of records in the cache; the oldest beyond it are forgotten."""
_KEPT_DAYS = 90
"""For which a picture is remembered whose folder is not there, such as that of a disk."""
_MICROSECONDS_A_DAY = 86_400_000_000


def default_cache() -> Path:
    """Return the file in the user's cache folder where signatures are kept; safe to delete."""
    return user_cache_path("imagematch", ensure_exists=False) / "signatures.db"


@contextmanager
def naming_cache(cache: str | os.PathLike[str] | None) -> Iterator[None]:
    """Say of errors of the cache that it can be done without."""
    try:
        yield
    except StorageError as err:
        if cache is None:
            raise
        if err.kind is ErrorKind.FULL:
            raise StorageError(
                err.kind,
                f"no space is left for the cache {named(cache)}: free some, or go without the "
                "cache by --no-cache, in Python by cache=None",
            ) from err
        raise StorageError(
            err.kind,
            f"the cache {named(cache)} can't be used: {err.message}. It only keeps signatures for "
            "the next run: delete it, or go without by --no-cache, in Python by cache=None",
        ) from err


def open_cache(
    cache: str | os.PathLike[str] | None,
    algorithm: Algorithm,
    orientations: Sequence[Orientation],
    thorough: int,
) -> Store:
    """Open the cache for the signatures of one algorithm.

    Args:
        cache: its file; None for one in memory.
        orientations: of the views that are kept beside signatures, if the algorithm needs pixels.
        thorough: the level of these views.

    Raises:
        StorageError: it can't be used.
    """
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


def state_of_path(file: str) -> str | None:
    """Return the text by which a file in the cache is known; None if it can't be looked at."""
    found = stat_of(file)
    return found and full_state_of_file(found)


class SignatureRecorder(Recorder):
    """A recorder of what all views of a picture follow from, or, if there are some, of views."""

    def state(self, picture: Source) -> str | None:
        """Know a file by its place as well."""
        if isinstance(picture, LocalFile):
            return state_of_path(picture.file)
        return super().state(picture)

    def body(
        self, item: ResolvedItem, signed: Signed, previous: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        body = super().body(item, signed, previous)
        if signed.views:
            body["views"] = [
                [view.name, *astuple(view.orientation), base64.b64encode(view.signature).decode()]
                for view in signed.views
            ]
        return body

    def with_words(self, records: Sequence[Record]) -> list[Record]:
        """Return the records without words: nothing is searched here."""
        return list(records)


def load_views(stored: Stored) -> list[View]:
    """Return the views that a `SignatureRecorder` put into a body."""
    return [
        View(name, Orientation(*turn), base64.b64decode(signature))
        for name, *turn, signature in load_body(stored)["views"]
    ]


def current(cache: Store, algorithm: Algorithm, by_path: Mapping[str, str]) -> Iterator[Stored]:
    """Yield the signatures that are of files as they are now, by the paths they are stored under.

    A file that is broken now may have been sound when it was remembered.
    """
    files = {id_of_path(path): file for path, file in by_path.items()}
    for ids in chunked(files, MAX_BATCH_RECORDS):
        for stored in cache.get(ids):
            state = state_of_path(files[stored.id])
            known = load_body(stored)["revision"]
            if state is not None and known == revision(algorithm.signature_format, state):
                yield stored


def forget(cache: Store, used: Collection[str], most_bytes: int = MOST_BYTES) -> int:
    """Remove what is of no use from a cache; return how many pictures were forgotten.

    That is the pictures that are gone, and the oldest beyond the limit.

    Args:
        used: ids of pictures of this run, which stay.
        most_bytes: that may be left.
    """
    gone: list[str] = []
    others: list[tuple[int, str, int]] = []
    total = 0
    for stored in cache.scan():
        size = len(stored.signature) + len(stored.body)
        total += size
        if stored.id in used:
            continue
        body = load_body(stored)
        if _is_gone(local_path(body["path"]), body["added_at"]):
            gone.append(stored.id)
            total -= size
        else:
            others.append((body["added_at"], stored.id, size))
    for _, entry_id, size in sorted(others):
        if total <= most_bytes:
            break
        gone.append(entry_id)
        total -= size
    for ids in chunked(gone, MAX_BATCH_RECORDS):
        cache.delete(ids)
    return len(gone)


def _is_gone(path: str, added_at: int) -> bool:
    if os.path.lexists(path):
        return False
    return os.path.isdir(os.path.dirname(path)) or (
        added_at < now() - _KEPT_DAYS * _MICROSECONDS_A_DAY
    )
