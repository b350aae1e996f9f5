"""Calls that never end, and calls that are late."""

import threading
import time

import pytest
from imagematch_core.drivers.memory import MemoryDriver

from imagematch_conformance import timing, watching
from imagematch_conformance.describing import difference
from imagematch_conformance.records import record
from imagematch_conformance.timing import Late, in_time
from imagematch_conformance.watching import Overdue, Watch, run_watched, watched

LATE = timing.GRACE + timing.NOISE + 0.3


def test_a_call_that_never_ends_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MARGIN", 0.0)
    released = threading.Event()

    class Stuck(MemoryDriver):
        def count(self) -> int:
            return released.wait() + 0

    watch = Watch()
    driver = watched(Stuck.connect("memory://stuck", "x"), watch)

    def test() -> None:
        with driver.deadline(0.1):
            driver.count()

    with pytest.raises(Overdue, match="'count' was called"):
        run_watched(test, watch)
    released.set()


def test_what_a_watched_test_raises_is_raised() -> None:
    assert run_watched(lambda: 7, Watch()) == 7
    with pytest.raises(ZeroDivisionError):
        run_watched(lambda: 1 // 0, Watch())
    with pytest.raises(pytest.skip.Exception):
        run_watched(lambda: pytest.skip("no"), Watch())


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine keeps the test waiting is not taken off, so that late is late."""

    class Unmeasured(timing.Stall):
        def _measure(self) -> None:
            """Notice nothing."""

    monkeypatch.setattr(timing, "Stall", Unmeasured)


@pytest.mark.usefixtures("unmeasured")
def test_a_call_may_be_late_once() -> None:
    """Whatever keeps a machine busy for a moment makes no driver fail."""
    attempts: list[int] = []

    def late_at_first(_: None) -> None:
        attempts.append(1)
        if len(attempts) == 1:
            time.sleep(LATE)

    in_time(0.0, late_at_first, lambda: None)
    assert len(attempts) == 2


@pytest.mark.usefixtures("unmeasured")
def test_a_call_that_is_always_late_is_refused() -> None:
    with pytest.raises(Late, match=r"where 0\.0 were allowed"):
        in_time(0.0, lambda _: time.sleep(LATE), lambda: None)


def test_what_a_machine_keeps_a_call_waiting_is_not_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempts: list[int] = []

    class Busy(timing.Stall):
        def _measure(self) -> None:
            self.seconds = LATE

    def late(_: None) -> None:
        attempts.append(1)
        time.sleep(LATE)

    monkeypatch.setattr(timing, "Stall", Busy)
    in_time(0.0, late, lambda: None)
    assert len(attempts) == 1


@pytest.mark.parametrize(
    ("found", "expected", "said"),
    [
        (["a", "c"], ["a", "b", "c"], "missing: 'b'"),
        (["a", "b"], ["a"], "not expected: 'b'"),
        (["a", "a"], ["a"], "more than once: 'a'"),
        (["b", "a"], ["a", "b"], "place 0 has 'b', expected 'a'"),
        ([record("a", body="1")], [record("a", body="2")], "record 'a' has the body '1'"),
    ],
)
def test_a_difference_names_the_record(
    found: list[object], expected: list[object], said: str
) -> None:
    assert said in difference(found, expected)
