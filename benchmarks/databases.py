"""The databases that are measured, each empty and on this machine."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import psycopg
from imagematch_es.target import from_url
from pymongo import MongoClient

from devtools.servers import LocalServer, running

SERVERS = ("postgresql", "mongodb", "elasticsearch")
DATABASES = ("memory", "sqlite", *SERVERS)
PAGE_CACHE = Path("/proc/sys/vm/drop_caches")


@contextmanager
def started(database: str, given: str | None = None) -> Iterator[str]:
    """The URL of a database by its name in `DATABASES`; a server runs as long as the block.

    Args:
        database: the name.
        given: the URL of one that runs, in place of a new one.
    """
    with restartable(database, given) as (url, _):
        yield url


@contextmanager
def restartable(
    database: str, given: str | None = None
) -> Iterator[tuple[str, Callable[[], None] | None]]:
    """The same, and what ends the server and starts it again with its data; None if it is not ours.

    A file needs no restart: a process that opens it anew has nothing of it in memory.
    """
    if database == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield given or f"sqlite:///{folder}/benchmark.db", lambda: None
    elif given or database == "memory":
        yield given or f"memory://{uuid4().hex}", None
    else:
        with running(database) as server:
            if isinstance(server, LocalServer):
                _give_memory(server)
                yield server.url, partial(_restart, server)
            else:
                yield server.url, None


def _restart(server: LocalServer) -> None:
    server.restart()
    if server.name == "mongodb":  # forgets it
        _give_memory(server)


def _give_memory(server: LocalServer) -> None:
    """Let a server of ours cache as much as its makers advise, which is more than tests need.

    PostgreSQL also may write for longer before its pages are written in full again.
    """
    size = f"{psutil.virtual_memory().total // 4 >> 20}MB"
    if server.name == "postgresql":
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET shared_buffers = '{size}'")
            connection.execute("ALTER SYSTEM SET max_wal_size = '16GB'")
        server.restart()
    elif server.name == "mongodb":
        with MongoClient[Any](server.url) as mongodb:
            config = f"cache_size={size}"
            mongodb.admin.command("setParameter", 1, wiredTigerEngineRuntimeConfig=config)


def empty_page_cache() -> bool:
    """Make the system forget what it has read from disks; False if it does not let us."""
    os.sync()
    try:
        PAGE_CACHE.write_text("3")
    except OSError:
        return False
    return True


def size_on_disk(database: str, url: str) -> float:
    """Bytes on disk of all that the database holds."""
    if database == "memory":
        return 0.0
    if database == "sqlite":
        path = Path(url.removeprefix("sqlite:///"))
        paths = path.parent.glob(f"{path.name}*")
        return sum(path.stat().st_size for path in paths)
    if database == "postgresql":
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
            return float(row[0]) if row else 0.0
    if database == "mongodb":
        with MongoClient[Any](url) as mongodb:
            mongodb.admin.command("fsync")
            stats = mongodb.get_default_database().command("dbStats")
            return float(stats["storageSize"] + stats["indexSize"])
    client, _ = from_url(url, {})
    with client:
        client.indices.flush()
        stats = client.indices.stats(metric="store")["_all"]["primaries"]
        return float(stats["store"]["size_in_bytes"]) if stats else 0.0
