"""The driver for `postgresql://`. Its tables and statements are in postgres.sql."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from math import ceil
from typing import Any, ClassVar, Self

import psycopg
from imagematch_core.protocol import (
    MAX_BATCH_BYTES,
    Candidate,
    Capability,
    Driver,
    ErrorKind,
    ForeignIndex,
    IndexLayoutError,
    InvalidTarget,
    Nesting,
    Query,
    Record,
    StorageError,
    Stored,
)
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from .connections import Connections
from .errors import kind_of
from .statements import Statements
from .target import Options, parse

LAYOUT = 1

Cursor = psycopg.Cursor[tuple[Any, ...]]


class PostgreSQLDriver(Driver):
    """An index in a PostgreSQL database.

    Each call that writes is one transaction, or a savepoint in that of a connection that was given.
    """

    api: ClassVar[tuple[int, int]] = (1, 0)
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.PERSISTENT, Capability.MULTI_PROCESS, Capability.REMOTE}
    )
    client_types: ClassVar[tuple[str, ...]] = (
        "psycopg_pool.ConnectionPool",
        "psycopg_pool.pool.ConnectionPool",
        "psycopg.Connection",
        "psycopg.connection.Connection",
    )

    def __init__(
        self, connections: Connections, index: str, options: Options, timeout: float
    ) -> None:
        super().__init__(timeout)
        self._connections = connections
        self._sql = Statements(options.schema, index, options.partitions)
        self._loading = Nesting()
        # To build the index of words locks the table, until somebody else's transaction ends.
        self._words_checked = connections.is_one

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        if isinstance(target, str):
            conninfo, own = parse(target, options)
            return cls(Connections.own(conninfo, own.pool_size), index, own, timeout)
        if unknown := options.keys() - {"schema", "partitions"}:
            raise InvalidTarget(
                "with a pool or a connection 'schema' and 'partitions' are the only options, not "
                f"{min(unknown)!r}"
            )
        return cls(Connections.given(target), index, Options.of(options), timeout)

    @classmethod
    def classify(cls, exc: BaseException) -> ErrorKind | None:
        return kind_of(exc)

    def info(self) -> str | None:
        try:
            with self._transaction() as cursor:
                return self._stored_info(cursor)
        except ForeignIndex:
            return None

    def create(self, info: str) -> str:
        with self._transaction() as cursor:
            self._run(cursor, "lock", name=self._sql.lock)
            existing = self._stored_info(cursor)
            if existing is not None:
                return existing
            self._check_place(cursor)
            for statement in self._sql.creation:
                _execute(cursor, statement)
            self._run(cursor, "store_info", layout=LAYOUT, info=info)
            return info

    def ddl(self, info: str) -> str:
        return self._sql.ddl({"layout": LAYOUT, "info": info})

    def put(self, records: Sequence[Record]) -> None:
        with self._transaction() as cursor:
            self._run(
                cursor,
                "put",
                ids=[record.id for record in records],
                signatures=[record.signature for record in records],
                words=[_array(record.words) for record in records],
                tags=[_array(map(_quoted, record.tags)) for record in records],
                bodies=[record.body for record in records],
            )
            unfinished = not (
                self._loading or self._words_checked or self._value(cursor, "has_words")
            )
        if unfinished:
            self._finish_loading()
        elif not self._loading:
            self._words_checked = True

    def delete(self, ids: Sequence[str]) -> int:
        with self._transaction() as cursor:
            return self._run(cursor, "delete", ids=list(ids)).rowcount

    def get(self, ids: Sequence[str]) -> list[Stored]:
        with self._transaction() as cursor:
            found = {row[0]: Stored(*row) for row in self._run(cursor, "get", ids=list(ids))}
        return [found[record_id] for record_id in ids if record_id in found]

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        answers: list[list[Candidate]] = []
        with self._transaction() as cursor:
            *_, indexed = self._run(cursor, "prepare_search").fetchall()[0]
            for query in queries:
                if answers:
                    _execute(cursor, _time_limit(self.time_left()))
                rows = self._run(
                    cursor,
                    "candidates",
                    indexed=indexed,
                    words=_array(query.words),
                    tags=list(query.tags),
                    limit=query.limit,
                )
                answers.append([Candidate(*row) for row in rows])
        return answers

    def scan(self, after: str | None, limit: int, tags: Sequence[str] = ()) -> list[Stored]:
        values = {"after": after, "limit": limit, "tags": list(tags), "bytes": MAX_BATCH_BYTES}
        with self._transaction() as cursor:
            return [Stored(*row) for row in self._run(cursor, "scan", **values)]

    def count(self) -> int:
        with self._transaction() as cursor:
            return int(self._value(cursor, "count"))

    def refresh(self) -> None:
        """Every call sees what was committed before it, so there is nothing to do."""
        self._connections.check()

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Drop the index of words where the table is empty, and build it at the end.

        Only the owner of the table can; for others this does nothing. Nor does it in a transaction
        that isn't ours.
        """
        if self._connections.is_one:
            self._connections.check()
            yield
            return
        failed = False
        try:
            with self._loading.entered():
                self._drop_words()
                yield
        except (StorageError, psycopg.Error):
            failed = True
            raise
        finally:
            # After any other error too: who interrupts a long load wants to search what is there.
            if not (self._loading or failed):
                self._build_words(bounded=False)

    def optimize(self) -> None:
        with self._connections.use(self.time_left()) as connection:
            # It can't be done inside a transaction, which connections of a given pool may begin.
            before = connection.autocommit
            connection.autocommit = True
            try:
                cursor = psycopg.Cursor(connection, row_factory=tuple_row)
                self._run(cursor, "optimize")
            finally:
                if not connection.closed:
                    connection.autocommit = before

    def drop(self) -> None:
        with self._transaction() as cursor:
            self._run(cursor, "lock", name=self._sql.lock)
            if self._stored_info(cursor) is not None:
                self._run(cursor, "drop")

    def close(self) -> None:
        self._connections.close()

    def server_version(self) -> str:
        with self._transaction() as cursor:
            return f"PostgreSQL {self._value(cursor, 'version').split()[0]}"

    @contextmanager
    def _transaction(self, *, bounded: bool = True) -> Iterator[Cursor]:
        use = self._connections.use(self.time_left(), bounded=bounded)
        with use as connection:
            is_ours = connection.info.transaction_status == TransactionStatus.IDLE
            with connection.transaction():  # a savepoint, where it is not ours
                # Not its own cursor: those of a given pool may return rows of any kind.
                cursor = psycopg.Cursor(connection, row_factory=tuple_row)
                limit = self.time_left() if bounded else 0
                with nullcontext() if is_ours else self._restored(cursor):
                    begin = (self._sql["isolate"] if is_ours else b"") + self._sql["begin"]
                    _execute(cursor, begin + _time_limit(limit))
                    yield cursor

    @contextmanager
    def _restored(self, cursor: Cursor) -> Iterator[None]:
        """Restore what we set, for the rest of a transaction that isn't ours."""
        [(encoding, timeout)] = self._run(cursor, "settings")
        yield
        self._run(cursor, "restore", encoding=encoding, timeout=timeout)

    def _run(self, cursor: Cursor, statement: str, /, **values: Any) -> Cursor:
        return _execute(cursor, self._sql[statement], values)

    def _value(self, cursor: Cursor, statement: str) -> Any:
        [(value,)] = self._run(cursor, statement)
        return value

    def _stored_info(self, cursor: Cursor) -> str | None:
        """Return the core's text; None where nothing has a name of ours.

        Raises:
            ForeignIndex: something has, but it is not ours.
            IndexLayoutError: it is ours, but made by another version of this driver.
        """
        schema, names = self._sql.schema, self._sql.names
        ours = [*names.values(), *self._sql.partitions]
        rows = self._run(cursor, "existing", schema=schema, info=names["info"], names=ours)
        existing: dict[str, list[str]] = dict(rows.fetchall())
        if not existing:
            return None
        if existing.get(names["info"]) == ["layout", "info"]:
            stored = self._run(cursor, "info").fetchall()
            if len(stored) == 1:
                layout, info = stored[0]
                if layout != LAYOUT:
                    raise IndexLayoutError(layout, LAYOUT)
                return str(info)
        raise ForeignIndex(
            f"the schema {schema!r} has a {min(existing)!r} that imagematch did not create; choose "
            "another name for the index, or another schema with ?schema="
        )

    def _check_place(self, cursor: Cursor) -> None:
        [(encoding, has_schema)] = self._run(cursor, "place", schema=self._sql.schema)
        if encoding != "UTF8":
            raise StorageError(
                ErrorKind.BAD_REQUEST,
                f"the database's encoding is {encoding}, which can't hold every path in the right "
                "order; use one with the encoding UTF8",
            )
        if not has_schema:
            raise StorageError(
                ErrorKind.BAD_REQUEST,
                f"the database has no schema {self._sql.schema!r}; create it, or name another one "
                "with ?schema=",
            )

    def _drop_words(self) -> None:
        self._words_checked = False
        try:
            with self._transaction() as cursor:
                # Before any table is touched: two that read it would wait for each other.
                self._run(cursor, "lock", name=self._sql.lock)
                if self._value(cursor, "is_empty") and self._value(cursor, "has_words"):
                    self._run(cursor, "unindex_words")
        except psycopg.errors.InsufficientPrivilege:
            pass

    def _build_words(self, *, bounded: bool = True) -> None:
        """Build the index of words if there is none, and the table is ours."""
        try:
            with self._transaction(bounded=bounded) as cursor:
                if not self._value(cursor, "has_words"):
                    self._run(cursor, "lock", name=self._sql.lock)
                    if not self._value(cursor, "has_words"):
                        self._run(cursor, "index_words")
        except psycopg.errors.InsufficientPrivilege:
            pass
        self._words_checked = True

    def _finish_loading(self) -> None:
        """Build the index of words that a crash while loading left out, in half of the time.

        Where that does not do it is left to the next `loading`: searching is exact without it.
        """
        try:
            with self.deadline(self.remaining() / 2):
                self._build_words()
        except (StorageError, psycopg.Error) as err:
            kind = err.kind if isinstance(err, StorageError) else kind_of(err)
            if kind is not ErrorKind.TIMEOUT:
                raise
            self._words_checked = True


def _execute(cursor: Cursor, statement: bytes, values: Mapping[str, Any] | None = None) -> Cursor:
    # A prepared statement is gone where a pooler gives the next transaction another session.
    return cursor.execute(statement, values or None, prepare=False, binary=bool(values))


def _time_limit(seconds: float) -> bytes:
    """For each of the statements that follow in the transaction; 0 is none."""
    return b"SET LOCAL statement_timeout = %d" % min(ceil(seconds * 1000), 2**31 - 1)


def _array(values: Iterable[object]) -> str:
    """Return an array as PostgreSQL writes it."""
    return "{" + ",".join(map(str, values)) + "}"


def _quoted(tag: str) -> str:
    escaped = tag.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
