"""The base of every group of requirements."""

from collections.abc import Callable, Iterator

import pytest
from imagematch_core.drivers.registry import find_driver
from imagematch_core.protocol import Driver, Record

from ..bench import MAIN, TIMEOUT, Bench, discard, put
from ..records import record
from ..requirement import Declared, Requirement
from ..watching import Watch

CROWD = [
    record(
        f"c{number:05}",
        [0, 1000 + number, *([1] if number % 2 else []), *([2] if number % 5 == 0 else [])],
        tags=["all", *(["odd"] if number % 2 else []), *(["tenth"] if number % 10 == 0 else [])],
        signature=number.to_bytes(4, "big"),
        body=f'{{"number": {number}}}',
    )
    for number in range(12_000)
]
"""More records than one answer may hold. All have the word 0, half the word 1, a fifth the word 2,
and each one of its own."""

MADE, FILLED = pytest.StashKey[set[str]](), pytest.StashKey[set[str]]()
"""The names of the indexes that tests of a class have made, and of those that stay filled."""

Fill = Callable[[str, list[Record]], Driver]


class Fixtures:
    """Base class of all groups."""

    @pytest.fixture(autouse=True)
    def short_explanations(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let a failure name the first difference only.

        Where one of these variables is set, pytest compares long lists line by line, which takes
        longer than any test may.
        """
        for variable in ("CI", "BUILD_NUMBER"):
            monkeypatch.delenv(variable, raising=False)

    @pytest.fixture(autouse=True)
    def watched(self) -> None:
        """Watch the calls of the test, so that one that never ends is noticed."""
        self.watch = Watch()

    @pytest.fixture
    def bench(self, request: pytest.FixtureRequest, watched: None) -> Iterator[Bench]:
        """Opens instances of the driver; closes them after the test."""
        bench = Bench(_url(request), _made(request), self.watch)
        stated: Requirement = request.function.requirement
        if stated.level is not None and not bench.has(stated.level):
            raise Declared(f"the driver does not declare {stated.level.name}")
        try:
            yield bench
        finally:
            bench.end()

    @pytest.fixture
    def index(self, bench: Bench) -> Driver:
        """An instance of an empty index."""
        return bench.run(bench.empty)

    @pytest.fixture
    def fill(self, request: pytest.FixtureRequest, bench: Bench) -> Fill:
        """Opens an index that holds given records, and fills it when it is first asked for.

        It stays for other tests of the class.
        """
        filled = request.node.getparent(pytest.Class).stash.setdefault(FILLED, set())

        def open_filled(name: str, records: list[Record]) -> Driver:
            if name in filled:
                return bench.connect(name)
            driver = bench.fresh(name)
            put(driver, records)
            filled.add(name)
            return driver

        return open_filled

    @pytest.fixture
    def crowd(self, bench: Bench, fill: Fill) -> Driver:
        """An instance of an index that holds `CROWD`."""
        return bench.run(lambda: fill(f"{MAIN}-crowd", CROWD))


def _made(request: pytest.FixtureRequest) -> set[str]:
    """The names of the indexes that tests of the class have made, and that are dropped at its end.

    What earlier runs left is not among them: it may have the tables of another version.
    """
    group = request.node.getparent(pytest.Class)
    if MADE not in group.stash:
        url, names = _url(request), set[str]()

        def drop() -> None:
            for name in sorted(names):
                with find_driver(url).connect(url, name, timeout=TIMEOUT) as driver:
                    discard(driver)

        group.stash[MADE] = names
        group.addfinalizer(drop)
    made: set[str] = group.stash[MADE]
    return made


def _url(request: pytest.FixtureRequest) -> str:
    try:
        url = request.getfixturevalue("url")
    except pytest.FixtureLookupError:
        pytest.fail("the tests need a fixture 'url' of scope 'module' that returns a storage URL")
    except pytest.skip.Exception as err:
        pytest.fail(f"the fixture 'url' skips ({err}): what is skipped is not proven")
    if not isinstance(url, str):
        pytest.fail("the fixture 'url' must return a URL, by which users would find the driver")
    return url
