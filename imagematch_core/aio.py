"""Indexes for asynchronous programs: the same methods, awaited.

import imagematch_core.aio

async with imagematch_core.aio.open("postgresql://localhost/photos") as index:
    hits = await index.search(data)

Signing keeps a processor busy and the clients of databases wait, so calls run on threads, of which
each index has a bounded number; further calls wait without one. A call that is cancelled ends at
once for who awaits it: one that waits for a thread is never made, one that runs is left to end
within its own limits of time, and its result is dropped.

Needs anyio, which the extra `aio` installs.
"""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Iterable
from concurrent.futures import Executor
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from anyio import CapacityLimiter, to_thread
from more_itertools import chunked, take

from .arguments import check_number
from .errors import Closed
from .index import CopyResult, Index, open_index
from .ingest import AddResult, Item, PreparedPicture, check_is_many
from .model import Entry, Hits, IndexInfo, Metadata, Progress, Signature
from .protocol.values import MAX_QUERIES
from .sources import PictureLike

__all__ = ["AsyncIndex", "open"]

THREADS = 8
ENTRIES_AT_ONCE = 256
"""Entries that are fetched in one call."""

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def open(target: Any, *, threads: int = THREADS, **options: Any) -> "AsyncIndex":  # noqa: A001
    """Return an index to be opened by `async with`.

    Args:
        target: as for `imagematch_core.open`.
        threads: how many calls run at once. A driver with a pool should have as many connections.
        options: those of `imagematch_core.open`.

    Raises:
        ArgumentError: `threads` is less than 1.
    """
    return AsyncIndex(partial(open_index, target, **options), check_number("threads", threads, 1))


def _awaited(
    method: Callable[Concatenate[Index, Arguments], Result],
) -> Callable[Concatenate["AsyncIndex", Arguments], Coroutine[Any, Any, Result]]:
    """Return the method of `AsyncIndex` that runs one of `Index` on a thread."""

    @wraps(method)
    async def run(
        self: "AsyncIndex", /, *args: Arguments.args, **options: Arguments.kwargs
    ) -> Result:
        return await self._run(method, self._index, *args, **options)

    return run


class AsyncIndex:
    """An `imagematch_core.Index` with methods to await. `open` makes it.

    Tasks may share it, in the event loop that opened it. Arguments, results and errors are those of
    the method of the same name; streams are asynchronous iterators.
    """

    def __init__(self, opens: Callable[[], Index], threads: int) -> None:
        self._opens = opens
        self._threads = threads
        self._opened: Index | None = None
        self._limiter: CapacityLimiter | None = None

    async def __aenter__(self) -> Self:
        self._limiter = CapacityLimiter(self._threads)
        # Not abandoned: nobody would close it.
        self._opened = await to_thread.run_sync(self._opens, limiter=self._limiter)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    @property
    def name(self) -> str:
        """The name of the index."""
        return self._index.name

    @property
    def info(self) -> IndexInfo:
        """The facts that the index stores about itself, its algorithm among them."""
        return self._index.info

    add = _awaited(Index.add)
    """Add a picture; return the id. A call that is cancelled while it runs may have added it."""

    add_unless_near = _awaited(Index.add_unless_near)
    """Add a picture unless there is a near copy of it, decoding it once."""

    async def add_many(
        self,
        sources: Iterable[PictureLike | Signature | PreparedPicture | Item],
        *,
        workers: int | None = 1,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> AddResult:
        """Add any number of pictures.

        Args:
            sources: as for `imagematch_core.Index.add_many`. They are iterated, and `progress` is
                called, in a thread.
            workers: processes that sign; without it this process signs, which suits servers.
            executor: signs instead of them.
            progress: called with the number of sources done since the last call.
        """
        return await self._run(
            self._index.add_many, sources, workers=workers, executor=executor, progress=progress
        )

    prepare = _awaited(Index.prepare)
    """Decode a picture once, to search with it and add it."""

    search = _awaited(Index.search)
    """Find the pictures that are near copies of one."""

    async def search_many(
        self,
        sources: (
            Iterable[PictureLike | Signature | PreparedPicture]
            | AsyncIterable[PictureLike | Signature | PreparedPicture]
        ),
        **options: Any,
    ) -> AsyncIterator[Hits]:
        """Yield the hits of each source, in order.

        Args:
            sources: any number, also from an asynchronous iterator; some are taken at a time.
            options: those of `imagematch_core.Index.search_many`.
        """
        async for some in _batches(sources):
            found = await self._run(lambda part: [*self._index.search_many(part, **options)], some)
            for hits in found:
                yield hits

    get = _awaited(Index.get)
    """Return the picture with this id, None if there is none."""

    update = _awaited(Index.update)
    """Replace the metadata of a picture as a whole."""

    delete = _awaited(Index.delete)
    """Delete pictures; return how many."""

    count = _awaited(Index.count)
    """Return the exact number of pictures."""

    async def entries(
        self,
        where: Metadata | None = None,
        *,
        path: str | None = None,
        path_prefix: str | None = None,
        after: str | None = None,
    ) -> AsyncIterator[Entry]:
        """Yield pictures in the order of ids."""
        found = self._index.entries(where, path=path, path_prefix=path_prefix, after=after)
        while some := await self._run(take, ENTRIES_AT_ONCE, found):
            for entry in some:
                yield entry

    duplicates = _awaited(Index.duplicates)
    """Group the near copies."""

    async def copy_to(self, other: "AsyncIndex", *, progress: Progress | None = None) -> CopyResult:
        """Copy every picture into another index."""
        return await self._run(self._index.copy_to, other._index, progress=progress)

    refresh = _awaited(Index.refresh)
    """Make everything that anyone has written until now visible to all searches."""

    optimize = _awaited(Index.optimize)
    """Let the database tidy up after many pictures were added or replaced."""

    drop = _awaited(Index.drop)
    """Remove the index and everything in it."""

    async def healthy(self, timeout: float = 1.0) -> bool:
        """Return whether the database answers, and holds the index.

        It doesn't wait for a thread of the index, so a busy service stays healthy.
        """
        return await to_thread.run_sync(self._index.healthy, timeout, abandon_on_cancel=True)

    server_version = _awaited(Index.server_version)
    """Return the name and version of the database."""

    async def close(self) -> None:
        """Make visible what was written, and release connections, without waiting for calls."""
        if self._opened is not None:
            await to_thread.run_sync(self._opened.close)

    @property
    def _index(self) -> Index:
        if self._opened is None:
            raise Closed("this index is not open: use it inside 'async with'")
        return self._opened

    async def _run(self, function: Callable[..., Result], *args: Any, **options: Any) -> Result:
        return await to_thread.run_sync(
            partial(function, *args, **options), abandon_on_cancel=True, limiter=self._limiter
        )


async def _batches(sources: Iterable[Any] | AsyncIterable[Any]) -> AsyncIterator[list[Any]]:
    """Yield what there is, some at a time: as many as one call of a database answers."""
    if not isinstance(sources, AsyncIterable):
        check_is_many(sources)
        for some in chunked(sources, MAX_QUERIES):
            yield some
        return
    batch: list[Any] = []
    async for source in sources:
        batch.append(source)
        if len(batch) >= MAX_QUERIES:
            yield batch
            batch = []
    if batch:
        yield batch
