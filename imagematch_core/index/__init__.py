"""Indexes of pictures: open, add, search, list, delete, copy."""

from .copying import CopyResult
from .index import Index, UniqueAddResult
from .opening import ddl, open_index

__all__ = ["CopyResult", "Index", "UniqueAddResult", "ddl", "open_index"]
