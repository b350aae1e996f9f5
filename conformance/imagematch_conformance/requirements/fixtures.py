"""What every group of requirements begins with."""

from collections.abc import Callable, Iterator

import pytest
from imagematch_core.drivers.registry import find_driver
from imagematch_core.protocol import Driver, Record

from ..bench import MAIN, Bench, discard, put
from ..records import record
from ..requirement import Declared, Requirement

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

KEPT = pytest.StashKey[set[str]]()

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

    @pytest.fixture
    def bench(self, request: pytest.FixtureRequest) -> Iterator[Bench]:
        """Opens instances of the driver; closes them after the test."""
        bench = Bench(_url(request))
        stated: Requirement = request.function.requirement
        if stated.level is not None and not bench.has(stated.level):
            raise Declared(f"the driver does not declare {stated.level.name}")
        try:
            yield bench
        finally:
            bench.close()

    @pytest.fixture
    def index(self, bench: Bench) -> Driver:
        """An instance of an empty index."""
        return bench.empty()

    @pytest.fixture
    def fill(self, request: pytest.FixtureRequest, bench: Bench) -> Fill:
        """Opens an index that holds given records, and fills it when it is first asked for.

        It stays for other tests of the class.
        """
        filled = _clear_away_in_the_end(request)

        def open_filled(name: str, records: list[Record]) -> Driver:
            if name in filled:
                return bench.connect(name)
            driver = bench.fresh(name)
            put(driver, records)
            filled.add(name)
            return driver

        return open_filled

    @pytest.fixture
    def crowd(self, fill: Fill) -> Driver:
        """An instance of an index that holds `CROWD`."""
        return fill(f"{MAIN}-crowd", CROWD)


def _clear_away_in_the_end(request: pytest.FixtureRequest) -> set[str]:
    """The names of the indexes that are dropped when the tests of the class are done."""
    group = request.node.getparent(pytest.Class)
    if KEPT not in group.stash:
        url, names = _url(request), {MAIN}

        def drop() -> None:
            for name in sorted(names):
                with find_driver(url).connect(url, name) as driver:
                    discard(driver)

        group.stash[KEPT] = names
        group.addfinalizer(drop)
    kept: set[str] = group.stash[KEPT]
    return kept


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
