from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

import imagematch_core as imagematch
from devtools import interrupts

interrupts.heed()
# How long an example takes says more about the machine than about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's caches, logs and locks apart from those of tests that run at once."""
    home = str(tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, home)
        yield


@pytest.fixture(params=["memory", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an empty store of each embedded driver."""
    if request.param == "memory":
        return "memory://"
    return f"sqlite:///{tmp_path_factory.mktemp('store')}/index.db"


@pytest.fixture
def index(url: str) -> Iterator[imagematch.Index]:
    with imagematch.open(url) as opened:
        yield opened
