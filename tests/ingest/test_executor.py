"""Pictures signed by somebody else's workers: the same index, whatever dies among them."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import dask
import pytest
from distributed import Client, LocalCluster

import imagematch_core as imagematch
from imagematch_core.ingest import workers
from tests.drawings import drawing, saved

COUNT = 40

pytestmark = pytest.mark.slow


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "pictures"
    folder.mkdir()
    found = [saved(folder, f"{number}.png", drawing(number)) for number in range(COUNT)]
    broken = folder / "broken.jpg"
    broken.write_bytes(found[0].read_bytes()[:200])
    return [*found, broken]


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A scheduler that gives up a call whose worker dies, and two workers, each a process."""
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs="ERROR"
        ) as cluster,
    ):
        yield cluster


def added(files: list[Path], executor: Executor | None) -> list[tuple[str, bytes]]:
    """Add the files to a new index; return what it holds."""
    with imagematch.open("memory://") as index:
        report = index.add_many(files, executor=executor, workers=2)
        assert report.added == COUNT
        assert [item.source for item, _ in report.failed] == [files[-1]]
        return [(one.id, one.signature.data) for one in index.entries()]


def test_threads_and_dask_fill_the_index_that_this_process_does(
    files: list[Path], cluster: LocalCluster
) -> None:
    here = added(files, None)
    with ThreadPoolExecutor(2) as threads:
        assert added(files, threads) == here
        assert threads.submit(len, "ab").result() == 2  # it stays open
    with Client(cluster) as client:
        assert added(files, client.get_executor(pure=False)) == here


def test_a_worker_of_dask_that_is_killed_costs_nothing(
    files: list[Path], cluster: LocalCluster
) -> None:
    here = added(files, None)
    with Client(cluster) as client, imagematch.open("memory://") as index:

        def killing() -> Iterator[Path]:
            for number, file in enumerate(files):
                if number == COUNT // 2:
                    pid = client.run(os.getpid)[next(iter(client.scheduler_info()["workers"]))]
                    os.kill(pid, signal.SIGKILL)
                yield file

        report = index.add_many(killing(), executor=client.get_executor(pure=False), workers=1)
        assert (report.added, len(report.failed)) == (COUNT, 1)
        assert [(one.id, one.signature.data) for one in index.entries()] == here


def die(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def test_a_picture_that_kills_the_workers_of_dask_is_named(cluster: LocalCluster) -> None:
    with Client(cluster) as client:
        executor = client.get_executor(pure=False)
        results = [*workers.run(die, [1], processes=2, weight=lambda _: 1, executor=executor)]
    ((job, result),) = results
    assert job == 1
    assert isinstance(result, workers.Died)


def test_an_executor_that_takes_no_more_is_an_error_that_loses_nothing(files: list[Path]) -> None:
    with ProcessPoolExecutor(1) as executor:
        pass
    with imagematch.open("memory://") as index:
        with pytest.raises(imagematch.ArgumentError, match="takes no more pictures"):
            index.add_many(files, executor=executor)
        assert index.count() == 0
        index.add_many(files[:3])
        with ThreadPoolExecutor(1) as threads:
            assert index.add_many(files, executor=threads).unchanged == 3
