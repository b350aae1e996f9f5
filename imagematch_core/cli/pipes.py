"""End a command quietly whose reader has gone, as in `imagematch list | head -1`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
import rich.console

BROKEN_PIPE = 141
"""The exit status of what SIGPIPE ends, by the convention of shells: 128 + 13."""


class Console(rich.console.Console):
    """Prints; leaves it to `ending_quietly` what becomes of a command whose reader has gone."""

    def on_broken_pipe(self) -> None:
        raise  # noqa: PLE0704 - called while the error is handled


@contextmanager
def ending_quietly() -> Iterator[None]:
    """Exit where nobody reads what is written, without a word.

    The signal itself is left as Python has it: it would end us where a database hangs up, too.
    """
    try:
        yield
    except BrokenPipeError as err:
        # What is still buffered is written as Python ends, and must go somewhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            if not stream.isatty():
                os.dup2(nowhere, stream.fileno())
        raise click.exceptions.Exit(BROKEN_PIPE) from err
