"""Names that image-match's users give, turned into those of imagematch."""

import hashlib
import re
from typing import Any

from ..drivers.registry import check_index
from ..errors import ArgumentError, InvalidTarget

_LONGEST = 24
_DIGITS = 12
_DURATION = re.compile(r"(\d+)(nanos|micros|ms|s|m|h|d)")
_SECONDS = {"nanos": 1e-9, "micros": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


def index_name(*names: str) -> str:
    """Return the name of the index that stands for what image-match stored under `names`.

    A single one that can name an index names it. Others become part of a name that ends in a
    digest of them, so that no two are confused.
    """
    try:
        (name,) = names
        check_index(name)
    except (ValueError, InvalidTarget):
        digest = hashlib.sha256("\0".join(names).encode()).hexdigest()[:_DIGITS]
        readable = re.sub(r"[^a-z0-9_]+", "-", "-".join(names).lower()).strip("-_0123456789")
        return f"{readable[:_LONGEST] or 'index'}-{digest}"
    return name


def seconds(timeout: Any) -> float:
    """Return seconds: a number, or Elasticsearch's '10s' or '500ms'; or raise `ArgumentError`."""
    if isinstance(timeout, int | float) and not isinstance(timeout, bool):
        found = float(timeout)
    elif match := _DURATION.fullmatch(str(timeout)):
        found = int(match[1]) * _SECONDS[match[2]]
    else:
        found = 0.0
    if not found > 0:
        raise ArgumentError(f"timeout={timeout!r} is no duration; write '10s' or '500ms'")
    return found
