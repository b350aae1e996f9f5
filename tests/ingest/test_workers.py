"""Jobs in worker processes: in order, in bounded numbers, whatever dies."""

import errno
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


class Foreign:
    """A job that can't be handed to another process.

    Args:
        arrives: it can be pickled, but not unpickled elsewhere.
    """

    def __init__(self, arrives: bool) -> None:
        self.arrives = arrives

    def __reduce__(self) -> tuple[object, tuple[int]]:
        if not self.arrives:
            raise OSError("the file that it is read from has gone")
        return _only_here, (os.getpid(),)


def _only_here(at_home: int) -> Foreign:
    if os.getpid() != at_home:
        raise ImportError("no such module here")
    return Foreign(arrives=True)


def pid_of(_: object) -> int:
    return os.getpid()


@pytest.mark.parametrize("arrives", [False, True])
def test_jobs_that_cannot_be_handed_over_are_done_here(arrives: bool) -> None:
    jobs: list[object] = [*range(40), Foreign(arrives), *range(40)]
    results = list(workers.run(pid_of, jobs, processes=2, weight=lambda _: 1))
    assert [job for job, _ in results] == jobs
    places = {type(job): place for job, place in results}
    assert places[Foreign] == os.getpid()
    assert os.getpid() not in {place for _, place in results[:40]}


def test_a_daemonic_process_does_all_jobs_itself(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import logging, multiprocessing, os\n"
        "from imagematch_core.ingest import workers\n"
        "logging.basicConfig()\n"
        "def place(_): return os.getpid()\n"
        "def task():\n"
        "    done = list(workers.run(place, range(40), processes=2, weight=lambda _: 1))\n"
        "    print([job for job, _ in done] == list(range(40)),\n"
        "        {found for _, found in done} == {os.getpid()})\n"
        "if __name__ == '__main__':\n"
        "    process = multiprocessing.get_context('fork').Process(target=task, daemon=True)\n"
        "    process.start()\n"
        "    process.join()\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout == "True True\n"
    assert "this one does all: daemonic processes" in done.stderr


def test_without_shared_memory_all_jobs_are_done_here(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import loky

    def refuse(*args: object, **options: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(loky, "ProcessPoolExecutor", refuse)
    assert pids(range(40), processes=2) == {os.getpid()}
    assert "Read-only file system" in caplog.text
