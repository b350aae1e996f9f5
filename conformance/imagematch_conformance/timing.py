"""Whether a call ends in its time, judged so that a busy machine makes no driver fail."""

import threading
import time
from collections.abc import Callable
from typing import Self, TypeVar

from .watching import GRACE

Given = TypeVar("Given")

NOISE = 0.5
"""Seconds beyond `GRACE` that are nobody's fault."""

ATTEMPTS = 2
"""How often a call may be late before its requirement has failed."""

TICK = 0.02
"""Seconds that the machine is asked to sleep, to see how much longer it does."""


class Late(AssertionError):
    """Something took longer than allowed; the command repeats such a requirement once, alone."""


class Stall:
    """Measures for how long a thread that is ready to run has not run.

    Attributes:
        seconds: in all, while the block lasts.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._measure, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._over.set()
        self._thread.join()

    def _measure(self) -> None:
        while True:
            began = time.monotonic()
            over = self._over.wait(TICK)
            late = time.monotonic() - began - TICK
            self.seconds += late if late > TICK else 0.0
            if over:
                return


def in_time(seconds: float, call: Callable[[Given], object], prepare: Callable[[], Given]) -> None:
    """Call, and raise `Late` if that takes longer than `seconds` and what the protocol grants.

    What the machine kept this process waiting is not counted, and a call that is late is repeated
    once, since the server may have been kept waiting as well.

    Args:
        seconds: the time that the call has.
        call: gets what `prepare` returns; what it raises is raised, if it is not late.
        prepare: sets the scene for each attempt; is not measured.
    """
    __tracebackhide__ = True
    taken = 0.0
    for _ in range(ATTEMPTS):
        given = prepare()
        error: Exception | None = None
        with Stall() as stall:
            began = time.monotonic()
            try:
                call(given)
            except Exception as err:  # noqa: BLE001 - raised below, unless it came too late
                error = err
            taken = time.monotonic() - began
        if taken <= seconds + GRACE + NOISE + stall.seconds:
            if error is not None:
                raise error
            return
    raise Late(f"took {taken:.1f} s, where {seconds} were allowed")
