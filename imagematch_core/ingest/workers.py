"""One function over many jobs, in order, in worker processes that may die."""

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from more_itertools import constrained_batches

if TYPE_CHECKING:
    import loky

Job = TypeVar("Job")
Result = TypeVar("Result")

FEW_JOBS = 16
JOBS_PER_CALL = 8
BYTES_PER_CALL = 8 << 20
CALLS_PER_PROCESS = 3
ORPHAN_SECONDS = 1.0


class Died(Exception):
    """The worker process died while it ran this job."""


def run(
    function: Callable[[Job], Result],
    jobs: Iterable[Job],
    *,
    processes: int | None,
    weight: Callable[[Job], int],
) -> Generator[tuple[Job, Result | Died]]:
    """Yield each job with its result, in the order of the jobs.

    Jobs are taken from the iterable only as fast as they are done, so it may be endless.
    A job that kills its process gets `Died`; the others are not affected.

    Args:
        function: importable by name, with a result that can be pickled; it does not raise.
        jobs: things that can be pickled.
        processes: how many. 1 runs everything in this process, which a job can then kill; None
            does that for a handful of jobs, and takes a process for each core beyond.
        weight: bytes that a job takes in memory, to bound what is under way.
    """
    jobs = iter(jobs)
    if processes is None:
        few = list(islice(jobs, FEW_JOBS))
        processes = 1 if len(few) < FEW_JOBS else _cores()
        jobs = chain(few, jobs)
    if processes == 1:
        return ((job, function(job)) for job in jobs)
    return _Pool(function, processes).run(
        constrained_batches(jobs, BYTES_PER_CALL, JOBS_PER_CALL, get_len=weight, strict=False)
    )


class _Pool(Generic[Job, Result]):
    def __init__(self, function: Callable[[Job], Result], processes: int) -> None:
        self._function = function
        self._processes = processes
        self._executor: loky.ProcessPoolExecutor | None = None

    def run(self, batches: Iterable[Sequence[Job]]) -> Generator[tuple[Job, Result | Died]]:
        under_way: deque[tuple[Sequence[Job], Future[list[Result]]]] = deque()
        try:
            for batch in batches:
                under_way.append((batch, self._submit(batch)))
                if len(under_way) >= CALLS_PER_PROCESS * self._processes:
                    yield from self._next(under_way)
            while under_way:
                yield from self._next(under_way)
        finally:
            self._stop()

    def _next(
        self, under_way: deque[tuple[Sequence[Job], Future[list[Result]]]]
    ) -> Iterator[tuple[Job, Result | Died]]:
        batch, future = under_way.popleft()
        try:
            yield from zip(batch, future.result(), strict=True)
        except BrokenProcessPool:
            # Which of the jobs under way killed its process is not known: find out one by one.
            self._stop()
            yield from self._one_by_one(batch)
            for _ in range(len(under_way)):
                other, lost = under_way.popleft()
                with suppress(BrokenProcessPool):
                    yield from zip(other, lost.result(), strict=True)
                    continue
                yield from self._one_by_one(other)

    def _one_by_one(self, batch: Sequence[Job]) -> Iterator[tuple[Job, Result | Died]]:
        for job in batch:
            try:
                yield job, self._submit([job]).result()[0]
            except BrokenProcessPool as err:
                self._stop()
                died = Died()
                died.__cause__ = err
                yield job, died

    def _submit(self, batch: Sequence[Job]) -> Future[list[Result]]:
        # It takes a third of the time to import the whole package.
        from multiprocessing import resource_tracker  # noqa: PLC0415

        import loky  # noqa: PLC0415

        if self._executor is None:
            # Starting it lets interrupts through again, so it must not happen further down.
            resource_tracker.ensure_running()
            self._executor = loky.ProcessPoolExecutor(self._processes, initializer=_start_worker)
        try:
            with _interrupts_held_back():
                future: Future[list[Result]] = self._executor.submit(
                    _run_batch, self._function, batch
                )
        except BrokenProcessPool as err:
            # Broken since the last submit: this batch fails as those before it will.
            future = Future()
            future.set_exception(err)
        return future

    def _stop(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, kill_workers=True)
            self._executor = None


def _cores() -> int:
    import loky  # noqa: PLC0415 - as above

    cores: int = loky.cpu_count()  # those that this process may use
    return cores


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Keep Ctrl-C from processes that are started inside, from their first moment on.

    It reaches the whole process group, but only the parent decides what it means.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker() -> None:
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process when its parent was killed, and so could not end it."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_SECONDS)
    os._exit(1)


def _run_batch(function: Callable[[Any], Any], batch: Sequence[Any]) -> list[Any]:
    return [function(job) for job in batch]
