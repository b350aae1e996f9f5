"""Kill servers while records are added, again and again, and see whether any is lost.

    python -m devtools.kills [--times N] [NAME…]

Without names: one server of each kind. Exit status 0 means that every record that was
acknowledged was there after each restart, and that adding all again completed the set.
"""

import argparse
import os
import sys
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
from more_itertools import chunked, ilen

import imagematch_core as imagematch
from devtools.servers import LocalServer, private
from imagematch_core import ImageMatchError, Index, Item

NAMES = ("postgresql", "mongodb", "elasticsearch")
BATCH = 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("names", nargs="*", default=NAMES)
    arguments = parser.parse_args()
    kept = [_try(name, arguments.times) for name in arguments.names]
    return 0 if all(kept) else 1


def _try(name: str, times: int) -> bool:
    acknowledged: set[str] = set()
    lost: set[str] = set()
    with private(name) as server:
        imagematch.open(server.url).close()
        for turn in range(times):
            _add_until_killed(server, acknowledged, seconds=0.5 + turn / 5)
            server.restart()
            with imagematch.open(server.url) as index:
                lost |= acknowledged - {entry.id for entry in index.entries()}
        with imagematch.open(server.url) as index:
            again = index.add_many(_items(len(acknowledged)))
            whole = not again.failed and index.count() == ilen(index.entries())
    print(
        f"{name}: killed {times} times, {len(acknowledged):,} records acknowledged, "
        f"{len(lost)} lost, {again.unchanged:,} there and {again.added:,} completed at the end",
        flush=True,
    )
    return whole and not lost


def _add_until_killed(server: LocalServer, acknowledged: set[str], seconds: float) -> None:
    began = threading.Event()

    def add() -> None:
        try:
            with imagematch.open(server.url, timeout=5.0) as index:
                for batch in chunked(_items(start=len(acknowledged)), BATCH):
                    _acknowledge(index, batch, acknowledged)
                    began.set()
        except ImageMatchError:
            began.set()  # it is dead

    writer = threading.Thread(target=add)
    writer.start()
    began.wait()
    time.sleep(seconds)
    server.kill()
    writer.join()


def _acknowledge(index: Index, batch: list[Item], acknowledged: set[str]) -> None:
    report = index.add_many(batch, workers=1)
    if report.failed:
        raise report.failed[0][1]
    acknowledged |= {str(item.id) for item in batch}


def _items(stop: int | None = None, start: int = 0) -> Iterator[Item]:
    """Pictures that differ, without end unless `stop` is one."""
    for number in count(start) if stop is None else range(start, stop):
        pixels = np.random.default_rng(number).integers(0, 256, (12, 12), dtype=np.uint8)
        yield Item(pixels.repeat(8, 0).repeat(8, 1), id=f"{number:08}")


if __name__ == "__main__":
    os.chdir(Path(__file__).parent.parent)
    sys.exit(main())
