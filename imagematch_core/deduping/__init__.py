"""Near copies among files, without an index.

`finding` is the way from files to groups. Beside it stand what is remembered from run to run:
signatures (`cache`), whole results (`results`) and what people said is no copy (`not_copies`).
"""

from .cache import default_cache
from .finding import dedupe
from .not_copies import (
    NotCopiesEntry,
    clear_not_copies,
    default_not_copies,
    list_not_copies,
    remember_not_copies,
)
from .result import DedupeResult

__all__ = [
    "DedupeResult",
    "NotCopiesEntry",
    "clear_not_copies",
    "dedupe",
    "default_cache",
    "default_not_copies",
    "list_not_copies",
    "remember_not_copies",
]
