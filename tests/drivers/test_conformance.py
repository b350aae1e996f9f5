"""The embedded drivers meet every requirement of the storage protocol."""

import itertools

import pytest
from imagematch_conformance import DriverConformance

pytestmark = pytest.mark.slow
_names = itertools.count()


class TestMemory(DriverConformance):
    """`memory://NAME`, which several instances share."""

    @pytest.fixture(scope="class")
    @classmethod
    def url(cls) -> str:
        """A name that no other test uses."""
        return f"memory://conformance-{next(_names)}"


class TestSQLite(DriverConformance):
    """`sqlite:///`."""

    @pytest.fixture(scope="class")
    @classmethod
    def url(cls, tmp_path_factory: pytest.TempPathFactory) -> str:
        """A file of its own."""
        return f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/index.db"
