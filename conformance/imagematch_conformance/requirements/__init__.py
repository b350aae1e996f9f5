"""All requirements, as test methods of one class."""

from typing import Any

import pytest

GROUPS = (
    *("closing", "connecting", "creating", "failing", "filling", "finding"),
    *("hits", "putting", "reading", "sequences", "sharing", "surviving"),
)

# What is imported below fails with the values that were compared.
pytest.register_assert_rewrite(
    "imagematch_conformance.machine", *(f"{__name__}.{group}" for group in GROUPS)
)

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
    """Every requirement. Subclass it with a fixture `url` of scope 'class'; see docs/certify.md.

    A subclass adds tests as it likes, but can't take one away: what is not run proves nothing.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        inherited = {name: getattr(DriverConformance, name, None) for name in vars(cls)}
        replaced = [name for name, test in inherited.items() if hasattr(test, "requirement")]
        if replaced or not getattr(cls, "__test__", True):
            raise TypeError(
                f"{cls.__name__} takes away requirements ({', '.join(replaced) or '__test__'}): "
                "a driver that can't meet one can't be certified; "
                "deselect tests on pytest's command line while you work"
            )
