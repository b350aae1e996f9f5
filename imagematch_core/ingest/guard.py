"""Ends a worker process over a picture that costs more than its limits."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..sources.limits import Limits

ENDED_BY = "SIGPROF"
"""The signal that ends a process whose time is up."""
_GRACE = 1.0
"""Seconds more, in which a decoder that reads on raises a better error."""

_may_end = False


def allow() -> None:
    """Say that this process is a worker: another one does what it leaves undone."""
    global _may_end  # noqa: PLW0603 - it is of the whole process
    _may_end = True


@contextmanager
def guarded(limits: Limits) -> Iterator[None]:
    """Bound what the block takes in a worker process; elsewhere do nothing.

    The system ends the process after `limits.max_decoding_seconds` of processor time, wherever
    a decoder is, and, on Linux, gives it no more than `limits.max_memory`. Windows has neither.
    """
    if not _may_end:
        yield
        return
    with _memory(limits.max_memory), _time(limits.max_decoding_seconds + _GRACE):
        yield


@contextmanager
def _time(seconds: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


@contextmanager
def _memory(most: int) -> Iterator[None]:
    taken = _taken()
    if taken is None:
        yield
        return
    import resource  # noqa: PLC0415 - not on Windows

    before = resource.getrlimit(resource.RLIMIT_DATA)
    hard = before[1]
    wanted = taken + most
    with suppress(ValueError, OSError):
        resource.setrlimit(
            resource.RLIMIT_DATA,
            (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard),
        )
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _taken() -> int | None:
    """Return the bytes of this process's data; None where the system doesn't count them."""
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        line = next(line for line in lines if line.startswith("VmData:"))
        return int(line.split()[1]) * 1024
    return None
