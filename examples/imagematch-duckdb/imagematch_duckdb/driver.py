"""The driver for `duckdb:///file.duckdb`."""

from collections.abc import Sequence
from typing import Any, Self

import duckdb
from imagematch_core.protocol import (
    Candidate,
    Capability,
    Driver,
    ErrorKind,
    ForeignIndex,
    IndexLayoutError,
    InvalidTarget,
    Query,
    Record,
    StorageError,
    Stored,
)

from .database import Database, kind_of, path_of

LAYOUT = 1

CREATE = """
CREATE TABLE {record} (
    number BIGINT, id VARCHAR, signature BLOB, words INTEGER[], tags VARCHAR[], body VARCHAR
);
CREATE TABLE {word} (word INTEGER, number BIGINT);
CREATE TABLE {meta} (layout INTEGER, info VARCHAR);
"""

COLUMNS = {
    "meta": ["layout", "info"],
    "record": ["number", "id", "signature", "words", "tags", "body"],
    "word": ["word", "number"],
}

INSERT = """
INSERT INTO {record}
SELECT unnest(range($first, $first + len($ids))), unnest($ids), unnest($signatures::BLOB[]),
    unnest($words::INTEGER[][]), unnest($tags::VARCHAR[][]), unnest($bodies)
"""

CANDIDATES = """
WITH asked AS (
    SELECT unnest(range(len($limits))) AS query, unnest($words::INTEGER[][]) AS words,
        unnest($tags::VARCHAR[][]) AS tags, unnest($limits::BIGINT[]) AS most
), hit AS (
    SELECT query, number, count(*) AS shared
    FROM (SELECT query, unnest(words) AS word FROM asked) JOIN {word} USING (word)
    GROUP BY query, number
)
SELECT query, id, shared, signature
FROM hit JOIN {record} AS record USING (number) JOIN asked USING (query)
WHERE list_has_all(record.tags, asked.tags)
QUALIFY row_number() OVER (PARTITION BY query ORDER BY shared DESC, id) <= most
ORDER BY query, shared DESC, id
"""
"""Of all queries at once: planning a statement takes DuckDB longer than most answers."""

SCAN = """
SELECT id, signature, body FROM {record}
WHERE ($after IS NULL OR id > $after) AND list_has_all(tags, $tags::VARCHAR[])
ORDER BY id LIMIT $limit
"""


class DuckDBDriver(Driver):
    """An index in a DuckDB file: three tables, written by one thread at a time.

    They have no indexes. DuckDB reads columns fast, and its unique indexes refuse to replace a
    row within one transaction; that ids are unique is seen to by `put`.
    """

    api = (1, 0)
    capabilities = frozenset({Capability.PERSISTENT})

    def __init__(self, database: Database, index: str, timeout: float) -> None:
        super().__init__(timeout)
        self._database = database
        self._tables = {kind: f"imagematch_{kind}_{index}" for kind in COLUMNS}

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        if options:
            raise InvalidTarget(f"the DuckDB driver has no option {', '.join(options)}")
        return cls(Database(path_of(target)), index, timeout)

    @classmethod
    def classify(cls, exc: BaseException) -> ErrorKind | None:
        return kind_of(exc)

    def info(self) -> str | None:
        try:
            with self._database.reading(self.remaining()) as connection:
                return self._info(connection)
        except StorageError as err:
            if err.kind is ErrorKind.MISSING_INDEX:  # not even a file
                return None
            raise

    def create(self, info: str) -> str:
        with self._database.writing(self.remaining(), create=True) as connection:
            found = self._info(connection)
            if found is not None:
                return found
            if self._columns(connection):
                raise self._foreign()
            connection.execute(self._sql(CREATE))
            connection.execute(self._sql("INSERT INTO {meta} VALUES (?, ?)"), [LAYOUT, info])
            return info

    def put(self, records: Sequence[Record]) -> None:
        with self._database.writing(self.remaining()) as connection:
            ids = [record.id for record in records]
            highest = self._sql("SELECT coalesce(max(number), 0) FROM {record}")
            first = _number(connection.execute(highest)) + 1
            self._delete(connection, ids)
            connection.execute(
                self._sql(INSERT),
                {
                    "first": first,
                    "ids": ids,
                    "signatures": [record.signature for record in records],
                    "words": [list(record.words) for record in records],
                    "tags": [list(record.tags) for record in records],
                    "bodies": [record.body for record in records],
                },
            )
            connection.execute(
                self._sql(
                    "INSERT INTO {word} SELECT unnest(words), number FROM {record} "
                    "WHERE number >= ?"
                ),
                [first],
            )

    def delete(self, ids: Sequence[str]) -> int:
        with self._database.writing(self.remaining()) as connection:
            return self._delete(connection, ids)

    def get(self, ids: Sequence[str]) -> list[Stored]:
        with self._database.reading(self.remaining()) as connection:
            rows = connection.execute(
                self._sql(
                    "SELECT id, signature, body FROM {record} "
                    "WHERE id IN (SELECT unnest($1::VARCHAR[]))"
                ),
                [list(ids)],
            ).fetchall()
        found = {row[0]: Stored(*row) for row in rows}
        return [found[one] for one in ids if one in found]

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        asked = {
            "words": [list(query.words) for query in queries],
            "tags": [list(query.tags) for query in queries],
            "limits": [query.limit for query in queries],
        }
        with self._database.reading(self.remaining()) as connection:
            rows = connection.execute(self._sql(CANDIDATES), asked).fetchall()
        answers: list[list[Candidate]] = [[] for _ in queries]
        for query, *candidate in rows:
            answers[query].append(Candidate(*candidate))
        return answers

    def scan(self, after: str | None, limit: int, tags: Sequence[str] = ()) -> list[Stored]:
        with self._database.reading(self.remaining()) as connection:
            asked = {"after": after, "tags": list(tags), "limit": limit}
            rows = connection.execute(self._sql(SCAN), asked).fetchall()
        return [Stored(*row) for row in rows]

    def count(self) -> int:
        with self._database.reading(self.remaining()) as connection:
            return _number(connection.execute(self._sql("SELECT count(*) FROM {record}")))

    def refresh(self) -> None:
        # What is committed is visible; only a closed instance is told so.
        with self._database.reading(self.remaining()):
            pass

    def drop(self) -> None:
        try:
            with self._database.writing(self.remaining()) as connection:
                if self._is_ours(connection):
                    for kind in COLUMNS:
                        connection.execute(self._sql(f"DROP TABLE {{{kind}}}"))
        except StorageError as err:
            if err.kind is not ErrorKind.MISSING_INDEX:
                raise

    def close(self) -> None:
        self._database.close()

    def server_version(self) -> str:
        self._database.check()
        return f"DuckDB {duckdb.__version__}"

    def _info(self, connection: duckdb.DuckDBPyConnection) -> str | None:
        columns = self._columns(connection)
        if not columns:
            return None
        if columns.get("meta") != COLUMNS["meta"]:
            raise self._foreign()
        row = connection.execute(self._sql("SELECT layout, info FROM {meta}")).fetchone()
        if row is None:
            raise self._foreign()
        if row[0] != LAYOUT:
            raise IndexLayoutError(row[0], LAYOUT)
        if columns != COLUMNS:
            raise self._foreign()
        return str(row[1])

    def _is_ours(self, connection: duckdb.DuckDBPyConnection) -> bool:
        try:
            return self._info(connection) is not None
        except IndexLayoutError:
            return True

    def _columns(self, connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
        """Return the columns of those of our tables that are there."""
        rows = connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() "
            "WHERE list_contains($1::VARCHAR[], table_name) ORDER BY column_index",
            [list(self._tables.values())],
        ).fetchall()
        kinds = {name: kind for kind, name in self._tables.items()}
        found: dict[str, list[str]] = {}
        for table, column in rows:
            found.setdefault(kinds[table], []).append(column)
        return found

    def _delete(self, connection: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> int:
        numbers = connection.execute(
            self._sql("SELECT number FROM {record} WHERE id IN (SELECT unnest($1::VARCHAR[]))"),
            [list(ids)],
        ).fetchall()
        gone = [[number for (number,) in numbers]]
        for kind in ("word", "record") if numbers else ():
            connection.execute(
                self._sql(f"DELETE FROM {{{kind}}} WHERE number IN (SELECT unnest($1::BIGINT[]))"),
                gone,
            )
        return len(numbers)

    def _foreign(self) -> ForeignIndex:
        return ForeignIndex(
            f"the file has a table {' or '.join(self._tables.values())} that imagematch did not "
            "make; use another index name"
        )

    def _sql(self, text: str) -> str:
        return text.format(**{kind: f'"{name}"' for kind, name in self._tables.items()})


def _number(result: duckdb.DuckDBPyConnection) -> int:
    row = result.fetchone()
    return int(row[0]) if row else 0
