"""Other processes that use the database of a test, most of which are killed."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import child
from .timing import Late

PATIENCE = 180.0
"""Seconds after which a process that says nothing is taken for stuck."""

_METHODS = multiprocessing.get_all_start_methods()
_CONTEXT = multiprocessing.get_context("forkserver" if "forkserver" in _METHODS else "spawn")
"""Where a server can be forked from, processes begin at once: it has imported what they need, and
has opened nothing."""


class OtherProcess:
    """A process that does one of the actions of `child`.

    Args:
        work: what to do.
        preload: the modules to import once for all processes.
    """

    def __init__(self, work: dict[str, Any], preload: list[str]) -> None:
        if hasattr(_CONTEXT, "set_forkserver_preload"):
            # Heard only before the first process is started.
            _CONTEXT.set_forkserver_preload(["pytest", child.__name__, *preload])
        self._reader, writer = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(target=child.main, args=(work, writer), daemon=True)  # type: ignore[attr-defined]
        self._process.start()
        writer.close()

    def said(self) -> Iterator[Any]:
        """Yield what the process says, as it does, until it ends.

        Raises:
            Late: it has said nothing for long.
        """
        while True:
            try:
                if not self._reader.poll(PATIENCE):
                    raise Late(f"another process said nothing for {PATIENCE:.0f} s")
                yield self._reader.recv()
            except (EOFError, OSError):  # it ended, or was ended by `end`
                return

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self._process.kill()

    def end(self) -> None:
        """Kill it, and wait until it is dead."""
        self._process.kill()
        self._process.join()
        self._reader.close()


@contextmanager
def other_process(work: dict[str, Any], preload: list[str]) -> Iterator[OtherProcess]:
    """Start a process, which is killed in the end."""
    process = OtherProcess(work, preload)
    try:
        yield process
    finally:
        process.end()
