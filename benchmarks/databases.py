"""The databases that are measured, each empty and on this machine."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from devtools.servers import running

SERVERS = ("postgresql", "mongodb", "elasticsearch")
DATABASES = ("memory", "sqlite", *SERVERS)


@contextmanager
def started(database: str) -> Iterator[str]:
    """The URL of a database by its name in `DATABASES`; a server runs as long as the block."""
    if database == "memory":
        yield "memory://"
    elif database == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/benchmark.db"
    else:
        with running(database) as server:
            yield server.url
