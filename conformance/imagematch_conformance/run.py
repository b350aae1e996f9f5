"""Runs the suite in processes of its own, and judges what they wrote."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
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
    """The result of one requirement.

    Attributes:
        result: one of the constants above.
        reason: the failure, or why it does not apply.
    """

    result: str
    reason: str = ""


@dataclass(slots=True)
class Run:
    """The result of a run.

    Attributes:
        outcomes: of every requirement that was to be tested, by id.
        driver: what the driver says of itself: name, api, capabilities, server.
        digests: of the hits that were found, by algorithm.
        log: what the process printed.
    """

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    driver: Event = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
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
    jobs: int = 1,
    kill_server: str = "",
    progress: Callable[[Event], None] = lambda _: None,
) -> Run:
    """Test the driver that is installed for `url`.

    What disturbs others, and what was late and so may have failed because the machine is busy, is
    tested when all others are done, by itself.

    Args:
        url: of a database that the tests may write to.
        only: ids of the requirements to test; empty means all.
        long: whether random sequences of calls are many and long.
        seed: of these.
        jobs: how many processes test at the same time, each with indexes of its own.
        kill_server: a command that kills the database's server and starts it again.
        progress: told each event of the processes: what has started, and what has ended.
    """
    ids = only or tuple(REQUIREMENTS)
    first = [one for one in ids if jobs == 1 or not REQUIREMENTS[one].alone]
    with tempfile.TemporaryDirectory(prefix="imagematch-certify-") as folder:

        def work(number: int, queue: deque[str]) -> tuple[list[Event], str]:
            # No name of one job may be among those that look like another's; see CONNECT-004.
            index = "certify" if number == 0 else f"certify{number}x"
            job = Job(url, str(Path(folder, f"events-{number}")), index, long, seed, kill_server)
            return _work(job, queue, progress)

        queue = deque(first)
        with ThreadPoolExecutor(jobs) as pool:
            parts = [*pool.map(work, range(jobs), [queue] * jobs)]
        events = [event for found, _ in parts for event in found]
        late = {event["id"] for event in events if event.get("late")}
        if again := [one for one in ids if one in late or one not in first]:
            progress({"event": "again", "late": sorted(late)})
            parts.append(work(jobs, deque(again)))
            events += parts[-1][0]
        return judge(events, only, "".join(log for _, log in parts))


def _work(
    job: Job, queue: deque[str], progress: Callable[[Event], None]
) -> tuple[list[Event], str]:
    """Let a process test what is in the queue; return its events, and what it printed."""
    events, folder = Path(job.events), Path(job.events).parent
    events.touch()
    found: list[Event] = []
    with Path(f"{job.events}.log").open("w+b") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", f"{__package__}.session"],
            env={
                **_clean(os.environ),
                **job.to_environment(),
                "HYPOTHESIS_STORAGE_DIRECTORY": str(folder),
            },
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
        try:
            for event in _follow(events, process):
                found.append(event)
                if event["event"] == "asks":
                    _answer(process, queue)
                progress(event)
        finally:
            process.kill()
            if process.stdin:
                with suppress(BrokenPipeError):
                    process.stdin.close()
            process.wait()
        log.seek(0)
        return found, log.read().decode(errors="replace")


def _answer(process: "subprocess.Popen[bytes]", queue: deque[str]) -> None:
    """Tell a process what to test next; an empty line ends it."""
    try:
        name = queue.popleft()
    except IndexError:
        name = ""
    if process.stdin:
        with suppress(BrokenPipeError):
            process.stdin.write(f"{name}\n".encode())
            process.stdin.flush()


def judge(events: list[Event], only: tuple[str, ...], log: str) -> Run:
    """Turn what processes wrote into a result for each requirement; the last result counts."""
    result = Run(log=log)
    result.driver = next((event for event in events if event["event"] == "driver"), {})
    ended = {event["node"]: event for event in events if event["event"] == "ended"}
    nodes: dict[str, list[str]] = {}
    for event in events:
        if event["event"] == "collected":
            nodes.setdefault(event["id"], []).append(event["node"])  # by each process
    capabilities = result.driver.get("capabilities", [])
    for requirement_id in only or REQUIREMENTS:
        result.outcomes[requirement_id] = _outcome(
            REQUIREMENTS[requirement_id],
            [ended.get(node) for node in nodes.get(requirement_id, [])],
            capabilities,
        )
    for event in ended.values():
        result.digests |= event.get("digests", {})
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
    """Yield the events of a process as they are written, until it ends."""
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
    """Return the environment without what changes, shortens or empties runs of pytest.

    A CI server often sets PYTEST_ADDOPTS, and with PYTHONOPTIMIZE every `assert` passes.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith(("PYTEST_", "HYPOTHESIS_", "IMAGEMATCH_CONFORMANCE_"))
        and name not in {"PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONINSPECT"}
    }
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
