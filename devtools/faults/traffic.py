"""Reads and writes that go on while something fails, each answer compared with what it must be."""

import random
import threading
import time
from collections.abc import Iterable
from functools import cache
from typing import Self

import numpy as np
from more_itertools import chunked

import imagematch_core as imagematch
from devtools.faults.tally import Tally
from imagematch_core import Index, Item, Signature

INDEX = "faults"
BATCH = 50
PATIENCE = 180.0
"""Seconds after which traffic that has not come back counts as wrong."""


def item(number: int) -> Item:
    """Return a picture that no other number's is near to."""
    return Item(signature(number), id=name(number))


def name(number: int) -> str:
    """Return the id of a number's picture."""
    return f"{number:08}"


def signature(number: int) -> Signature:
    """Return a signature of random bytes, always the same."""
    like = _any_signature()
    data = np.random.default_rng(number).integers(0, 256, len(like.data), np.uint8)
    return Signature(like.algorithm, data.tobytes(), like.detail)


@cache
def _any_signature() -> Signature:
    levels = np.random.default_rng(0).integers(0, 256, (12, 12), np.uint8)
    return imagematch.signature(levels.repeat(8, 0).repeat(8, 1))


def add(index: Index, numbers: Iterable[int], acknowledged: set[int], tally: Tally) -> None:
    """Add pictures, and note those of which nothing was said to have failed."""
    numbers = list(numbers)
    with tally.judged():
        failed = {one.id for one, _ in index.add_many(map(item, numbers), workers=1).failed}
        acknowledged |= {number for number in numbers if name(number) not in failed}


def check(url: str, acknowledged: set[int], tried: int, tally: Tally) -> None:
    """Look for what was acknowledged, and complete the set by the same call."""
    tally.acknowledged += len(acknowledged)
    with tally.judged(), imagematch.open(url, index=INDEX, timeout=60.0) as index:
        there = {entry.id: entry.signature for entry in index.entries()}
        kept = {number for number in acknowledged if there.get(name(number)) == signature(number)}
        tally.found += len(kept)
        for numbers in chunked(range(tried), 1_000):
            again = index.add_many(map(item, numbers), workers=1)
            tally.expect(not again.failed, f"can't be completed: {again.failed[:1]}")
        tally.expect(index.count() == tried, f"{index.count()} records in place of {tried}")
        for number in random.sample(sorted(acknowledged), min(20, len(acknowledged))):
            tally.expect(_ids(index, number) == [name(number)], f"{number} is not found")


class Traffic:
    """A thread that adds to one index, and others that search in it, through one `Index`.

    Args:
        url: of the database.
        tally: counts what comes of each call.
        timeout: seconds of a call.
        start: the number of the first picture that is added.

    Attributes:
        acknowledged: the numbers of pictures that were said to be stored.
        tried: the number after that of the last picture that was added.
    """

    def __init__(self, url: str, tally: Tally, timeout: float = 5.0, start: int = 0) -> None:
        self.acknowledged: set[int] = set()
        self.tried = start
        self._tally = tally
        self._searched = 0
        self._stop = threading.Event()
        self._index = imagematch.open(url, index=INDEX, timeout=timeout)
        self._threads = [threading.Thread(target=self._write)]
        self._threads += [threading.Thread(target=self._search) for _ in range(2)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        self.recovers()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        with self._tally.judged():
            self._index.close()

    def recovers(self) -> None:
        """Wait until writes and searches succeed again."""
        written, searched = len(self.acknowledged), self._searched
        until = time.monotonic() + PATIENCE
        while len(self.acknowledged) == written or self._searched == searched:
            if time.monotonic() > until:
                self._tally.expect(False, f"nothing goes on after {PATIENCE:.0f} s")
                return
            time.sleep(0.05)

    def _write(self) -> None:
        while not self._stop.is_set():
            numbers = range(self.tried, self.tried + BATCH)
            add(self._index, numbers, self.acknowledged, self._tally)
            self.tried += BATCH

    def _search(self) -> None:
        while not self._stop.is_set():
            if not (known := list(self.acknowledged.copy())):
                time.sleep(0.01)
                continue
            number = random.choice(known)
            with self._tally.judged():
                found = _ids(self._index, number)
                self._tally.expect(found == [name(number)], f"{number}: found {found}")
                self._searched += 1


def _ids(index: Index, number: int) -> list[str]:
    return [hit.id for hit in index.search(signature(number))]
