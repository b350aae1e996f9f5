"""Files in object stores, s3:// and gs://, reached by fsspec, which is an extra."""

from .access import Access
from .walking import walk

__all__ = ["Access", "walk"]
