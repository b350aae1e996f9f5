"""Every requirement, for the URL that is being certified."""

import pytest

from imagematch_conformance import DriverConformance
from imagematch_conformance.job import Job


@pytest.fixture(scope="module")
def url() -> str:
    """The URL that the command was given."""
    return Job.of_environment().url


class TestDriver(DriverConformance):
    """The whole suite."""
