"""`imagematch_core.aio`: the same methods, awaited, on a bounded number of threads."""

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import imagematch_core as imagematch
from imagematch_core import aio
from tests.drawings import drawing, flat


def test_the_same_methods_with_the_same_parameters() -> None:
    def methods(of: type) -> dict[str, list[str]]:
        return {
            name: [
                parameter.name
                for parameter in inspect.signature(method).parameters.values()
                if parameter.kind is not parameter.VAR_KEYWORD
            ]
            for name, method in vars(of).items()
            if inspect.isfunction(method) and not name.startswith("_")
        }

    ours, theirs = methods(aio.AsyncIndex), methods(imagematch.Index)
    assert ours.keys() == theirs.keys()
    for name, parameters in ours.items():
        # Those that take the other's options by name leave them out.
        assert parameters == theirs[name][: len(parameters)]
        assert len(parameters) == len(theirs[name]) or name in {"search_many", "duplicates"}


def test_everything_is_done_as_by_the_other_one(url: str) -> None:
    async def pictures() -> AsyncIterator[Any]:
        for seed in range(70):
            yield drawing(seed % 3)
        yield flat()

    async def main() -> None:
        async with aio.open(url) as index:
            assert index.name == "images"
            assert index.info.algorithm == "goldberg-2"
            assert await index.add(drawing(0), id="0", metadata={"n": 0}) == "0"
            with pytest.raises(imagematch.EntryExists):
                await index.add(drawing(0), id="0", replace=False)
            result = await index.add_many([imagematch.Item(drawing(s), str(s)) for s in (1, 2)])
            assert result.added == 2
            prepared = await index.prepare(drawing(0))
            assert (await index.add_unless_near(prepared, id="3")).id is None
            assert [hit.id for hit in await index.search(prepared)] == ["0"]
            assert [hit.id for hit in await index.search(id="1", cutoff=1.0)][:1] != ["1"]
            found = [hits async for hits in index.search_many(pictures(), limit=1)]
            assert [[hit.id for hit in hits] for hits in found] == [
                [str(seed % 3)] for seed in range(70)
            ] + [[]]
            assert isinstance(found[-1].error, imagematch.FeaturelessImage)
            found = [hits async for hits in index.search_many([drawing(1)])]
            assert [hit.id for hit in found[0]] == ["1"]
            with pytest.raises(imagematch.ArgumentError):
                await anext(index.search_many("one.png"))
            await index.update("0", {"n": 7})
            entry = await index.get("0")
            assert entry
            assert entry.metadata == {"n": 7}
            assert await index.count({"n": 7}) == 1
            assert [entry.id async for entry in index.entries(after="0")] == ["1", "2"]
            assert not await index.duplicates()
            async with aio.open("memory://") as copy:
                assert (await index.copy_to(copy)).copied == 3
            assert await index.healthy()
            assert await index.server_version()
            await index.refresh()
            assert await index.delete(["0", "1"]) == 2
            await index.drop()
            assert not await index.healthy()

    asyncio.run(main())


def test_streams_go_through_more_than_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aio, "ENTRIES_AT_ONCE", 2)

    async def main() -> None:
        async with aio.open("memory://") as index:
            for seed in range(5):
                await index.add(drawing(seed), id=str(seed))
            assert [entry.id async for entry in index.entries()] == list("01234")

    asyncio.run(main())


class Slow:
    """A file that is read only once it may be, and tells how many are read at once."""

    def __init__(self) -> None:
        self.may_go = threading.Event()
        self.lock = threading.Lock()
        self.reading = self.most = self.calls = 0

    def read(self, size: int = -1) -> bytes:
        with self.lock:
            self.reading += 1
            self.calls += 1
            self.most = max(self.most, self.reading)
        self.may_go.wait()
        with self.lock:
            self.reading -= 1
        return b""


def test_calls_share_a_bounded_number_of_threads_and_leave_the_loop_free() -> None:
    slow = Slow()

    async def main() -> None:
        async with aio.open("memory://", threads=3) as index:
            calls = [asyncio.create_task(index.search(slow)) for _ in range(20)]  # type: ignore[arg-type]
            while slow.reading < 3:
                await asyncio.sleep(0.001)
            for _ in range(100):  # others would have begun
                await asyncio.sleep(0)
            assert await index.healthy()
            slow.may_go.set()
            results = await asyncio.gather(*calls, return_exceptions=True)
            assert all(isinstance(error, imagematch.EmptyPicture) for error in results)

    asyncio.run(main())
    assert slow.most == 3


def test_a_call_that_is_cancelled_ends_and_one_that_waits_is_never_made() -> None:
    slow = Slow()

    async def main() -> None:
        async with aio.open("memory://", threads=1) as index:
            running = asyncio.create_task(index.search(slow))  # type: ignore[arg-type]
            while not slow.calls:
                await asyncio.sleep(0.001)
            waiting = asyncio.create_task(index.search(slow))  # type: ignore[arg-type]
            await asyncio.sleep(0)
            for task in (running, waiting):
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            assert slow.reading == 1  # not waited for
            slow.may_go.set()
            assert await index.count() == 0

    asyncio.run(main())
    assert slow.calls == 1


def test_an_index_that_is_not_open_says_so(tmp_path: Path) -> None:
    index = aio.open("memory://")
    with pytest.raises(imagematch.Closed, match="async with"):
        asyncio.run(index.count())
    with pytest.raises(imagematch.ArgumentError, match="threads"):
        aio.open("memory://", threads=0)

    async def main() -> None:
        async with aio.open("memory://") as opened:
            pass
        await opened.count()

    with pytest.raises(imagematch.Closed):
        asyncio.run(main())
