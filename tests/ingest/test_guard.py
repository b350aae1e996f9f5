"""What a worker process may take for one picture."""

import sys

import pytest

from imagematch_core.ingest import workers
from imagematch_core.ingest.guard import guarded
from imagematch_core.sources.limits import Limits


def allocate(size: int) -> str:
    with guarded(Limits(max_memory=100_000_000)):
        try:
            return f"got {len(bytearray(size)):,}"
        except MemoryError:
            return "refused"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts the memory of a process")
def test_a_worker_gets_no_more_memory_than_the_limit() -> None:
    sizes = [1_000, 400_000_000, 1_000]
    results = [
        result for _, result in workers.run(allocate, sizes, processes=2, weight=lambda _: 1)
    ]
    assert results == ["got 1,000", "refused", "got 1,000"]
    assert allocate(400_000_000) == "got 400,000,000"  # this process is not ours to bound
