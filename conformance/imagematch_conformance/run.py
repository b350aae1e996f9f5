"""Runs the suite in a process of its own, and judges what it wrote."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .job import Job
from .requirement import Requirement
from .requirements import REQUIREMENTS

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
DECLARED, UNSUPPORTED = "declared", "unsupported"
MISSING, UNFINISHED = "missing", "unfinished"

SETTLED = {PASSED, FAILED, DECLARED, UNSUPPORTED}
"""Results of a requirement that was really put to the test, or that does not apply."""

GOOD = SETTLED - {FAILED}

Event = dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """What came of one requirement.

    Attributes:
        result: one of the constants above.
        reason: the failure, or why it does not apply.
    """

    result: str
    reason: str = ""


@dataclass(slots=True)
class Run:
    """What came of a run.

    Attributes:
        outcomes: of every requirement that was to be tested, by id.
        driver: what the driver says of itself: name, api, capabilities, server.
        digest: of the hits that were found.
        log: what the process printed.
    """

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    driver: Event = field(default_factory=dict)
    digest: str = ""
    log: str = ""

    @property
    def complete(self) -> bool:
        """Whether every requirement was put to the test."""
        return bool(self.outcomes) and all(
            outcome.result in SETTLED for outcome in self.outcomes.values()
        )


def run(
    url: str,
    *,
    only: tuple[str, ...] = (),
    long: bool = False,
    seed: int = 0,
    progress: Callable[[str, str], None] = lambda *_: None,
) -> Run:
    """Test the driver that is installed for `url`.

    Args:
        url: of a database that the tests may write to.
        only: ids of the requirements to test; empty means all.
        long: whether random sequences of calls are many and long.
        seed: of these.
        progress: told the id and the result of each test that has ended.
    """
    with tempfile.TemporaryDirectory(prefix="imagematch-certify-") as folder:
        events = Path(folder, "events")
        events.touch()
        job = Job(url, str(events), only, long, seed)
        with Path(folder, "log").open("w+b") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", f"{__package__}.session"],
                env={
                    **_clean(os.environ),
                    **job.to_environment(),
                    "HYPOTHESIS_STORAGE_DIRECTORY": folder,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            try:
                found = []
                for event in _follow(events, process):
                    found.append(event)
                    if event["event"] == "ended":
                        progress(event["id"], event["outcome"])
            finally:
                process.kill()
                process.wait()
            log.seek(0)
            return judge(found, only, log.read().decode(errors="replace"))


def judge(events: list[Event], only: tuple[str, ...], log: str) -> Run:
    """Turn what a process wrote into a result for each requirement."""
    result = Run(log=log)
    result.driver = next((event for event in events if event["event"] == "driver"), {})
    ended = {event["node"]: event for event in events if event["event"] == "ended"}
    nodes: dict[str, list[str]] = {}
    for event in events:
        if event["event"] == "collected":
            nodes.setdefault(event["id"], []).append(event["node"])
    capabilities = result.driver.get("capabilities", [])
    for requirement_id in only or REQUIREMENTS:
        result.outcomes[requirement_id] = _outcome(
            REQUIREMENTS[requirement_id],
            [ended.get(node) for node in nodes.get(requirement_id, [])],
            capabilities,
        )
    result.digest = next((event["digest"] for event in ended.values() if "digest" in event), "")
    return result


def _outcome(stated: Requirement, parts: list[Event | None], capabilities: list[str]) -> Outcome:
    if not parts:
        return Outcome(MISSING, "no test of it was run")
    if failed := [part for part in parts if part and part["outcome"] == FAILED]:
        return Outcome(FAILED, failed[0]["text"])
    if None in parts:
        return Outcome(UNFINISHED, "the process ended before its test did")
    declared = [part for part in parts if part and part["outcome"] == DECLARED]
    results = {part["outcome"] for part in parts if part}
    if results == {DECLARED} and stated.level and stated.level not in capabilities:
        return Outcome(UNSUPPORTED, declared[0]["text"])
    if results <= {PASSED, DECLARED} and (stated.staged or not declared):
        reasons = "; ".join(dict.fromkeys(part["text"] for part in declared))
        return Outcome(DECLARED if results == {DECLARED} else PASSED, reasons)
    return Outcome(SKIPPED, "a test of it was skipped, which proves nothing")


def _follow(events: Path, process: "subprocess.Popen[bytes]") -> Iterator[Event]:
    """The events of a process as they are written, until it ends."""
    with events.open(encoding="utf-8") as file:
        line = ""
        while True:
            over = process.poll() is not None
            line += file.readline()
            if line.endswith("\n"):
                yield json.loads(line)
                line = ""
            elif over:
                return
            else:
                time.sleep(0.05)


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what could change, shorten or empty the run."""
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith(("PYTEST_", "HYPOTHESIS_", "IMAGEMATCH_CONFORMANCE_"))
        and name not in {"PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONINSPECT"}
    }
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
