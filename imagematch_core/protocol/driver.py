"""The class that a driver implements. The contract is docs/protocol.md, version 1.0.

What a method owes stands there; here, in a sentence, is what it does.
"""

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import StrEnum
from typing import Any, ClassVar, Self

from ..errors import Closed, ErrorKind, StorageError
from .values import Candidate, Query, Record, Stored

API = (1, 0)
"""The version of the protocol that this core speaks: (major, minor)."""


class Capability(StrEnum):
    """An ability of a driver beyond the protocol's core. No capability changes what is found."""

    PERSISTENT = "persistent"
    """Everything that was acknowledged survives the end of the process."""
    MULTI_PROCESS = "multi-process"
    """Several processes may use one index at once."""
    REMOTE = "remote"
    """The database is reached over a network."""


class Lifetime:
    """How long an instance may be used: until it is closed, in the process that opened it.

    Args:
        name: of what was opened, for errors.
        after_fork: the end of the error in a forked process: what to do there.

    Attributes:
        closed: whether `end` was called.
    """

    def __init__(self, name: str, after_fork: str = "open it again in the child process") -> None:
        self.closed = False
        self._name = name
        self._after_fork = after_fork
        self._process = os.getpid()

    def check(self) -> None:
        """Raise an error if the instance may not be used any more.

        Raises:
            Closed: after `end`.
            StorageError: BAD_REQUEST, in a forked process.
        """
        if self.closed:
            raise Closed("this index was closed")
        if os.getpid() != self._process:
            raise StorageError(
                ErrorKind.BAD_REQUEST, f"{self._name} was opened before a fork; {self._after_fork}"
            )

    def end(self) -> bool:
        """End it; return whether the caller is the one to release what was opened."""
        first, self.closed = not self.closed, True
        return first and os.getpid() == self._process


class Nesting:
    """A count of the threads inside a block, such as `loading`; true while there are any."""

    def __init__(self) -> None:
        self._inside = 0
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return self._inside > 0

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Count the thread while it is inside the block, however that ends."""
        with self._lock:
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1


class Driver(ABC):
    """One index in one database.

    Subclass it, register the class under the entry-point group `imagematch.drivers` with the URL
    scheme as its name, and prove it with `imagematch certify`.

    Args:
        timeout: seconds that a call may take where no shorter `deadline` is set.
    """

    api: ClassVar[tuple[int, int]]
    """The version of the protocol the driver was written for."""
    capabilities: ClassVar[frozenset[Capability]]
    client_types: ClassVar[tuple[str, ...]] = ()
    """Dotted names of the client classes that `connect` takes in place of a URL."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._deadlines = threading.local()

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Give all calls that this thread makes inside the block `seconds` in total."""
        outer = getattr(self._deadlines, "at", None)
        self._deadlines.at = time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadlines.at = outer

    def remaining(self) -> float:
        """Return the seconds that are left for the call being made; at least 0."""
        at = getattr(self._deadlines, "at", None)
        return self._timeout if at is None else max(0.0, at - time.monotonic())

    def time_left(self) -> float:
        """Return `remaining()`, for a call that can't begin without time.

        Raises:
            StorageError: TIMEOUT, where nothing is left.
        """
        seconds = self.remaining()
        if seconds <= 0:
            raise StorageError(ErrorKind.TIMEOUT, "no time was left to ask the database")
        return seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @classmethod
    @abstractmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        """Open `index` at `target`, creating nothing in it.

        Args:
            target: the URL as the user wrote it, or an object of one of `client_types`, which
                stays the caller's: it is never closed or reconfigured.
            index: a name that matches `[a-z][a-z0-9_-]{0,39}`.
            timeout: seconds, see `remaining`.
            options: refused with `InvalidTarget` where unknown; they beat the URL's.
        """

    @classmethod
    @abstractmethod
    def classify(cls, exc: BaseException) -> ErrorKind | None:
        """Return what an exception of the client library means; None if it is not the client's."""

    @abstractmethod
    def info(self) -> str | None:
        """Return the text given to `create`; None until a creation has completed. Write nothing."""

    @abstractmethod
    def create(self, info: str) -> str:
        """Create the index, or finish a creation that died, and return the text it holds.

        Of several concurrent creators one wins; all return the winner's text.

        Raises:
            ForeignIndex: something of this name exists that imagematch did not create.
            IndexLayoutError: another version of the driver created it.
        """

    @abstractmethod
    def put(self, records: Sequence[Record]) -> None:
        """Store records, replacing those with the same ids.

        Raises:
            BulkError: every record that it does not name is acknowledged.
        """

    @abstractmethod
    def delete(self, ids: Sequence[str]) -> int:
        """Delete records by their ids; return how many existed."""

    @abstractmethod
    def get(self, ids: Sequence[str]) -> list[Stored]:
        """Return the records of these ids that exist, in the order asked."""

    @abstractmethod
    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        """Return, for each query, the records with its tags that share most words with it."""

    @abstractmethod
    def scan(self, after: str | None, limit: int, tags: Sequence[str] = ()) -> list[Stored]:
        """Return a page of the records with these tags, in id order, from the first after `after`.

        Only an empty page is the end.
        """

    @abstractmethod
    def count(self) -> int:
        """Return how many records there are, exactly."""

    @abstractmethod
    def refresh(self) -> None:
        """Make acknowledged writes visible to everyone."""

    def ddl(self, info: str) -> str | None:  # noqa: ARG002 - for those that have some
        """Return the statements that `create(info)` runs, for people to run; None for none."""
        return None

    def members(self) -> Sequence[str]:
        """Return the names of the indexes that this one shows as one, to read; none by default."""
        return ()

    def optimize(self) -> None:  # noqa: B027 - most databases have nothing to do
        """Tidy up what many writes have left, so that searches take less time; nothing by default.

        What is found stays the same. Others may read and write meanwhile, or wait.
        """

    def loading(self) -> AbstractContextManager[None]:
        """Return a context that the core enters while it fills an empty index."""
        return nullcontext()

    @abstractmethod
    def drop(self) -> None:
        """Remove exactly what `create` made; do nothing if there is nothing."""

    @abstractmethod
    def close(self) -> None:
        """Release connections; later calls raise `Closed`."""

    @abstractmethod
    def server_version(self) -> str:
        """Return the name and version of the database, such as 'SQLite 3.45.1'."""
