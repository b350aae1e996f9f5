from collections.abc import Iterator

import pytest

import imagematch_core as imagematch


@pytest.fixture(params=["memory", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an empty store of each embedded driver."""
    if request.param == "memory":
        return "memory://"
    return f"sqlite:///{tmp_path_factory.mktemp('store')}/index.db"


@pytest.fixture
def index(url: str) -> Iterator[imagematch.Index]:
    with imagematch.open(url, algorithm="goldberg-1") as opened:
        yield opened
