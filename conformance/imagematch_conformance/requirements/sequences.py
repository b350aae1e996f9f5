"""Random sequences of calls."""

import os
from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from ..bench import Bench
from ..machine import IndexMachine
from ..requirement import requirement
from ..session import PROFILE
from .fixtures import Fixtures


class Sequences(Fixtures):
    """What single tests did not think of."""

    @requirement(
        "STATE-001",
        fix="Follow the printed steps. The tests of your own, or --long, find shorter ones.",
    )
    def test_random_sequences_of_calls(self, bench: Bench) -> None:
        """Two instances that write, delete, read and search in any order answer like a
        dictionary."""
        profile = settings.get_profile(os.environ.get(PROFILE, "imagematch-development"))
        machine: Any = partial(IndexMachine, bench)
        run_state_machine_as_test(machine, settings=profile)
