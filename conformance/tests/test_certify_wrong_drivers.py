"""The suite's own proof: each driver that is wrong is refused by the requirement that says why."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import wrong_drivers

from imagematch_conformance.certificate import reasons_against
from imagematch_conformance.run import FAILED, SKIPPED, UNFINISHED, Run, run

NOT_FAILED = {"wrong-skips": SKIPPED, "wrong-ends-the-process": UNFINISHED}
"""Drivers that leave their requirement without any result."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, toy: str) -> Iterator[dict[str, Future[Run]]]:
    """For each driver the run of the requirement that ought to refuse it; two at a time.

    As on a CI server, where pytest would explain a failure at any length.
    """
    folder = str(tmp_path_factory.mktemp("wrong"))
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setenv("CI", "true")
        yield {
            scheme: pool.submit(
                run, wrong_drivers.url_of(scheme, folder, toy), only=(driver.caught_by,)
            )
            for scheme, driver in wrong_drivers.wrong_ones().items()
        }


@pytest.mark.parametrize("scheme", wrong_drivers.wrong_ones())
def test_a_wrong_driver_is_refused(scheme: str, runs: dict[str, Future[Run]]) -> None:
    caught_by = wrong_drivers.wrong_ones()[scheme].caught_by
    found = runs[scheme].result()
    assert found.outcomes[caught_by].result == NOT_FAILED.get(scheme, FAILED), found.log
    assert any(reason.startswith(caught_by) for reason in reasons_against(found))


def test_sqlite_is_certified(tmp_path: Path) -> None:
    """As the drivers on top of it would be, were they not wrong."""
    found = run(f"sqlite:///{tmp_path}/sound.db")
    assert reasons_against(found) == []


def test_a_remote_driver_can_be_certified(toy: str) -> None:
    """The requirements that only remote drivers meet can be met."""
    found = run(f"wrong-toy-driver://user:secret@{toy}/")
    assert reasons_against(found) == []


def test_at_least_twenty_faults_are_known() -> None:
    assert len(wrong_drivers.wrong_ones()) >= 20
