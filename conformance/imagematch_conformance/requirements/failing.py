"""Time limits, and what errors mean."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from imagematch_core.protocol import Capability, Driver, ErrorKind, Query, StorageError

from .. import oracle
from ..bench import MAIN, Bench, everything, put
from ..network import Relay, closed_port
from ..records import INFO, numbered, record
from ..requirement import requirement
from .closing import CALLS
from .fixtures import CROWD, Fixtures

GRACE = 1.0
"""Seconds that a call may take beyond its time, as the protocol says."""

EXPECTED = (ErrorKind.TIMEOUT, ErrorKind.MISSING_INDEX, ErrorKind.TRANSIENT)
"""What may come of calls without time on an index that is not there."""

NOISE = 0.5
"""Seconds more, for what a busy machine adds to a measurement."""


class Failing(Fixtures):
    """Slow, absent and refusing databases."""

    @requirement("TIME-001", fix="Read 'self.remaining()' in each call, and raise TIMEOUT.")
    @pytest.mark.parametrize("name", CALLS)
    def test_no_time_left(self, bench: Bench, name: str) -> None:
        """A call without time left returns, or raises TIMEOUT, within a second."""
        driver = bench.empty()
        with _within(0.0), bench.allows(ErrorKind.TIMEOUT), driver.deadline(0.0):
            CALLS[name](driver)
        bench.fresh()

    @requirement("TIME-002", fix="When time is up raise TIMEOUT; never return what is there yet.")
    def test_a_short_time_never_shortens_an_answer(self, bench: Bench, crowd: Driver) -> None:
        """However little time there is, an answer is whole or an error."""
        query = Query((0, 1, 2), (), 10_000)
        expected = oracle.candidates(CROWD, query)
        tagged = [one.id for one in CROWD if "odd" in one.tags][:1_000]
        for seconds in (0.0, 0.001, 0.004, 0.016, 0.064, 0.256):
            with _within(seconds), bench.allows(ErrorKind.TIMEOUT), crowd.deadline(seconds):
                assert crowd.candidates([query]) == [expected]
            with _within(seconds), bench.allows(ErrorKind.TIMEOUT), crowd.deadline(seconds):
                assert [one.id for one in crowd.scan(None, 1_000, ["odd"])] == tagged
            with _within(seconds), bench.allows(ErrorKind.TIMEOUT), crowd.deadline(seconds):
                assert len(crowd.get(tagged)) == len(tagged)
            with _within(seconds), bench.allows(ErrorKind.TIMEOUT), crowd.deadline(seconds):
                assert crowd.count() == len(CROWD)

    @requirement(
        "TIME-003",
        staged=True,
        fix="Bound the waiting for locks by 'remaining', at every call.",
    )
    def test_a_blocked_writer_gives_up(self, bench: Bench, index: Driver) -> None:
        """A `put` that has to wait for another writer gives up when its time is over, with
        TIMEOUT or TRANSIENT, and succeeds once the other one is done. Its time is that of
        `deadline`, or else the `timeout` of `connect`."""
        other = bench.connect(timeout=1.0)
        with bench.stage.blocked(MAIN):
            with (
                _within(1.0),
                bench.raises(ErrorKind.TIMEOUT, ErrorKind.TRANSIENT),
                index.deadline(1.0),
            ):
                index.put(numbered(3))
            with _within(1.0), bench.raises(ErrorKind.TIMEOUT, ErrorKind.TRANSIENT):
                other.put(numbered(3))
        put(index, numbered(3))
        assert index.count() == 3

    @requirement(
        "TIME-004",
        level=Capability.REMOTE,
        fix="Give the client a connect and a read time-out of 'timeout' seconds.",
    )
    def test_connecting_to_a_server_that_never_answers(self, bench: Bench) -> None:
        """Where a server accepts connections and never answers, opening an index ends in time,
        with TIMEOUT or UNAVAILABLE."""
        with Relay() as relay:
            url = bench.stage.at_address(relay.host, relay.port)
            with _within(2.0), bench.raises(ErrorKind.TIMEOUT, ErrorKind.UNAVAILABLE):
                bench.connect(url=url, timeout=2.0).info()

    @requirement(
        "TIME-005",
        level=Capability.REMOTE,
        fix="Every call needs a read time-out of 'remaining' seconds, on open connections too.",
    )
    @pytest.mark.parametrize("name", CALLS)
    def test_a_server_that_stops_answering(self, bench: Bench, name: str) -> None:
        """Where a server stops answering, each call raises TIMEOUT within its time."""
        bench.empty()
        answered: list[str] = []
        with Relay(bench.stage.address()) as relay:
            url = bench.stage.at_address(relay.host, relay.port)
            driver = bench.connect(url=url, timeout=20.0)
            driver.info()
            driver.put([record("a")])
            relay.swallow()
            with _within(1.0), bench.allows(ErrorKind.TIMEOUT), driver.deadline(1.0):
                CALLS[name](driver)
                answered.append(name)
            # Only what takes no server can be answered; where writes show at once, a refresh.
            assert answered in ([], ["server_version"], ["refresh"])
            with _within(2.0):
                driver.close()
        bench.fresh()

    @requirement("ERROR-001", fix="'classify' returns None for what your client did not raise.")
    def test_strange_exceptions_are_not_claimed(self, bench: Bench) -> None:
        """`classify` needs no instance, and returns None for exceptions of others."""
        strangers: list[BaseException] = [
            ValueError("x"),
            KeyError("x"),
            TypeError("x"),
            ZeroDivisionError("x"),
            LookupError(),
            NotImplementedError(),
            KeyboardInterrupt(),
            SystemExit(1),
            MemoryError(),
            Exception("database is locked"),
        ]
        found = [bench.driver_type.classify(err) for err in strangers]
        assert found == [None] * len(strangers)

    @requirement("ERROR-002", fix="Don't wrap your client's errors: the core does, once.")
    def test_own_errors_are_not_classified(self, bench: Bench) -> None:
        """`classify` is for the client's exceptions: an error of imagematch is not one."""
        for kind in ErrorKind:
            assert bench.driver_type.classify(StorageError(kind, "x")) is None

    @requirement(
        "ERROR-003",
        level=Capability.REMOTE,
        fix="'classify' turns your client's connection errors into UNAVAILABLE; switch its own "
        "retries off.",
    )
    def test_the_server_is_away(self, bench: Bench) -> None:
        """Where nobody listens, opening an index raises UNAVAILABLE, and soon."""
        url = bench.stage.at_address("127.0.0.1", closed_port())
        with _within(4.0), bench.raises(ErrorKind.UNAVAILABLE):
            bench.connect(url=url, timeout=4.0).info()

    @requirement(
        "ERROR-004",
        level=Capability.REMOTE,
        fix="'classify' turns your client's authentication errors into AUTH.",
    )
    def test_the_password_is_wrong(self, bench: Bench) -> None:
        """A wrong password raises AUTH."""
        with bench.stage.refusing(ErrorKind.AUTH) as url, bench.raises(ErrorKind.AUTH):
            bench.connect(url=url, timeout=10.0).info()

    @requirement(
        "ERROR-005",
        staged=True,
        fix="Look how your client tells this refusal from others, and classify it so.",
    )
    @pytest.mark.parametrize(
        "kind",
        [
            ErrorKind.UNAVAILABLE,
            ErrorKind.DENIED,
            ErrorKind.READ_ONLY,
            ErrorKind.FULL,
            ErrorKind.BAD_REQUEST,
        ],
    )
    def test_refusals_are_classified(self, bench: Bench, kind: ErrorKind) -> None:
        """A database that refuses raises what it refuses for, at the latest when it is filled:
        no rights, read-only, no space, not there."""
        with bench.stage.refusing(kind) as url, bench.raises(kind):
            driver = bench.connect(f"{MAIN}-refused", url=url, timeout=10.0)
            driver.info()
            driver.create(INFO)
            for turn in range(1_000):
                driver.put(numbered(1_000, range(60), f"{turn}-"))

    @requirement("ERROR-006", fix="After an error the instance works on: roll back, reconnect.")
    def test_an_instance_works_on_after_errors(self, bench: Bench, index: Driver) -> None:
        """An instance whose call ran out of time, or met a missing index, works on afterwards."""
        other = bench.connect()
        for _ in range(3):
            other.drop()
            for call in (index.count, lambda: index.put(numbered(2)), index.refresh):
                with bench.allows(*EXPECTED), index.deadline(0.001):
                    call()
            other.create(INFO)
            put(index, numbered(4))
            assert len(everything(index)) == 4


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """The block must end in this time, and what the protocol grants beyond."""
    start = time.monotonic()
    yield
    taken = time.monotonic() - start
    assert taken <= seconds + GRACE + NOISE, f"took {taken:.1f} s, where {seconds} were allowed"
