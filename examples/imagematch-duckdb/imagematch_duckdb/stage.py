"""Sets the scene for the conformance suite: what another program may have done to the file."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import duckdb
from imagematch_conformance import Impossible, Stage
from imagematch_core.protocol import ErrorKind, Stored

from .database import path_of, write_lock


class DuckDBStage(Stage):
    """Opens the file as any program would."""

    @contextmanager
    def stranger(self, index: str) -> Iterator[Callable[[], bool]]:
        table = f'"imagematch_record_{index}"'
        self._run(f"CREATE TABLE {table} AS SELECT 'precious' AS mine")
        yield lambda: self._run(f"SELECT * FROM {table}") == [("precious",)]
        self._run(f"DROP TABLE {table}")

    def half_created(self, index: str) -> AbstractContextManager[None]:
        raise Impossible(f"the creation of {index!r} is one transaction")

    @contextmanager
    def other_layout(self, index: str) -> Iterator[None]:
        self._run(f'UPDATE "imagematch_meta_{index}" SET layout = layout + 1')
        yield
        self._run(f'UPDATE "imagematch_meta_{index}" SET layout = layout - 1')

    @contextmanager
    def blocked(self, index: str) -> Iterator[None]:  # noqa: ARG002 - the lock is the file's
        with write_lock(path_of(self.url)).hold(10):
            yield

    def stored(self, index: str) -> Iterable[Stored]:
        rows = self._run(f'SELECT id, signature, body FROM "imagematch_record_{index}"')
        return [Stored(*row) for row in rows]

    @contextmanager
    def refusing(self, kind: ErrorKind) -> Iterator[str]:
        path = path_of(self.url)
        if kind is ErrorKind.UNAVAILABLE:
            yield f"duckdb:///{path}.no-folder/index.duckdb"
        elif kind is ErrorKind.BAD_REQUEST:
            other = path.with_name(f"{path.name}.not-a-database")
            other.write_text("this is not a database\n" * 1_000)
            yield f"duckdb:///{other}"
            other.unlink()
        else:
            raise Impossible(f"a file that refuses with '{kind}' needs the system's help")

    def _run(self, statement: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(path_of(self.url))) as connection:
            return connection.execute(statement).fetchall()
