"""Jobs in worker processes: in order, in bounded numbers, whatever dies."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import pytest

from imagematch_core.ingest import workers


def double_or_die(number: int) -> int:
    if number % 25 == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def pid(_: int) -> int:
    return os.getpid()


def pids(jobs: range, processes: int | None) -> set[object]:
    return {result for _, result in workers.run(pid, jobs, processes=processes, weight=_light)}


def _light(_: int) -> int:
    return 1


def test_the_job_that_kills_its_worker_is_named_and_the_rest_goes_on() -> None:
    results = list(workers.run(double_or_die, range(60), processes=2, weight=_light))
    assert [job for job, _ in results] == list(range(60))
    died = {job for job, result in results if isinstance(result, workers.Died)}
    assert died == {7, 32, 57}
    assert all(result == 2 * job for job, result in results if job not in died)


def test_one_process_means_this_one() -> None:
    assert pids(range(40), processes=1) == {os.getpid()}


def test_by_default_a_handful_is_done_here_and_more_elsewhere() -> None:
    assert pids(range(3), processes=None) == {os.getpid()}
    assert os.getpid() not in pids(range(40), processes=None)


@pytest.mark.parametrize("weight", [1, workers.BYTES_PER_CALL])
def test_jobs_are_taken_only_as_they_are_done(weight: int) -> None:
    taken = 0

    def endless() -> Iterator[int]:
        nonlocal taken
        for job in count(100, 25):
            taken += 1
            yield job

    results = workers.run(double_or_die, endless(), processes=2, weight=lambda _: weight)
    done = list(islice(results, 20))
    results.close()
    assert [job for job, _ in done] == list(islice(count(100, 25), 20))
    assert taken < 100


def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from imagematch_core.ingest import workers\n"
        "def add_one(number): return number + 1\n"
        "jobs = workers.run(add_one, range(50), processes=2, weight=lambda _: 1)\n"
        "print(sum(result for _, result in jobs))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout == f"{sum(range(1, 51))}\n"
    assert done.stderr == ""


def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, time\n"
        "from imagematch_core.ingest import workers\n"
        "def pid(_):\n"
        "    time.sleep(0.1)\n"
        "    return os.getpid()\n"
        "for _, found in workers.run(pid, range(10**6), processes=2, weight=lambda _: 1):\n"
        "    print(found, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        found = {int(process.stdout.readline()) for _ in range(40)}
        process.kill()
    assert found
    while any(Path(f"/proc/{worker}/status").exists() for worker in found):
        time.sleep(0.05)
