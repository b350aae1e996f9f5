"""All requirements, as test methods of one class."""

from importlib import import_module

import pytest

GROUPS = (
    *("connecting", "putting", "reading", "finding", "creating", "filling"),
    *("sequences", "closing", "surviving", "sharing", "hits", "failing"),
)
"""In the order in which they are tested: what every driver meets first, which fails soon."""

# What is imported below fails with the values that were compared.
pytest.register_assert_rewrite(
    "imagematch_conformance.machine", *(f"{__name__}.{group}" for group in GROUPS)
)

for group in GROUPS:
    import_module(f"{__name__}.{group}")

from ..requirement import REQUIREMENTS  # noqa: E402
from .closing import Closing  # noqa: E402
from .connecting import Connecting  # noqa: E402
from .creating import Creating  # noqa: E402
from .failing import Failing  # noqa: E402
from .filling import Filling  # noqa: E402
from .finding import Finding  # noqa: E402
from .hits import Hits  # noqa: E402
from .putting import Putting  # noqa: E402
from .reading import Reading  # noqa: E402
from .sequences import Sequences  # noqa: E402
from .sharing import Sharing  # noqa: E402
from .surviving import Surviving  # noqa: E402

__all__ = ["REQUIREMENTS", "DriverConformance"]


class DriverConformance(
    Sequences,
    Hits,
    Surviving,
    Failing,
    Sharing,
    Closing,
    Filling,
    Finding,
    Reading,
    Putting,
    Creating,
    Connecting,
):
    """Every requirement. Subclass it with a fixture `url` of scope 'class'; see docs/certify.md."""
