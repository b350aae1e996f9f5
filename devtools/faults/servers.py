"""Servers that are killed, or fall silent, under reads and writes."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress

from devtools.faults.tally import Tally
from devtools.faults.traffic import Traffic, check
from devtools.servers import LocalServer, private

TIMES = {"postgresql": 4, "mongodb": 4, "elasticsearch": 2}
SILENCE = 7.0
"""Seconds, more than a call has."""


def run(*, short: bool) -> Iterator[Tally]:
    """Yield a row for each server."""
    for name, times in TIMES.items():
        yield _run(name, 1 if short else times)


def _run(name: str, times: int) -> Tally:
    tally = Tally(f"{name}: kill -9 and silence of {SILENCE:.0f} s, in turn")
    with private(name) as server:
        with Traffic(server.url, tally) as traffic:
            for turn in range(times):
                for fault in (_kill, _silence):
                    time.sleep(0.3 * turn)
                    fault(server)
                    tally.tried += 1
                    traffic.recovers()
        check(server.url, traffic.acknowledged, traffic.tried, tally)
    return tally


def _kill(server: LocalServer) -> None:
    server.kill()
    server.restart()


def _silence(server: LocalServer) -> None:
    pids = server.pids
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for pid in pids:
            with suppress(ProcessLookupError):  # PostgreSQL has a process for each connection
                os.kill(pid, number)
        if number == signal.SIGSTOP:
            time.sleep(SILENCE)
