from pathlib import Path

import pytest

from devtools import interrupts
from devtools.site import build

interrupts.heed()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the documentation, built once."""
    return build(tmp_path_factory.mktemp("site")).parent
