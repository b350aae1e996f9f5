"""What the conformance suite does not ask of a driver, on both embedded drivers."""

import os

import pytest
from imagematch_conformance.oracle import candidates
from imagematch_conformance.records import record

from imagematch_core.drivers.registry import find_driver
from imagematch_core.errors import InvalidTarget, StorageError
from imagematch_core.protocol import Driver, Query


def test_many_changes_leave_no_trace(driver: Driver) -> None:
    for version in range(12):
        records = [record(f"{n:03}", [version, n], [f"v{version}"]) for n in range(300)]
        driver.put(records)
        driver.delete([one.id for one in records[::2]])
    left = records[1::2]
    queries = [Query((11,)), Query((10,)), Query(tuple(range(300)), ("v11",)), Query((1,), ("v0",))]
    assert driver.candidates(queries) == [candidates(left, query) for query in queries]
    assert [found.id for found in driver.scan(None, 1000)] == [one.id for one in left]
    assert driver.count() == 150


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_child_is_refused_and_does_no_harm(driver: Driver) -> None:
    driver.put([record("a", [1])])
    child = os.fork()
    if child == 0:
        try:
            driver.count()
        except StorageError as err:
            driver.close()
            os._exit(0 if "fork" in str(err) else 2)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    driver.put([record("b", [1])])
    assert driver.count() == 2


def test_an_option_that_nobody_knows_is_named(target: str) -> None:
    with pytest.raises(InvalidTarget, match="colour"):
        find_driver(target).connect(target, "images", colour="blue")


def test_the_version_names_the_engine(driver: Driver) -> None:
    assert driver.server_version().partition(" ")[0] in ("Python", "SQLite")
