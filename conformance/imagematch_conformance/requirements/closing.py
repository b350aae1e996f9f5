"""`close`, and what is left open."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from imagematch_core.protocol import Closed, Driver, Query

from ..bench import Bench, everything, ids_found, put, settled, stored, together
from ..records import INFO, numbered, record
from ..requirement import requirement
from ..timing import Late
from .fixtures import Fixtures

CALLS: dict[str, Callable[[Driver], object]] = {
    "info": lambda driver: driver.info(),
    "create": lambda driver: driver.create(INFO),
    "put": lambda driver: driver.put([record("a")]),
    "delete": lambda driver: driver.delete(["a"]),
    "get": lambda driver: driver.get(["a"]),
    "candidates": lambda driver: driver.candidates([Query((1,))]),
    "scan": lambda driver: driver.scan(None, 10),
    "count": lambda driver: driver.count(),
    "refresh": lambda driver: driver.refresh(),
    "server_version": lambda driver: driver.server_version(),
    "drop": lambda driver: driver.drop(),
}
"""Each method of a driver, called as it is allowed to be on any index."""

OPEN_FILES = Path("/dev/fd")


class Closing(Fixtures):
    """`close`, by itself and during other calls."""

    @requirement("CLOSE-001", fix="Remember that 'close' was called, and check it in each method.")
    @pytest.mark.parametrize("name", CALLS)
    def test_closed_is_closed(self, bench: Bench, name: str) -> None:
        """After `close`, which may be called again, every method raises Closed."""
        driver = bench.empty()
        driver.close()
        driver.close()
        with pytest.raises(Closed):
            CALLS[name](driver)
        driver.close()

    @requirement("CLOSE-002", fix="Instances share nothing that the first 'close' takes away.")
    def test_closing_one_leaves_the_others(self, bench: Bench, index: Driver) -> None:
        """Closing an instance changes nothing for others of the same index, nor what is stored."""
        other, third = bench.connect(), bench.connect()
        put(index, numbered(3))
        index.close()
        put(other, [record("z")])
        third.close()
        assert ids_found(other, [1]) == ["n000000", "n000001", "n000002", "z"]
        assert everything(bench.connect()) == stored([*numbered(3), record("z")])

    @requirement("CLOSE-003", fix="Wait for calls in flight, or let them end with an error.")
    def test_closing_during_calls(self, bench: Bench, index: Driver) -> None:
        """Calls that are in flight when another thread closes the instance end: with their result
        or with an error. Nothing hangs, and what was acknowledged is there."""
        put(index, numbered(200))
        for turn in range(5):
            some = _use_until_closed(bench.connect(), f"w{turn}-")[-1_000:]
            assert [one.id for one in index.get(some)] == some

    @requirement("CLOSE-004", fix="Close connections, cursors, files and threads in 'close'.")
    def test_nothing_is_left_open(self, bench: Bench) -> None:
        """Opening, using and closing instances leaves no thread, file or socket behind."""

        def use() -> None:
            for _ in range(3):
                driver = bench.empty()
                other = bench.connect()
                put(driver, numbered(20))
                together(partial(ids_found, driver, [1]), partial(everything, driver), other.count)
                bench.close()

        use()  # what clients open once for the process stays
        threads, files = settled(threading.active_count, 0, 1), settled(_open_files, 0, 0)
        use()
        use()
        for what, measure, before in (
            ("threads", threading.active_count, threads),
            ("files and sockets", _open_files, files),
        ):
            if (left := settled(measure, before)) > before:
                raise Late(f"{left} {what} are open, {before} were before")


def _use_until_closed(driver: Driver, prefix: str) -> list[str]:
    """Close an instance while four threads use it; return the ids of acknowledged writes."""
    acknowledged: list[str] = []
    ready = threading.Event()

    def write() -> None:
        name = f"{prefix}{len(acknowledged):05}"
        driver.put([record(name)])
        acknowledged.append(name)

    def use(call: Callable[[], object]) -> None:
        # Until it raises Closed, or what the client says of its closed connection.
        with suppress(Exception):
            while True:
                call()
                ready.set()

    def close() -> None:
        ready.wait(10)
        driver.close()

    together(
        partial(use, write),
        partial(use, lambda: driver.candidates([Query((1,))])),
        partial(use, lambda: driver.get(["n000007"])),
        partial(use, lambda: driver.scan(None, 100)),
        close,
    )
    with pytest.raises(Closed):
        driver.count()
    return acknowledged


def _open_files() -> int:
    return len(os.listdir(OPEN_FILES)) if OPEN_FILES.exists() else 0
