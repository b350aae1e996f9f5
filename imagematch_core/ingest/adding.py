"""Many pictures into an index: what is new is signed, what is signed is written in batches."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field

from more_itertools import peekable

from ..errors import (
    EmptyPicture,
    ErrorKind,
    ImageMatchError,
    NotAPicture,
    PictureError,
    StorageError,
    WorkerDied,
)
from ..model import Signature
from ..protocol.values import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, Record
from ..sources import Source
from ..sources.folders import has_picture_suffix
from ..sources.naming import describe, is_url
from ..sources.remote_file import RemoteFile
from ..store import Store, size_of
from . import workers
from .items import Item, Task, held_bytes
from .recording import Recorder, Work
from .signing import Job, Signed, Unchanged, sign

LOOK_UP_TASKS = 256
LOOK_UP_SECONDS = 0.5
FLUSH_SECONDS = 5.0
HELD_BYTES = 64 << 20
"""Of pictures that are held in memory, until what has been read is signed and written."""

Progress = Callable[[int], object]


@dataclass(slots=True)
class AddReport:
    """What came of adding many pictures.

    Attributes:
        added: signed and stored: new ones, and ones that have changed.
        updated: the picture is the same; its path or metadata were stored anew.
        unchanged: there already, exactly so.
        skipped: files that neither their name nor their first bytes call pictures.
        failed: each source that could not be added, with the error.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: list[tuple[Source | Signature, ImageMatchError]] = field(default_factory=list)


def add_one(store: Store, recorder: Recorder, item: Item) -> str:
    """Add one picture in this process; return its id.

    Raises:
        PictureError: it can't be used.
        ItemError: its id, path or metadata can't be stored.
        StorageError: the database failed.
    """
    task = recorder.resolve(item)
    step = recorder.compare(task, next(iter(store.get([task.id])), None))
    if isinstance(step, Work):
        result = sign(step.job)
        if isinstance(result, PictureError):
            raise result
        step = recorder.finish(step, result)
    if step is not None:
        for failure in store.put(recorder.indexed([step])).values():
            raise _not_stored(task, failure.kind, failure.reason)
    return task.id


def add_many(
    store: Store,
    recorder: Recorder,
    sources: Iterable[Source | Signature | Item],
    *,
    processes: int | None = None,
    progress: Progress | None = None,
) -> AddReport:
    """Add any number of pictures, in memory that does not grow with it.

    What was written stays, also when it is interrupted: run again, it goes on.

    Args:
        store: created, and holding signatures of the recorder's algorithm.
        recorder: decides what is written.
        sources: may be endless; of several with one id the last wins.
        processes: see `workers.run`.
        progress: called with the number of sources that are done since the last call.

    Raises:
        StorageError: the database failed.
    """
    with ExitStack() as loading:
        run = _Run(store, recorder, progress or (lambda _: None), loading)
        try:
            run.take(sources, processes)
        except StorageError as err:
            err.add_note(f"{run.report.added} pictures were stored; run it again to go on")
            raise
        except BaseException:
            # Ctrl-C, or an iterable that fails: keep what has been signed so far.
            with suppress(StorageError):
                run.flush()
            raise
    return run.report


class _Run:
    """The flow of one `add_many`: resolve, look up, sign, write."""

    def __init__(
        self, store: Store, recorder: Recorder, progress: Progress, loading: ExitStack
    ) -> None:
        self.report = AddReport()
        self._store = store
        self._recorder = recorder
        self._progress = progress
        self._loading = loading
        self._flushed = False
        self._open: dict[str, Task] = {}  # by id: looked up, neither written nor given up yet
        self._signing: deque[Work] = deque()
        self._batch: list[tuple[Record, bool]] = []  # and whether the picture was signed for it
        self._batch_bytes = 0
        self._held_bytes = 0  # of the sources in the batch
        self._flushed_at = time.monotonic()

    def take(self, sources: Iterable[Source | Signature | Item], processes: int | None) -> None:
        tasks = peekable(self._resolved(sources))
        while tasks:
            jobs = self._jobs(tasks)
            with closing(
                workers.run(
                    sign, jobs, processes=processes, weight=lambda job: held_bytes(job.source)
                )
            ) as results:
                for _, result in results:
                    self._finish(self._signing.popleft(), result)
            self.flush()

    def flush(self) -> None:
        """Write what has been signed.

        Raises:
            StorageError: the database took some or none of it.
        """
        # A single picture is not worth the question.
        if not self._flushed and len(self._batch) > 1 and self._store.is_empty():
            self._loading.enter_context(self._store.loading())
        batch, self._batch = self._batch, []
        self._flushed = True
        self._batch_bytes = self._held_bytes = 0
        self._flushed_at = time.monotonic()
        failures = self._store.put(self._recorder.indexed([record for record, _ in batch]))
        for record, signed in batch:
            task = self._open.pop(record.id)
            failure = failures.get(record.id)
            if failure is None:
                self.report.added += signed
                self.report.updated += not signed
                self._progress(1)
            else:
                self._fail(task.source, _not_stored(task, failure.kind, failure.reason))
        for failure in failures.values():
            if failure.kind is not ErrorKind.BAD_REQUEST:
                # It is not the record's fault: it would be the same with all that follow.
                raise StorageError(failure.kind, failure.reason)

    def _resolved(self, sources: Iterable[Source | Signature | Item]) -> Iterator[Task]:
        for source in sources:
            item = source if isinstance(source, Item) else Item(source)
            try:
                task = self._recorder.resolve(item)
            except ImageMatchError as err:
                self._fail(item.source, err)
            else:
                yield task

    def _jobs(self, tasks: "peekable[Task]") -> Iterator[Job]:
        """Look tasks up and yield what must be signed.

        Ends before a task that meets an unwritten one under its id, so that the two are stored
        in their order.
        """
        while chunk := self._chunk(tasks):
            stored = {found.id: found for found in self._store.get(task.id for task in chunk)}
            for task in chunk:
                try:
                    step = self._recorder.compare(task, stored.get(task.id))
                except ImageMatchError as err:
                    self._give_up(task, err)
                    continue
                if isinstance(step, Work):
                    self._signing.append(step)
                    yield step.job
                else:
                    self._write(task, step, signed=isinstance(task.picture, Signature))

    def _chunk(self, tasks: "peekable[Task]") -> list[Task]:
        chunk: list[Task] = []
        held = 0
        until = time.monotonic() + LOOK_UP_SECONDS
        while len(chunk) < LOOK_UP_TASKS and held < HELD_BYTES and time.monotonic() < until:
            task = tasks.peek(None)
            before = task and self._open.get(task.id)
            if task is None or (before and not task.same_as(before)):
                break
            next(tasks)
            if before:
                self._unchanged()
            else:
                self._open[task.id] = task
                held += held_bytes(task.picture)
                chunk.append(task)
        return chunk

    def _finish(self, work: Work, result: Signed | Unchanged | PictureError | workers.Died) -> None:
        task = work.task
        if isinstance(result, workers.Died):
            reason = "it killed the process that decoded it, and was left out"
            self._give_up(task, WorkerDied(describe(task.source), reason))
        elif isinstance(result, PictureError):
            self._give_up(task, result)
        else:
            try:
                record = self._recorder.finish(work, result)
            except ImageMatchError as err:
                self._give_up(task, err)
            else:
                self._write(task, record, signed=isinstance(result, Signed))

    def _write(self, task: Task, record: Record | None, *, signed: bool) -> None:
        if record is None:
            del self._open[task.id]
            self._unchanged()
            return
        self._batch.append((record, signed))
        self._batch_bytes += size_of(record)
        self._held_bytes += held_bytes(task.picture)
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

    def _give_up(self, task: Task, error: ImageMatchError) -> None:
        del self._open[task.id]
        if isinstance(error, NotAPicture | EmptyPicture) and _is_other_file(task.source):
            self.report.skipped += 1
            self._progress(1)
        else:
            self._fail(task.source, error)

    def _fail(self, source: Source | Signature, error: ImageMatchError) -> None:
        self.report.failed.append((source, error))
        self._progress(1)


def _not_stored(task: Task, kind: ErrorKind, reason: str) -> StorageError:
    return StorageError(kind, f"{describe(task.source)} was not stored: {reason}")


def _is_other_file(source: Source | Signature) -> bool:
    """Whether it is a file, found in a folder maybe, whose name doesn't call it a picture."""
    if isinstance(source, RemoteFile):
        return not has_picture_suffix(source.url)
    if not isinstance(source, str | os.PathLike) or is_url(source):
        return False
    return not has_picture_suffix(source)
