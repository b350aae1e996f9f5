import itertools
from collections.abc import Iterator

import pytest

from imagematch_core.drivers.registry import find_driver
from imagematch_core.protocol.driver import Driver

_names = itertools.count()


@pytest.fixture(params=["memory", "sqlite"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A URL of each embedded driver, at which several instances see one store."""
    if request.param == "memory":
        return f"memory://test-{next(_names)}"
    return f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/index.db"


@pytest.fixture
def driver(target: str) -> Iterator[Driver]:
    """An empty index named 'images'."""
    with find_driver(target).connect(target, "images") as driver:
        driver.create("{}")
        yield driver
    with find_driver(target).connect(target, "images") as driver:
        driver.drop()
