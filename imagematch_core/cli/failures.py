"""Files of a folder that can't be used: summed up, and a failure only where it is news."""

import hashlib
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from more_itertools import map_reduce

from ..deduping.cache import default_cache, state_of_path
from ..sources.naming import NamedFailure, named, why_failed
from ..sources.source import absolute
from ..writing import replacing
from .output import plural, printable_lines, report_failures, say

_NAMED = 3
"""Failures of a kind that are named one by one; of more, these many names are shown."""
_MOST_TOLD = 100_000


def told_file() -> Path:
    """Return the file beside the cache with what was told before; safe to delete."""
    return default_cache().with_name("failures-told.txt")


def report_kinds(failed: Sequence[NamedFailure]) -> None:
    """Print failures: each by its name, or, where many are of a kind, a line for the kind."""
    for kind in map_reduce(failed, lambda one: type(one[1])).values():
        for why, some in map_reduce(kind, why_failed).items():
            if len(some) <= _NAMED:
                report_failures(some)
                continue
            names = ", ".join(os.path.basename(name) or name for name, _ in some[:_NAMED])
            rest = len(some) - _NAMED
            say(
                "failed: ",
                "red",
                printable_lines(f"{plural(len(some), 'file')}: {why} ({names} and {rest:,} more)"),
            )


def has_news(failed: Iterable[NamedFailure], asked_for: Iterable[str], *, remember: bool) -> bool:
    """Return whether something failed that was asked for by its name, or that was not told before.

    Args:
        asked_for: files and folders that were named.
        remember: what is told now is not news the next time.
    """
    by_name = {form for source in asked_for for form in (absolute(source), named(source))}
    told = _told() if remember else {}
    now = {_digest(failure): failure for failure in failed}
    if remember and now.keys() - told.keys():
        _write([*told, *(digest for digest in now if digest not in told)])
    return any(
        digest not in told or {one[0], absolute(one[0])} & by_name for digest, one in now.items()
    )


def _digest(failure: NamedFailure) -> str:
    name, error = failure
    text = f"{absolute(name)}\0{state_of_path(name)}\0{error}"
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]


def _told() -> dict[str, None]:
    with suppress(OSError, ValueError):
        return dict.fromkeys(told_file().read_text(encoding="ascii").split())
    return {}


def _write(digests: Sequence[str]) -> None:
    path = told_file()
    # It is only a matter of the exit status.
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write("\n".join(digests[-_MOST_TOLD:]).encode() + b"\n")
