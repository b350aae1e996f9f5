"""What a command takes: time and memory, of itself and of all processes that it starts."""

import resource
import subprocess
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

INTERVAL = 0.1
"""Seconds between two looks at the memory."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took.

    Attributes:
        seconds: on the clock.
        cpu: seconds of all processors together.
        memory: MB of all its processes together at their peak; pages they share count once.
    """

    seconds: float
    cpu: float
    memory: float


class CommandFailed(Exception):
    """A command ended with another status than it may."""


def run(command: Sequence[str], output: Path, statuses: Collection[int] = (0,)) -> Cost:
    """Run a command, its standard output into a file.

    Raises:
        CommandFailed: with the end of what it wrote to standard error.
    """
    errors = output.with_suffix(".err")
    cpu = cpu_seconds()
    start = time.perf_counter()
    with output.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _memory(process.pid))
        with suppress(subprocess.TimeoutExpired):
            process.wait(INTERVAL)
    seconds = time.perf_counter() - start
    if process.returncode not in statuses:
        said = errors.read_text(encoding="utf-8", errors="replace")
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}: {said[-2000:]}")
    return Cost(seconds, cpu_seconds() - cpu, peak)


def cpu_seconds() -> float:
    """Of all processes that this one has waited for: the same on a busy machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _memory(pid: int) -> float:
    total = 0
    with suppress(psutil.Error):
        started = psutil.Process(pid)
        for process in (started, *started.children(recursive=True)):
            with suppress(psutil.Error):
                total += process.memory_full_info().pss
    return total / 1e6
