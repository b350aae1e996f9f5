"""Real servers for tests, certification and benchmarks.

    with running("postgresql") as server:
        connect(server.url)

A URL in the environment wins; otherwise a server starts, on a free port of this machine, its
data in a temporary folder, and ends with the block or with the process.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from devtools.servers.elasticsearch import Elasticsearch
from devtools.servers.errors import ServerError
from devtools.servers.mongodb import MongoDB
from devtools.servers.postgresql import PostgreSQL
from devtools.servers.recipe import Recipe
from devtools.servers.server import LocalServer, Server, variable

__all__ = [
    "NAMES",
    "LocalServer",
    "Server",
    "ServerError",
    "private",
    "running",
    "together",
    "variable",
]

RECIPES: dict[str, Callable[[str], Recipe]] = {
    "postgresql": lambda name: PostgreSQL(name, 18),
    "postgresql-15": lambda name: PostgreSQL(name, 15),
    "postgresql-16": lambda name: PostgreSQL(name, 16),
    "mongodb": lambda name: MongoDB(name, replica_set=True),
    "mongodb-standalone": lambda name: MongoDB(name, replica_set=False),
    "elasticsearch": lambda name: Elasticsearch(name, "9.2.4"),
    "elasticsearch-8": lambda name: Elasticsearch(name, "8.19.9"),
}
NAMES = tuple(RECIPES)


@contextmanager
def running(name: str) -> Iterator[Server]:
    """Give a server to use: that of the environment, which is left running, or one of ours.

    Args:
        name: One of `NAMES`: the kind, with a suffix for an older major or another set-up.

    Raises:
        ServerError: It cannot be started, and why.
    """
    with together([name]) as servers:
        yield servers[0]


@contextmanager
def together(names: Sequence[str]) -> Iterator[list[Server]]:
    """Give several servers, as `running` does; they are fetched and started side by side.

    Raises:
        ServerError: One of them cannot be started, and why; the others are stopped.
    """
    given = {name: url for name in names if (url := os.environ.get(variable(name)))}
    ours = [name for name in names if name not in given]
    with ExitStack() as stack:
        with ThreadPoolExecutor() as pool:
            recipes = list(pool.map(_recipe, ours))
        started = {recipe.name: stack.enter_context(_launched(recipe)) for recipe in recipes}
        for server in started.values():
            server.wait()
        yield [Server(name, given[name]) if name in given else started[name] for name in names]


@contextmanager
def private(name: str) -> Iterator[LocalServer]:
    """Give a server of one's own, whatever the environment says: it may be killed.

    Raises:
        ServerError: It cannot be started, and why.
    """
    with _launched(_recipe(name)) as server:
        server.wait()
        yield server


@contextmanager
def _launched(recipe: Recipe) -> Iterator[LocalServer]:
    server = LocalServer(recipe)
    try:
        yield server
    finally:
        server.stop()


def _recipe(name: str) -> Recipe:
    if name not in RECIPES:
        raise ServerError(f"no server is named {name!r}; there are {', '.join(NAMES)}")
    return RECIPES[name](name)
