"""One function over many jobs, in order, in worker processes that may die, here or elsewhere."""

import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from more_itertools import constrained_batches

from ..errors import ArgumentError
from ..sources.pillow_settings import PillowSettings
from ..telemetry import ADDING, count
from . import guard

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

    @property
    def is_out_of_time(self) -> bool:
        """Whether the guard ended it."""
        return guard.ENDED_BY in str(self.__cause__)


class _NoProcesses(Exception):
    """No worker process can be started."""


def run(
    function: Callable[[Job], Result],
    jobs: Iterable[Job],
    *,
    processes: int | None,
    weight: Callable[[Job], int],
    executor: Executor | None = None,
) -> Generator[tuple[Job, Result | Died]]:
    """Yield each job with its result, in the order of the jobs.

    Jobs are taken from the iterable only as fast as they are done, so it may be endless.
    A job that kills its process gets `Died`; the others are not affected. What can't be done in
    another process is done in this one: all jobs where the system lets none be started, as in a
    daemonic process or without shared memory, and single ones that can't be handed over.

    Args:
        function: importable by name, with a result that can be pickled; it does not raise.
        jobs: may be endless.
        processes: how many. 1 runs everything in this process, which a job can then kill; None
            does that for a handful of jobs, and takes a process for each core beyond.
        weight: bytes that a job takes in memory, to bound what is under way.
        executor: runs the jobs in place of processes of ours, and stays its owner's; `processes`
            says how many jobs it does at a time.

    Raises:
        ArgumentError: the executor takes no more jobs.
    """
    jobs = iter(jobs)
    if executor is not None:
        processes = processes or getattr(executor, "_max_workers", None) or _cores()
    elif processes is None:
        few = list(islice(jobs, FEW_JOBS))
        processes = 1 if len(few) < FEW_JOBS else _cores()
        jobs = chain(few, jobs)
    if processes == 1 and executor is None:
        return ((job, function(job)) for job in jobs)
    return _Pool(function, processes, executor).run(
        constrained_batches(jobs, BYTES_PER_CALL, JOBS_PER_CALL, get_len=weight, strict=False)
    )


@dataclass(slots=True)
class _Pool(Generic[Job, Result]):
    _function: Callable[[Job], Result]
    _processes: int
    _given: Executor | None
    _executor: "loky.ProcessPoolExecutor | None" = None

    def run(self, batches: Iterable[Sequence[Job]]) -> Generator[tuple[Job, Result | Died]]:
        under_way: deque[tuple[Sequence[Job], Future[list[Result]]]] = deque()
        batches = iter(batches)
        try:
            for batch in batches:
                try:
                    under_way.append((batch, self._submit(batch)))
                except _NoProcesses as err:
                    ADDING.warning("no other processes can be started, this one does all: %s", err)
                    while under_way:
                        yield from self._next(under_way)
                    for job in chain(batch, chain.from_iterable(batches)):
                        yield job, self._function(job)
                    return
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
            yield from zip(batch, self._results(batch, future), strict=True)
        except BrokenProcessPool:
            # Which of the jobs under way killed its process is not known: find out one by one.
            ADDING.warning("a worker process died; what it had is tried again, one by one")
            count("adding.dead_workers")
            self._stop()
            yield from self._one_by_one(batch)
            for _ in range(len(under_way)):
                other, lost = under_way.popleft()
                with suppress(BrokenProcessPool):
                    yield from zip(other, self._results(other, lost), strict=True)
                    continue
                yield from self._one_by_one(other)

    def _one_by_one(self, batch: Sequence[Job]) -> Iterator[tuple[Job, Result | Died]]:
        for job in batch:
            try:
                yield job, self._results([job], self._submit([job]))[0]
            except (BrokenProcessPool, _NoProcesses) as err:
                self._stop()
                died = Died()
                died.__cause__ = err
                yield job, died

    def _results(self, batch: Sequence[Job], future: Future[list[Result]]) -> list[Result]:
        try:
            return future.result()
        except Exception as err:
            # Dask says in a class of its own that the process ended.
            if isinstance(err, BrokenExecutor) or type(err).__name__ == "KilledWorker":
                raise BrokenProcessPool(str(err)) from err
            # The function raises nothing, so it was not handed over.
            ADDING.warning("a batch is done in this process, which another one refused: %r", err)
            return [self._function(job) for job in batch]

    def _submit(self, batch: Sequence[Job]) -> Future[list[Result]]:
        import cloudpickle  # noqa: PLC0415 - as below

        future: Future[list[Result]] = Future()
        try:
            # Here rather than in loky, which ends the workers over what they can't unpickle.
            call = cloudpickle.dumps((PillowSettings.current(), self._function, batch))
            if self._given is not None:
                return _submitted(self._given, call)
        except ArgumentError:
            raise
        except Exception as err:  # noqa: BLE001 - objects raise what they like
            future.set_exception(err)
            return future
        # It takes a third of the time to import the whole package.
        from multiprocessing import resource_tracker  # noqa: PLC0415

        import loky  # noqa: PLC0415

        try:
            if self._executor is None:
                # Starting it lets interrupts through again, so it must not happen further down.
                resource_tracker.ensure_running()
                self._executor = loky.ProcessPoolExecutor(
                    self._processes, initializer=_start_worker
                )
            with _interrupts_held_back():
                future = self._executor.submit(_run_batch, call)
        except BrokenProcessPool as err:
            # Broken since the last submit: this batch fails as those before it will.
            future.set_exception(err)
        except (AssertionError, OSError, RuntimeError) as err:
            # Daemonic processes may have no children; semaphores need shared memory.
            raise _NoProcesses(str(err)) from err
        return future

    def _stop(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, kill_workers=True)
            self._executor = None


def _submitted(executor: Executor, call: bytes) -> Future[list[Any]]:
    try:
        return executor.submit(_run_batch, call)
    except RuntimeError as err:  # broken, or shut down
        raise ArgumentError(
            f"the executor takes no more pictures ({err}); what was stored stays: run it again "
            "with a new one, or without executor=, where a picture that kills its process is "
            "named"
        ) from err


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
    guard.allow()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process when its parent was killed, and so could not end it."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_SECONDS)
    os._exit(1)


def _run_batch(call: bytes) -> list[Any]:
    settings, function, batch = pickle.loads(call)  # noqa: S301 - our own parent wrote it
    settings.apply()
    return [function(job) for job in batch]
