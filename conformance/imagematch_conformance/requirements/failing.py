"""Time limits, and what errors mean."""

from collections.abc import Callable

import pytest
from imagematch_core.protocol import Capability, Driver, ErrorKind, Query, StorageError

from .. import oracle
from ..bench import MAIN, TIMEOUT, Bench, at_rest, everything, ids_found, put, together
from ..describing import check_answers, check_same
from ..network import closed_port
from ..records import INFO, numbered, record
from ..requirement import requirement
from ..timing import in_time
from .closing import CALLS
from .fixtures import CROWD, Fixtures

EXPECTED = (ErrorKind.TIMEOUT, ErrorKind.MISSING_INDEX, ErrorKind.TRANSIENT)
"""The errors that calls without time may raise on an index that is not there."""

HANGS_UP = 4.0
"""Seconds beyond a call's time after which a server that does not answer hangs up, so that a driver
without a time-out fails soon."""


class Failing(Fixtures):
    """Slow, absent and refusing databases."""

    @requirement("TIME-001", fix="Read 'self.remaining()' in each call, and raise TIMEOUT.")
    @pytest.mark.parametrize("name", CALLS)
    def test_no_time_left(self, bench: Bench, name: str) -> None:
        """A call without time left returns, or raises TIMEOUT, within a second."""

        def call(driver: Driver) -> None:
            with bench.allows(ErrorKind.TIMEOUT), driver.deadline(0.0):
                CALLS[name](driver)

        in_time(0.0, call, bench.empty)
        bench.fresh()

    @requirement("TIME-002", fix="When time is up raise TIMEOUT; never return what is there yet.")
    def test_a_short_time_never_shortens_an_answer(self, bench: Bench, crowd: Driver) -> None:
        """However little time there is, an answer is whole or an error."""
        query = Query((0, 1, 2), (), 10_000)
        expected = oracle.candidates(CROWD, query)
        tagged = [one.id for one in CROWD if "odd" in one.tags][:1_000]

        def scan(driver: Driver) -> None:
            assert [one.id for one in driver.scan(None, 1_000, ["odd"])] == tagged

        calls: list[Callable[[Driver], None]] = [
            lambda driver: check_answers(driver.candidates([query]), [expected]),
            scan,
            lambda driver: check_same([one.id for one in driver.get(tagged)], tagged),
            lambda driver: check_same([driver.count()], [len(CROWD)], "count"),
        ]
        for seconds in (0.0, 0.001, 0.004, 0.016, 0.064, 0.256):
            for call in calls:

                def hurried(driver: Driver, call: Callable[[Driver], None] = call) -> None:
                    with bench.allows(ErrorKind.TIMEOUT), driver.deadline(seconds):  # noqa: B023
                        call(driver)

                in_time(seconds, hurried, lambda: crowd)

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

        def give_up(driver: Driver) -> None:
            with bench.raises(ErrorKind.TIMEOUT, ErrorKind.TRANSIENT):
                driver.put(numbered(3))

        def give_up_soon(driver: Driver) -> None:
            with driver.deadline(1.0):
                give_up(driver)

        with bench.stage.blocked(MAIN):
            in_time(1.0, give_up_soon, lambda: index)
            in_time(1.0, give_up, lambda: other)
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

        def silent() -> str:
            relay = bench.relay()
            relay.swallow(2.0 + HANGS_UP)
            return bench.stage.at_address(relay.host, relay.port)

        def look(url: str) -> None:
            with bench.raises(ErrorKind.TIMEOUT, ErrorKind.UNAVAILABLE):
                bench.connect(url=url, timeout=2.0).info()

        in_time(2.0, look, silent)

    @requirement(
        "TIME-005",
        level=Capability.REMOTE,
        fix="Every call needs a read time-out of 'remaining' seconds, on open connections too.",
    )
    @pytest.mark.parametrize("name", CALLS)
    def test_a_server_that_stops_answering(self, bench: Bench, name: str) -> None:
        """Where a server stops answering, each call raises TIMEOUT within its time."""
        answered: list[str] = []
        called: list[Driver] = []

        def stopped() -> Driver:
            bench.empty()
            relay = bench.relay(bench.stage.address())
            driver = bench.connect(url=bench.stage.at_address(relay.host, relay.port))
            driver.info()
            driver.put([record("a")])
            relay.swallow(3.0 + HANGS_UP)
            return driver

        def call(driver: Driver) -> None:
            called.append(driver)
            with bench.allows(ErrorKind.TIMEOUT), driver.deadline(1.0):
                CALLS[name](driver)
                answered.append(name)

        def call_anew() -> Driver:
            call(stopped())
            return called.pop()

        in_time(1.0, call, stopped)
        # Only what takes no server can be answered; where writes show at once, a refresh.
        assert set(answered) <= {"server_version", "refresh"}
        in_time(2.0, lambda one: one.close(), lambda: called.pop() if called else call_anew())
        bench.fresh()

    @requirement(
        "TIME-006",
        level=Capability.REMOTE,
        fix="The time-out of a socket is that of each read: bound the whole call as well.",
    )
    @pytest.mark.parametrize("name", ["info", "put", "get", "candidates", "scan", "count"])
    def test_a_server_that_answers_by_drops(self, bench: Bench, name: str) -> None:
        """Where a server's answers come byte by byte, each call raises TIMEOUT within its time."""

        def slow() -> Driver:
            put(bench.empty(), [record("a", signature=b"s" * 1_000)])
            relay = bench.relay(bench.stage.address())
            driver = bench.connect(url=bench.stage.at_address(relay.host, relay.port))
            driver.info()
            driver.count()
            relay.trickle(1.0 + HANGS_UP)
            return driver

        def call(driver: Driver) -> None:
            with bench.allows(ErrorKind.TIMEOUT), driver.deadline(1.0):
                CALLS[name](driver)

        in_time(1.0, call, slow)

    @requirement("TIME-007", fix="When time is up raise TIMEOUT; never return with a part written.")
    def test_a_short_time_never_shortens_a_write(self, bench: Bench, index: Driver) -> None:
        """However little time there is, a `put` or a `delete` that returns has done all of it,
        and one that raises leaves each record whole."""
        ids = [one.id for one in numbered(1_000)]

        def whole() -> list[tuple[str, bytes]]:
            """The ids and signatures of all records, each of which is found by its word."""
            index.refresh()
            found = everything(index)
            torn = [one.id for one in found if one.signature != one.body.encode()]
            check_same(torn, [], "torn")
            for word in range(6):
                mine = [one.id for one in found if one.signature == f"{word}".encode()]
                check_same(ids_found(index, [word]), mine, f"by the word {word}")
            return [(one.id, one.signature) for one in found]

        for turn, seconds in enumerate((0.001, 0.004, 0.016, 0.064, 0.256, 1.0)):
            text = f"{turn}".encode()
            records = [record(one, [turn], signature=text, body=f"{turn}") for one in ids]
            acknowledged, deleted = False, -1
            with bench.allows(ErrorKind.TIMEOUT), index.deadline(seconds):
                index.put(records)
                acknowledged = True
            found = at_rest(whole)
            if acknowledged:
                check_same(found, [(one, text) for one in ids], f"put within {seconds} s")
            with bench.allows(ErrorKind.TIMEOUT), index.deadline(seconds):
                deleted = index.delete(ids)
            left = at_rest(whole)
            if deleted >= 0:
                assert deleted == len(found)
                check_same(left, [], f"deleted within {seconds} s")

    @requirement(
        "TIME-008",
        level=Capability.REMOTE,
        fix="A client may tell the server that it closes, and look for one that has gone: give it "
        "a second at most for that.",
    )
    def test_closing_where_the_server_has_gone(self, bench: Bench) -> None:
        """Where the server has gone, `close` ends in its time."""

        def gone() -> Driver:
            bench.empty()
            relay = bench.relay(bench.stage.address())
            url = bench.stage.at_address(relay.host, relay.port)
            driver = bench.connect(url=url, timeout=2.0)
            # Without the time of a call, which an overloaded machine may need.
            with driver.deadline(TIMEOUT):
                put(driver, [record("a")])
                assert driver.count() == 1
            relay.stop()
            return driver

        in_time(2.0, lambda driver: driver.close(), gone)

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

        def look(url: str) -> None:
            with bench.raises(ErrorKind.UNAVAILABLE):
                bench.connect(url=url, timeout=4.0).info()

        in_time(4.0, look, lambda: bench.stage.at_address("127.0.0.1", closed_port()))

    @requirement(
        "ERROR-004",
        level=Capability.REMOTE,
        fix="'classify' turns your client's authentication errors into AUTH.",
    )
    def test_the_password_is_wrong(self, bench: Bench) -> None:
        """A wrong password raises AUTH."""
        with bench.stage.refusing(ErrorKind.AUTH) as url, bench.raises(ErrorKind.AUTH):
            bench.connect(url=url).info()

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
            # A client may look for a server as long as it has time.
            timeout = 10.0 if kind is ErrorKind.UNAVAILABLE else TIMEOUT
            driver = bench.connect(f"{MAIN}-refused", url=url, timeout=timeout)
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

    @requirement(
        "ERROR-007",
        level=Capability.REMOTE,
        fix="Throw a connection away that has failed; don't put it back into the pool.",
    )
    def test_lost_connections_are_replaced(self, bench: Bench) -> None:
        """An instance whose connections were cut, while it was idle or in the middle of a call,
        works on as soon as the server can be reached: repeated calls succeed."""
        again = (ErrorKind.TRANSIENT, ErrorKind.UNAVAILABLE)
        put(bench.empty(), numbered(4))
        relay = bench.relay(bench.stage.address())
        driver = bench.connect(url=bench.stage.at_address(relay.host, relay.port))

        def look() -> None:
            assert [driver.count(), len(driver.get(["n000001", "n000002"]))] == [4, 2]

        look()
        for _ in range(3):
            together(*[look] * 4)
            relay.hang_up()
            bench.patiently(look, again=again, seconds=20)
            bench.patiently(driver.put, numbered(4), again=again, seconds=20)
            look()
