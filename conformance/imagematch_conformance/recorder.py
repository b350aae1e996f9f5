"""A pytest plugin that writes what happens, for the process that certifies.

Events are written to a file, one JSON object a line, so that whatever ends the process leaves what
was known until then.
"""

import faulthandler
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from imagematch_core.drivers.registry import find_driver
from imagematch_core.protocol import ErrorKind, StorageError

from .bench import MAIN
from .job import Job
from .requirement import Declared, Requirement
from .timing import Late
from .watching import Overdue

STUCK_AFTER = 1_800.0
"""Seconds after which a test is given up, and the process with it, where even the watch over its
calls is stuck."""

STDERR = os.dup(2)
"""Where to say so; pytest captures the other one."""

STDIN = os.fdopen(os.dup(0), encoding="ascii")
"""Where the requirements are named; pytest closes the other one."""


def pytest_configure(config: pytest.Config) -> None:
    """Record the job of this process."""
    config.pluginmanager.register(Recorder(Job.of_environment()))


class Recorder:
    """A pytest plugin that writes what happened to each requirement.

    A test that several parameters run has passed when all of them have; once one has failed, the
    others are left out, since each of them may wait as long.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._phases: dict[str, list[pytest.TestReport]] = {}
        self._failed: set[str] = set()

    def emit(self, event: str, **fields: Any) -> None:
        """Write one line, at once."""
        with open(self._job.events, "a", encoding="utf-8") as file:
            file.write(json.dumps({"event": event, **fields}) + "\n")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            self.emit("collected", id=_stated(item).id, node=item.nodeid)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the requirements that are named on standard input, until there are no more."""
        asked = self._asked(session.items)
        item = next(asked, None)
        while item is not None:
            following = next(asked, None)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            while following is not None and _stated(following).id in self._failed:
                following = next(asked, None)
            item = following
        return True

    def _asked(self, items: list[pytest.Item]) -> Iterator[pytest.Item]:
        while True:
            self.emit("asks")
            named = STDIN.readline().strip()
            if not named:
                return
            yield from (item for item in items if _stated(item).id == named)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.emit("started", id=_stated(item).id, node=item.nodeid)
        faulthandler.dump_traceback_later(STUCK_AFTER, exit=True, file=STDERR)
        try:
            return (yield)
        finally:
            faulthandler.cancel_dump_traceback_later()
            self._finish(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> Iterator[None]:
        report: pytest.TestReport = yield  # type: ignore[assignment]
        report.late = (  # type: ignore[attr-defined]
            call.excinfo is not None and self._is_late(call.excinfo.value)
        )
        report.declared = (  # type: ignore[attr-defined]
            str(call.excinfo.value)
            if call.excinfo is not None and isinstance(call.excinfo.value, Declared)
            else None
        )
        return report  # type: ignore[return-value]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._phases.setdefault(report.nodeid, []).append(report)

    def pytest_sessionfinish(self) -> None:
        """Write what the driver says of itself."""
        driver_type = find_driver(self._job.url)
        with driver_type.connect(self._job.url, MAIN) as driver:
            self.emit(
                "driver",
                name=f"{driver_type.__module__}.{driver_type.__qualname__}",
                api=list(driver_type.api),
                capabilities=sorted(driver_type.capabilities),
                server=driver.server_version(),
            )

    def _is_late(self, err: BaseException) -> bool:
        """Return whether a test ran out of time, perhaps since the machine is busy."""
        if isinstance(err, Late | Overdue):
            return True
        if isinstance(err, StorageError):
            return err.kind is ErrorKind.TIMEOUT
        return find_driver(self._job.url).classify(err) is ErrorKind.TIMEOUT

    def _finish(self, item: pytest.Item) -> None:
        reports = self._phases.pop(item.nodeid, [])
        declared = [report.declared for report in reports if report.declared]
        failed = [report.longreprtext for report in reports if report.failed]
        properties = dict(pair for report in reports for pair in report.user_properties)
        if failed:
            outcome, text = "failed", "\n".join(failed)
            self._failed.add(_stated(item).id)
        elif declared:
            outcome, text = "declared", declared[0]
        elif any(report.skipped or hasattr(report, "wasxfail") for report in reports):
            outcome, text = "skipped", "a skipped test proves nothing"
        elif [report.when for report in reports] == ["setup", "call", "teardown"]:
            outcome, text = "passed", ""
        else:
            outcome, text = "failed", "it did not run to its end"
        self.emit(
            "ended",
            id=_stated(item).id,
            node=item.nodeid,
            outcome=outcome,
            text=text,
            late=any(report.late for report in reports if report.failed),
            **properties,
        )


def _stated(item: pytest.Item) -> Requirement:
    stated: Requirement = item.obj.requirement  # type: ignore[attr-defined]
    return stated
