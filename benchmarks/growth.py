"""What must not grow faster than the index: scanning it, its duplicates, one large group.

    python -m benchmarks.growth

Each is done in SQLite at 1, 2, 4 and 8 times a size. Seconds are those of this process's processor,
so that other work on the machine doesn't count.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import numpy as np

import imagematch_core as imagematch
from imagematch_core import Index, Item, Signature

from .crowd import endless
from .report import table, write

TIMES = (1, 2, 4, 8)
NOISE = 2
"""Grey levels by which the pictures of a group differ in each block."""


def frames() -> Iterator[Signature]:
    """Yield signatures of pictures that are nearly equal, as those of a film, without end."""
    first = next(endless())
    means = np.frombuffer(first.data, np.uint8).astype(int)
    random = np.random.default_rng(1)
    while True:
        noise = random.integers(-NOISE, NOISE + 1, len(means))
        data = np.clip(means + noise, 0, 255).astype(np.uint8).tobytes()
        yield Signature(first.algorithm, data, first.detail)


def scan(index: Index) -> None:
    assert sum(1 for _ in index.entries()) == index.count()


def duplicates(index: Index) -> None:
    index.duplicates()


def one_group(index: Index) -> None:
    (group,) = index.duplicates()
    assert len(group.members) == index.count()


WORK: dict[str, tuple[int, Callable[[], Iterator[Signature]], Callable[[Index], None]]] = {
    "all entries, one after the other": (5_000, endless, scan),
    "`duplicates()` of different pictures": (100, endless, duplicates),
    "`duplicates()` of pictures of one group": (50, frames, one_group),
}
"""The smallest size, the pictures, and what is timed."""


def main() -> None:
    rows = []
    for name, (size, make, work) in WORK.items():
        seconds = [_seconds(size * times, make(), work) for times in TIMES]
        growth = np.polyfit(np.log(TIMES), np.log(seconds), 1)[0]
        rows.append([name, f"{size:,}", *(f"{one:.2f}" for one in seconds), f"{growth:.2f}"])
        print(*rows[-1], sep="  ", flush=True)
    write(
        "growth",
        "What an index takes that is 2, 4 and 8 times as large",
        [
            "Seconds of a processor, in SQLite. The exponent is that of the size to which the time "
            "is proportional: 1 where twice the size takes twice the time.",
            table(["", "pictures", *(f"× {times}, s" for times in TIMES), "exponent"], rows),
        ],
    )


def _seconds(count: int, signatures: Iterable[Signature], work: Callable[[Index], None]) -> float:
    with (
        tempfile.TemporaryDirectory() as folder,
        imagematch.open(f"sqlite:///{folder}/growth.db") as index,
    ):
        items = enumerate(islice(signatures, count))
        index.add_many(Item(one, id=f"{number:07}") for number, one in items)
        start = time.process_time()
        work(index)
        return time.process_time() - start


if __name__ == "__main__":
    main()
