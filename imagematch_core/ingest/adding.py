"""Many pictures into an index: what is new is signed, what is signed is written in batches."""

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, closing, nullcontext, suppress
from dataclasses import dataclass, field

from more_itertools import peekable

from ..errors import (
    EmptyPicture,
    ErrorKind,
    ImageMatchError,
    NotAPicture,
    PictureError,
    PictureTooSlow,
    StorageError,
    WorkerDied,
)
from ..model import Progress, Signature
from ..protocol.values import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, Record, Stored
from ..sources import PictureLike, Source
from ..sources.folders import has_picture_suffix
from ..sources.source import BucketFile, LocalFile, name_of
from ..store import Store, size_of
from ..telemetry import ADDING, count, spanned
from . import workers
from .items import Item, Recorder, ResolvedItem
from .prepared import PreparedPicture
from .signing import Signed, SigningRequest, Unchanged, sign

LOOK_UP_ITEMS = 256
LOOK_UP_SECONDS = 0.5
FLUSH_SECONDS = 5.0
HELD_BYTES = 64 << 20
"""Of pictures that are held in memory, until what has been read is signed and written."""


@dataclass(slots=True)
class AddResult:
    """The result of adding many pictures.

    Attributes:
        added: signed and stored: new ones, and ones that have changed.
        updated: the picture is the same; its path or metadata were stored anew.
        unchanged: already there as given.
        skipped: files that are not pictures by name or content.
        failed: each item that could not be added, with the error.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: list[tuple[Item, ImageMatchError]] = field(default_factory=list)


def add_one(store: Store, recorder: Recorder, item: Item) -> str:
    """Add one picture in this process, as `Index.add` does; return its id."""
    with spanned(ADDING, "add"):
        resolved = recorder.resolve(item)
        stored = next(iter(store.get([resolved.id])), None)
        outcome = recorder.request(resolved, stored)
        if isinstance(outcome, SigningRequest):
            with spanned(ADDING, "sign"):
                result = sign(outcome)
            if isinstance(result, PictureError):
                _tell_refused(result)
                raise result
            outcome = result
        signed = _SignedItem(resolved, outcome, stored, recorder.record(resolved, outcome, stored))
        for error in _write(store, recorder, [signed]).values():
            raise error
        return resolved.id


def add_many(
    store: Store,
    recorder: Recorder,
    sources: Iterable[PictureLike | Signature | PreparedPicture | Item],
    *,
    processes: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> AddResult:
    """Add any number of pictures, perhaps without end, as `Index.add_many` does.

    What was written stays, also when it is interrupted: run again, it goes on.
    """
    with ExitStack() as loading:
        run = _Run(store, recorder, progress or (lambda _: None), loading)
        try:
            run.take(sources, processes, executor)
        except StorageError as err:
            err.add_note(f"{run.report.added} pictures were stored; run it again to go on")
            raise
        except BaseException:
            # Ctrl-C, or an iterable that fails: keep what has been signed so far.
            with suppress(ImageMatchError):
                run.flush()
            raise
        finally:
            run.tell()
    return run.report


@dataclass(slots=True)
class _SignedItem:
    """An item that is to be written.

    Attributes:
        stored: what was there under its id when it was looked up.
        record: to write in place of that; None if there is nothing to write.
    """

    item: ResolvedItem
    outcome: Signed | Unchanged
    stored: Stored | None
    record: Record | None


def _write(
    store: Store, recorder: Recorder, batch: list[_SignedItem]
) -> dict[str, ImageMatchError]:
    """Write what has been signed; return by id why some was not.

    What is replaced, or must not be, is read again right before: it may have changed meanwhile.
    """
    again = {signed.item.id for signed in batch if signed.stored or not signed.item.item.replace}
    failed: dict[str, ImageMatchError] = {}
    with recorder.replacing if again else nullcontext():
        now = {stored.id: stored for stored in store.get(again)}
        for signed in batch:
            stored = now.get(signed.item.id)
            if signed.stored != stored and signed.item.id in again:
                try:
                    signed.record = recorder.record(signed.item, signed.outcome, stored)
                except ImageMatchError as err:
                    failed[signed.item.id], signed.record = err, None
        records = [signed.record for signed in batch if signed.record]
        refused = store.put(recorder.with_words(records)) if records else {}
    for signed in batch:
        if failure := refused.get(signed.item.id):
            reason = f"{name_of(signed.item.item.source)} was not stored: {failure.reason}"
            failed[signed.item.id] = StorageError(failure.kind, reason)
    return failed


@dataclass(slots=True)
class _Run:
    """The flow of one `add_many`: resolve, look up, sign, write."""

    _store: Store
    _recorder: Recorder
    _progress: Progress
    _loading: ExitStack
    report: AddResult = field(default_factory=AddResult)
    _flushed: bool = False
    # By id: looked up, neither written nor given up yet.
    _open: dict[str, ResolvedItem] = field(default_factory=dict)
    _signing: deque[tuple[ResolvedItem, Stored | None]] = field(default_factory=deque)
    _batch: list[_SignedItem] = field(default_factory=list)
    _batch_bytes: int = 0
    _held_bytes: int = 0  # of the sources in the batch
    _flushed_at: float = field(default_factory=time.monotonic)

    def take(
        self,
        sources: Iterable[PictureLike | Signature | PreparedPicture | Item],
        processes: int | None,
        executor: Executor | None,
    ) -> None:
        items = peekable(self._resolved(sources))
        while items:
            with closing(
                workers.run(
                    sign,
                    self._requests(items),
                    processes=processes,
                    weight=lambda request: request.source.size_in_memory,
                    executor=executor,
                )
            ) as results:
                for _, result in results:
                    self._finish(*self._signing.popleft(), result)
            self.flush()

    def tell(self) -> None:
        """Log what was done, and how many pictures were refused for which reasons."""
        report = self.report
        reasons = Counter(type(error).__name__ for _, error in report.failed)
        ADDING.info(
            "%d added, %d updated, %d unchanged, %d skipped, %d failed%s",
            *(report.added, report.updated, report.unchanged, report.skipped, len(report.failed)),
            "".join(f"; {number} {name}" for name, number in reasons.most_common()),
        )

    def flush(self) -> None:
        """Write what has been signed, or raise `StorageError` where not all of it is taken."""
        # A single picture is not worth the question.
        if not self._flushed and len(self._batch) > 1 and self._store.is_empty():
            self._loading.enter_context(self._store.loading())
        batch, self._batch = self._batch, []
        self._flushed = True
        self._batch_bytes = self._held_bytes = 0
        self._flushed_at = time.monotonic()
        try:
            failed = _write(self._store, self._recorder, batch)
        except StorageError:
            raise
        except BaseException:
            self._batch = batch  # Ctrl-C: it can be written again
            raise
        for signed in batch:
            item = self._open.pop(signed.item.id)
            if error := failed.get(item.id):
                self._fail(item.item, error)
            elif signed.record is None:
                self._unchanged()
            else:
                is_new = isinstance(signed.outcome, Signed)
                self.report.added += is_new
                self.report.updated += not is_new
                self._progress(1)
        for error in failed.values():
            if isinstance(error, StorageError) and error.kind is not ErrorKind.BAD_REQUEST:
                # It is not the record's fault: it would be the same with all that follow.
                raise error

    def _resolved(
        self, sources: Iterable[PictureLike | Signature | PreparedPicture | Item]
    ) -> Iterator[ResolvedItem]:
        for source in sources:
            item = source if isinstance(source, Item) else Item(source)
            try:
                resolved = self._recorder.resolve(item)
            except ImageMatchError as err:
                self._fail(item, err)
            else:
                yield resolved

    def _requests(self, items: "peekable[ResolvedItem]") -> Iterator[SigningRequest]:
        """Look items up and yield what must be signed.

        Ends before an item that meets an unwritten one under its id, so that the two are stored
        in their order.
        """
        while chunk := self._chunk(items):
            found = {stored.id: stored for stored in self._store.get(item.id for item in chunk)}
            for item in chunk:
                stored = found.get(item.id)
                try:
                    outcome = self._recorder.request(item, stored)
                except ImageMatchError as err:
                    self._give_up(item, err)
                    continue
                if isinstance(outcome, SigningRequest):
                    self._signing.append((item, stored))
                    yield outcome
                else:
                    self._finish(item, stored, outcome)

    def _chunk(self, items: "peekable[ResolvedItem]") -> list[ResolvedItem]:
        chunk: list[ResolvedItem] = []
        held = 0
        until = time.monotonic() + LOOK_UP_SECONDS
        while len(chunk) < LOOK_UP_ITEMS and held < HELD_BYTES and time.monotonic() < until:
            item = items.peek(None)
            before = item and self._open.get(item.id)
            if item is None or (before and not item.same_as(before)):
                break
            next(items)
            if before:
                self._unchanged()
            else:
                self._open[item.id] = item
                held += item.size_in_memory
                chunk.append(item)
        return chunk

    def _finish(
        self,
        item: ResolvedItem,
        stored: Stored | None,
        outcome: Signed | Unchanged | PictureError | workers.Died,
    ) -> None:
        if isinstance(outcome, workers.Died):
            name = name_of(item.item.source)
            if outcome.is_out_of_time:
                reason = "it takes longer than Limits.max_decoding_seconds allows"
                self._give_up(item, PictureTooSlow(name, reason))
            else:
                reason = "it killed the process that decoded it, and was left out"
                self._give_up(item, WorkerDied(name, reason))
        elif isinstance(outcome, PictureError):
            self._give_up(item, outcome)
        else:
            try:
                record = self._recorder.record(item, outcome, stored)
            except ImageMatchError as err:
                self._give_up(item, err)
            else:
                self._add_to_batch(_SignedItem(item, outcome, stored, record))

    def _add_to_batch(self, signed: _SignedItem) -> None:
        if signed.record is None:
            del self._open[signed.item.id]
            self._unchanged()
            return
        self._batch.append(signed)
        self._batch_bytes += size_of(signed.record)
        self._held_bytes += signed.item.size_in_memory
        if (
            len(self._batch) >= MAX_BATCH_RECORDS
            or self._batch_bytes >= MAX_BATCH_BYTES
            or self._held_bytes >= HELD_BYTES
            or time.monotonic() - self._flushed_at >= FLUSH_SECONDS
        ):
            self.flush()

    def _unchanged(self) -> None:
        self.report.unchanged += 1
        self._progress(1)

    def _give_up(self, item: ResolvedItem, error: ImageMatchError) -> None:
        del self._open[item.id]
        if isinstance(error, NotAPicture | EmptyPicture) and _is_other_file(item.picture):
            self.report.skipped += 1
            self._progress(1)
        else:
            self._fail(item.item, error)

    def _fail(self, item: Item, error: ImageMatchError) -> None:
        _tell_refused(error)
        self.report.failed.append((item, error))
        self._progress(1)


def _tell_refused(error: ImageMatchError) -> None:
    ADDING.debug("refused: %s", error)
    count("adding.refused", reason=type(error).__name__)


def _is_other_file(picture: Source | Signature | PreparedPicture) -> bool:
    """Return whether it is a file whose name doesn't call it a picture, maybe found in a folder."""
    return isinstance(picture, LocalFile | BucketFile) and not has_picture_suffix(picture.path)
