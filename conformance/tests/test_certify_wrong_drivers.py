"""The suite's own proof: each driver that is wrong is refused by the requirement that says why."""

from pathlib import Path

import pytest
import wrong_drivers

from imagematch_conformance.certificate import reasons_against
from imagematch_conformance.run import FAILED, SKIPPED, UNFINISHED, run

NOT_FAILED = {"wrong-skips": SKIPPED, "wrong-ends-the-process": UNFINISHED}
"""Drivers that leave their requirement without any result."""


@pytest.mark.parametrize("scheme", wrong_drivers.wrong_ones())
def test_a_wrong_driver_is_refused(
    scheme: str, toy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught_by = wrong_drivers.wrong_ones()[scheme].caught_by
    # As on a CI server, where pytest would explain a failure at any length.
    monkeypatch.setenv("CI", "true")
    found = run(wrong_drivers.url_of(scheme, str(tmp_path), toy), only=(caught_by,))
    assert found.outcomes[caught_by].result == NOT_FAILED.get(scheme, FAILED), found.log
    assert any(reason.startswith(caught_by) for reason in reasons_against(found))


@pytest.mark.parametrize("scheme", ["wrong-toy-driver", "wrong-in-steps"])
def test_a_remote_driver_can_be_certified(scheme: str, toy: str) -> None:
    """The requirements that only remote drivers meet can be met."""
    found = run(wrong_drivers.url_of(scheme, "", toy))
    assert reasons_against(found) == []
