"""The driver against the whole storage protocol."""

import pytest
from imagematch_conformance import DriverConformance


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database that the tests may write to."""
    return f"duckdb:///{tmp_path_factory.mktemp('duckdb')}/index.duckdb"


class TestDuckDB(DriverConformance):
    """Every requirement."""
