"""Near-duplicate image search in PostgreSQL: the driver for imagematch."""

from .connections import PunctualConnection
from .driver import PostgreSQLDriver

__all__ = ["PostgreSQLDriver", "PunctualConnection"]
