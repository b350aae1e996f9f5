"""Our own processes that are killed: one that adds, and workers that sign."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil
from PIL import Image

import imagematch_core as imagematch
from devtools.faults.tally import Tally
from devtools.faults.traffic import BATCH, INDEX, add, check

PICTURES = 30


def run(*, short: bool) -> Iterator[Tally]:
    """Yield a row for writers, and one for workers."""
    with TemporaryDirectory() as folder:
        yield _writers(Path(folder), 3 if short else 30)
        yield _workers(Path(folder), 1 if short else 8)


def _writers(folder: Path, times: int) -> Tally:
    tally = Tally("sqlite: kill -9 of the process that adds")
    url = f"sqlite:///{folder}/killed.db"
    imagematch.open(url, index=INDEX).close()
    acknowledged: set[int] = set()
    tried = 0
    for _ in range(times):
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            _add_without_end(url, tried, writer)
        os.close(writer)
        with os.fdopen(reader) as told:
            first = told.readline()
            time.sleep(random.uniform(0, 0.3))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            for line in [first, *told]:
                acknowledged |= set(range(int(line), int(line) + BATCH))
        tally.tried += 1
        tried = max(acknowledged) + 1 + BATCH  # one more may have been written
    check(url, acknowledged, tried, tally)
    return tally


def _add_without_end(url: str, start: int, writer: int) -> None:
    try:
        with imagematch.open(url, index=INDEX) as index:
            while True:
                known: set[int] = set()
                add(index, range(start, start + BATCH), known, Tally(""))
                if len(known) == BATCH:
                    os.write(writer, f"{start}\n".encode())
                start += BATCH
    finally:
        os._exit(1)


def _workers(folder: Path, times: int) -> Tally:
    tally = Tally("workers that sign: kill -9 of one after the other")
    files = [folder / f"{number}.png" for number in range(PICTURES)]
    for number, file in enumerate(files):
        levels = np.random.default_rng(number).integers(0, 256, (8, 8), np.uint8)
        Image.fromarray(levels).resize((700, 700), Image.Resampling.BICUBIC).save(file)
    for _ in range(times):
        with imagematch.open("memory://") as index, tally.judged():
            over = threading.Event()
            killer = threading.Thread(target=_kill_workers, args=(over, tally))
            killer.start()
            try:
                report = index.add_many(files, workers=2)
            finally:
                over.set()
                killer.join()
            tally.acknowledged += report.added
            tally.found += index.count()
            tally.expect(report.added + len(report.failed) == PICTURES, f"untold: {report}")
            for _, err in report.failed:
                tally.expect(isinstance(err, imagematch.WorkerDied), repr(err))
            again = index.add_many(files, workers=1)
            tally.expect(again.added == len(report.failed), f"not completed: {again}")
    return tally


def _kill_workers(over: threading.Event, tally: Tally) -> None:
    while not over.wait(random.uniform(0.1, 0.4)):
        workers = [
            process
            for process in psutil.Process().children(recursive=True)
            if any("popen_loky" in word for word in _command(process))
        ]
        if workers:
            with suppress(psutil.NoSuchProcess):
                random.choice(workers).kill()
                tally.tried += 1
        if tally.tried % 3 == 2:
            return


def _command(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return process.cmdline()
    return []
