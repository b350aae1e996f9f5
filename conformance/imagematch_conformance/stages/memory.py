"""The stage of `memory://`, whose indexes nobody but the driver can reach."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from imagematch_core.protocol import Stored

from ..stage import Impossible, Stage

UNREACHABLE = "an index in memory can only be reached through its driver"


class MemoryStage(Stage):
    """All that it can say is that there is nothing to stage."""

    def stranger(self, index: str) -> AbstractContextManager[Callable[[], bool]]:
        raise Impossible(UNREACHABLE)

    def half_created(self, index: str) -> AbstractContextManager[None]:
        raise Impossible("a creation is one step")

    def other_layout(self, index: str) -> AbstractContextManager[None]:
        raise Impossible("an index does not outlive the driver that made it")

    def blocked(self, index: str) -> AbstractContextManager[None]:
        raise Impossible(UNREACHABLE)

    def stored(self, index: str) -> Iterable[Stored]:
        raise Impossible(UNREACHABLE)
