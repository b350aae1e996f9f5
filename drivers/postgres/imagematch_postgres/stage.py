"""PostgreSQL as the conformance suite needs it beyond the driver."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg
from imagematch_conformance.stage import Impossible, Stage
from imagematch_core.protocol import ErrorKind, Stored
from psycopg import sql
from psycopg_pool import ConnectionPool

from .statements import Statements
from .target import parse


class PostgreSQLStage(Stage):
    """Uses the URL that is certified, whose user may create roles."""

    @contextmanager
    def stranger(self, index: str) -> Iterator[Callable[[], bool]]:
        table = self._table("records", index)
        self._run("CREATE TABLE {table} (mine text)", table=table)
        self._run("INSERT INTO {table} VALUES ('precious')", table=table)
        try:
            yield lambda: self._run("SELECT * FROM {table}", table=table) == [("precious",)]
        finally:
            self._run("DROP TABLE {table}", table=table)

    def half_created(self, index: str) -> AbstractContextManager[None]:  # noqa: ARG002
        raise Impossible("a creation is one transaction")

    @contextmanager
    def other_layout(self, index: str) -> Iterator[None]:
        table = self._table("info", index)
        self._run("UPDATE {table} SET layout = layout + 1", table=table)
        try:
            yield
        finally:
            self._run("UPDATE {table} SET layout = layout - 1", table=table)

    @contextmanager
    def blocked(self, index: str) -> Iterator[None]:
        with self._connect() as connection, connection.transaction():
            lock = sql.SQL("LOCK TABLE {table} IN EXCLUSIVE MODE")
            connection.execute(lock.format(table=self._table("records", index)))
            yield

    def stored(self, index: str) -> Iterable[Stored]:
        rows = self._run(
            "SELECT id, signature, body FROM {table}", table=self._table("records", index)
        )
        return [Stored(*row) for row in rows]

    @contextmanager
    def client(self) -> Iterator[tuple[Any, Callable[[], object]]]:
        with ConnectionPool(self._conninfo, min_size=1, max_size=2, open=True) as pool:

            def use() -> None:
                with pool.connection() as connection:
                    connection.execute("SELECT 1")

            yield pool, use

    @contextmanager
    def refusing(self, kind: ErrorKind) -> Iterator[str]:
        match kind:
            case ErrorKind.DENIED:
                with self._place("imagematch_certify_denied") as url:
                    yield url
            case ErrorKind.READ_ONLY:
                with self._place(
                    "imagematch_certify_reader",
                    "GRANT ALL ON SCHEMA {schema} TO {role}",
                    "ALTER ROLE {role} SET default_transaction_read_only = on",
                ) as url:
                    yield url
            case ErrorKind.BAD_REQUEST:
                yield self._with("schema=imagematch_certify_absent")
            case ErrorKind.FULL:
                raise Impossible("a full disk needs the help of the server's system")
            case _:
                with super().refusing(kind) as url:
                    yield url

    @contextmanager
    def _place(self, name: str, *changes: str) -> Iterator[str]:
        """A URL with a user and a schema of that name, in which the user has no rights yet."""
        names = {"role": sql.Identifier(name), "schema": sql.Identifier(name)}
        begin = ("CREATE ROLE {role} LOGIN PASSWORD 'certify'", "CREATE SCHEMA {schema}")
        end = ("DROP SCHEMA IF EXISTS {schema} CASCADE", "DROP ROLE IF EXISTS {role}")
        try:
            for statement in (*end, *begin, *changes):
                self._run(statement, **names)
            parts = Stage(self._with(f"schema={name}"))._parts()
            yield f"{parts['scheme']}{name}:certify@{parts['hosts']}{parts['rest']}"
        finally:
            for statement in end:
                self._run(statement, **names)

    @property
    def _conninfo(self) -> str:
        return parse(self.url, {})[0]

    @property
    def _schema(self) -> str:
        return parse(self.url, {})[1].schema

    def _table(self, what: str, index: str) -> sql.Identifier:
        return sql.Identifier(self._schema, Statements(self._schema, index).names[what])

    def _with(self, option: str) -> str:
        return f"{self.url}{'&' if '?' in self.url else '?'}{option}"

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self._conninfo, autocommit=True)

    def _run(self, statement: str, **parts: sql.Composable) -> list[tuple[Any, ...]]:
        with self._connect() as connection:
            cursor = connection.execute(sql.SQL(statement).format(**parts))
            return cursor.fetchall() if cursor.description else []
