"""The stage of `sqlite:///`: what another program may have done to the file."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any

from imagematch_core.drivers.sqlite_file import path_of
from imagematch_core.protocol import ErrorKind, Stored

from ..stage import Impossible, Stage


class SQLiteStage(Stage):
    """Opens the file with Python's sqlite3."""

    @contextmanager
    def stranger(self, index: str) -> Iterator[Callable[[], bool]]:
        table = f'"imagematch_rec_{index}"'
        self._run(f"CREATE TABLE {table} (mine TEXT)", f"INSERT INTO {table} VALUES ('precious')")
        yield lambda: self._run(f"SELECT * FROM {table}") == [("precious",)]
        self._run(f"DROP TABLE {table}")

    def half_created(self, index: str) -> AbstractContextManager[None]:
        raise Impossible("a creation is one transaction")

    @contextmanager
    def other_layout(self, index: str) -> Iterator[None]:
        table = f'"imagematch_index_{index}"'
        self._run(f"UPDATE {table} SET layout = layout + 1")
        yield
        self._run(f"UPDATE {table} SET layout = layout - 1")

    @contextmanager
    def blocked(self, index: str) -> Iterator[None]:
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield

    def stored(self, index: str) -> Iterable[Stored]:
        rows = self._run(f'SELECT id, signature, body FROM "imagematch_rec_{index}"')
        return [Stored(*row) for row in rows]

    @contextmanager
    def refusing(self, kind: ErrorKind) -> Iterator[str]:
        if kind is not ErrorKind.BAD_REQUEST:
            raise Impossible(f"a file that refuses with '{kind}' needs the system's help")
        path = path_of(self.url)
        other = path.with_name(f"{path.name}.not-a-database")
        other.write_text("this is not a database\n" * 100)
        yield f"sqlite:///{other}"
        other.unlink()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(path_of(self.url), isolation_level=None)

    def _run(self, *statements: str) -> list[tuple[Any, ...]]:
        with closing(self._connect()) as connection:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
        return rows
