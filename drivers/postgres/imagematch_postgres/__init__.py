"""Near-duplicate image search in PostgreSQL: the driver for imagematch."""

from .driver import PostgreSQLDriver

__all__ = ["PostgreSQLDriver"]
