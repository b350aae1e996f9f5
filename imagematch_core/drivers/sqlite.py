"""The driver for `sqlite:///file.db`. Its tables and statements are in sqlite.sql."""

import json
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from importlib.resources import files
from itertools import starmap
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import ErrorKind, ForeignIndex, IndexLayoutError, InvalidTarget, StorageError
from ..protocol.changes import Changes
from ..protocol.driver import Capability, Driver, Nesting
from ..protocol.values import Candidate, Query, Record, Stored, first_page
from .postings import Postings, best
from .sqlite_file import Connections, kind_of, label, path_of

LAYOUT = 1

_SQL = dict(
    re.findall(
        r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)",
        files(__package__).joinpath("sqlite.sql").read_text("utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
)
_WORD = np.dtype("<i4")
_STEP = 500_000
"""Words that are indexed in one transaction inside a `put`: about a second."""
_BULK = 4_000_000
"""The same at the end of `loading`, where longer runs cost less."""
_PAUSE = 0.005
"""Seconds between two attempts to change a new file's journal mode."""
_ROWS = 100_000
"""Rows that are Python objects at a time, which take ten times the bytes of an array."""
_CHUNK = 50_000
"""Records not indexed yet that are searched at a time."""


class SQLiteDriver(Driver):
    """An index in an SQLite file, which several processes may use at once.

    Each call is one transaction, so it is whole or not at all, and on the disk when it returns.
    """

    api: ClassVar[tuple[int, int]] = (1, 0)
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.PERSISTENT, Capability.MULTI_PROCESS}
    )

    def __init__(self, connections: Connections, index: str, timeout: float) -> None:
        super().__init__(timeout)
        self._connections = connections
        self._index = index
        self._sql = {name: text.replace("{index}", index) for name, text in _SQL.items()}
        self._loading = Nesting()

    @classmethod
    def connect(cls, target: Any, index: str, *, timeout: float = 30.0, **options: Any) -> Self:
        if options:
            raise InvalidTarget(f"sqlite:/// has no options, and so no {min(options)!r}")
        return cls(Connections(path_of(target)), index, timeout)

    @classmethod
    def classify(cls, exc: BaseException) -> ErrorKind | None:
        return kind_of(exc)

    def info(self) -> str | None:
        try:
            with self._using() as connection, _transaction(connection, "DEFERRED"):
                return self._stored_info(connection)
        except ForeignIndex:
            return None
        except StorageError as err:
            if err.kind is ErrorKind.MISSING_INDEX:
                return None
            raise

    def create(self, info: str) -> str:
        with self._using(create=True) as connection:
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
                # In a file of its own; one that somebody else made keeps its mode.
                self._use_wal(connection)
            with _transaction(connection, "IMMEDIATE"):
                existing = self._stored_info(connection)
                if existing is not None:
                    return existing
                self._check_encoding(connection)
                self._execute_all(connection, "create")
                connection.execute(self._sql["store_info"], (LAYOUT, info))
            return info

    def ddl(self, info: str) -> str:
        quoted = info.replace("'", "''")
        store_info = self._sql["store_info"].replace("?, ?", f"{LAYOUT}, '{quoted}'")
        return (
            "PRAGMA journal_mode = WAL;\n"
            f"BEGIN;\n{self._sql['create'].strip()}\n{store_info.strip()}\nCOMMIT;\n"
        )

    def put(self, records: Sequence[Record]) -> None:
        if not self._loading:
            self._finish_loading()
        with self._using() as connection, _transaction(connection, "IMMEDIATE"):
            indexed, last = self._position(connection)
            known = self._known(connection, [record.id for record in records])
            defer = bool(self._loading) or last > indexed
            number = last
            inserts, updates = [], []
            words, tags = Changes[int](), Changes[str]()
            for record in records:
                packed = np.array(record.words, dtype=_WORD).tobytes()
                listed = json.dumps(list(record.tags))
                rec, old_words, old_tags = known.get(record.id, (0, b"", "[]"))
                if rec:
                    updates.append((record.signature, packed, listed, record.body, rec))
                else:
                    rec = number = number + 1
                    inserts.append((rec, record.id, record.signature, packed, listed, record.body))
                if packed != old_words and not (defer and rec > indexed):
                    words.note(rec, _unpacked(old_words), record.words)
                if listed != old_tags:
                    tags.note(rec, json.loads(old_tags), record.tags)
            connection.executemany(self._sql["insert"], inserts)
            connection.executemany(self._sql["update"], updates)
            self._change(connection, words, tags)
            if inserts and not defer:
                connection.execute(self._sql["set_indexed"], (number,))

    def delete(self, ids: Sequence[str]) -> int:
        with self._using() as connection, _transaction(connection, "IMMEDIATE"):
            known = self._known(connection, ids)
            words, tags = Changes[int](), Changes[str]()
            for rec, old_words, old_tags in known.values():
                words.note(rec, _unpacked(old_words), ())
                tags.note(rec, json.loads(old_tags), ())
            self._change(connection, words, tags)
            connection.executemany(self._sql["delete"], [(rec,) for rec, _, _ in known.values()])
        return len(known)

    def get(self, ids: Sequence[str]) -> list[Stored]:
        with self._using() as connection:
            rows = connection.execute(self._sql["get"], (_json(ids),)).fetchall()
        found = {row[0]: Stored(*row) for row in rows}
        return [found[record_id] for record_id in ids if record_id in found]

    def candidates(self, queries: Sequence[Query]) -> list[list[Candidate]]:
        with self._using() as connection, _transaction(connection, "DEFERRED"):
            indexed, last = self._position(connection)
            answers = [
                [
                    Candidate(*row)
                    for row in connection.execute(
                        self._sql["candidates"],
                        {
                            "words": _json(query.words),
                            "tags": _json(query.tags),
                            "tag_count": len(query.tags),
                            "limit": query.limit,
                        },
                    )
                ]
                for query in queries
            ]
            if last > indexed:
                self._add_backlog(connection, indexed, queries, answers)
        return answers

    def scan(self, after: str | None, limit: int, tags: Sequence[str] = ()) -> list[Stored]:
        values = {"after": after, "limit": limit, "tags": _json(tags), "tag_count": len(tags)}
        with self._using() as connection, closing(connection.cursor()) as cursor:
            return first_page(starmap(Stored, cursor.execute(self._sql["scan"], values)))

    def count(self) -> int:
        with self._using() as connection:
            [(count,)] = connection.execute(self._sql["count"])
        return int(count)

    def refresh(self) -> None:
        """Every call sees what was committed before it, so there is nothing to do."""
        self._connections.check()

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Put words aside and index them at the end, sorted, in large transactions."""
        with self._loading.entered():
            yield
        while self._index_backlog(_BULK, bounded=False):
            pass

    def optimize(self) -> None:
        """Rewrite the file without gaps, each table in its order.

        Where others have tables in it, leave it: that may give their rows other numbers.
        """
        with self._using() as connection:
            self._position(connection)
            [(others,)] = connection.execute(self._sql["others"])
            if not others:
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def drop(self) -> None:
        try:
            with self._using() as connection, _transaction(connection, "IMMEDIATE"):
                if self._stored_info(connection) is not None:
                    self._execute_all(connection, "drop")
        except StorageError as err:
            if err.kind is not ErrorKind.MISSING_INDEX:
                raise

    def close(self) -> None:
        self._connections.close()

    def server_version(self) -> str:
        self._connections.check()
        return f"SQLite {sqlite3.sqlite_version}"

    def _using(
        self, *, create: bool = False, bounded: bool = True
    ) -> AbstractContextManager[sqlite3.Connection]:
        return self._connections.use(self.remaining(), create=create, bounded=bounded)

    def _use_wal(self, connection: sqlite3.Connection) -> None:
        """Let readers and a writer go on beside each other; the file remembers it."""
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as err:
                # For this SQLite does not always wait as it was told to.
                if kind_of(err) is not ErrorKind.TRANSIENT or self.remaining() <= 0:
                    raise
                time.sleep(_PAUSE)
            else:
                return

    def _execute_all(self, connection: sqlite3.Connection, name: str) -> None:
        # Not executescript, which would commit first.
        for statement in self._sql[name].split(";"):
            connection.execute(statement)

    def _stored_info(self, connection: sqlite3.Connection) -> str | None:
        """Return the core's text; None where no table has a name of ours.

        Raises:
            ForeignIndex: one has, but it is not ours.
            IndexLayoutError: it is ours, but made by another version of this driver.
        """
        names = [name for (name,) in connection.execute(self._sql["existing"])]
        if not names:
            return None
        columns = [name for (name,) in connection.execute(self._sql["columns"])]
        if columns[:2] == ["layout", "info"]:
            rows = connection.execute(self._sql["info"]).fetchall()
            if len(rows) == 1:
                layout, info = rows[0]
                if layout != LAYOUT:
                    raise IndexLayoutError(layout, LAYOUT)
                return str(info)
        raise ForeignIndex(
            f"{label(self._connections.path)} has a table {min(names)!r} that imagematch did not "
            "create; choose another name for the index, or another file"
        )

    def _check_encoding(self, connection: sqlite3.Connection) -> None:
        [(encoding,)] = connection.execute("PRAGMA encoding")
        if encoding != "UTF-8":
            raise StorageError(
                ErrorKind.BAD_REQUEST,
                f"{label(self._connections.path)} keeps text as {encoding}, in which ids are in "
                "another order; choose another file",
            )

    def _position(self, connection: sqlite3.Connection) -> tuple[int, int]:
        """Return the last record whose words are indexed, and the last record."""
        row = connection.execute(self._sql["position"]).fetchone()
        if row is None:
            raise StorageError(
                ErrorKind.MISSING_INDEX,
                f"{label(self._connections.path)} no longer holds index {self._index!r}",
            )
        return row[0], row[1]

    def _known(
        self, connection: sqlite3.Connection, ids: Sequence[str]
    ) -> dict[str, tuple[int, bytes, str]]:
        """Number, packed words and listed tags of those of the records that exist."""
        rows = connection.execute(self._sql["known"], (_json(ids),))
        return {record_id: (rec, words, tags) for record_id, rec, words, tags in rows}

    def _change(
        self, connection: sqlite3.Connection, words: Changes[int], tags: Changes[str]
    ) -> None:
        connection.executemany(self._sql["remove_word"], words.removed)
        connection.executemany(self._sql["add_word"], words.added)
        connection.executemany(self._sql["remove_tag"], tags.removed)
        connection.executemany(self._sql["add_tag"], tags.added)

    def _finish_loading(self) -> None:
        """Index what a crash while loading left, in half of the time there is.

        What is not reached stays a backlog, which `candidates` knows to search.
        """
        with self._using() as connection:
            indexed, last = self._position(connection)
        if last <= indexed:
            return
        with self.deadline(self.remaining() / 2):
            try:
                while self._index_backlog(_STEP):
                    pass
            except StorageError as err:
                if err.kind is not ErrorKind.TIMEOUT:
                    raise

    def _index_backlog(self, words: int, *, bounded: bool = True) -> bool:
        """Index about that many words of the backlog; whether some of it may be left."""
        with self._using(bounded=bounded) as connection, _transaction(connection, "IMMEDIATE"):
            indexed, last = self._position(connection)
            if last <= indexed:
                return False
            numbers, packed = [], []
            size = 0
            with closing(connection.execute(self._sql["backlog"], (indexed,))) as rows:
                for rec, blob in rows:
                    numbers.append(rec)
                    packed.append(blob)
                    size += len(blob) // _WORD.itemsize
                    if size >= words:
                        break
            tokens, places = _pairs(packed)
            order = np.argsort(tokens, kind="stable")
            recs = np.array(numbers)[places]
            for start in range(0, len(order), _ROWS):
                part = order[start : start + _ROWS]
                connection.executemany(
                    self._sql["add_word"],
                    zip(tokens[part].tolist(), recs[part].tolist(), strict=True),
                )
            connection.execute(self._sql["set_indexed"], (numbers[-1],))
        return True

    def _add_backlog(
        self,
        connection: sqlite3.Connection,
        indexed: int,
        queries: Sequence[Query],
        answers: list[list[Candidate]],
    ) -> None:
        """Merge records whose words are not indexed yet into the answers."""
        cursor = connection.execute(self._sql["backlog_records"], (indexed,))
        while rows := cursor.fetchmany(_CHUNK):
            ids, signatures, packed, listed = zip(*rows, strict=True)
            postings = Postings()
            postings.add_pairs(_pairs(packed))
            tags = [frozenset(json.loads(text)) for text in listed]
            for query, answer in zip(queries, answers, strict=True):
                self.time_left()
                counts = postings.counts(query.words, len(rows))
                if query.tags:
                    counts *= [tags_of.issuperset(query.tags) for tags_of in tags]
                answer += [
                    Candidate(ids[n], int(counts[n]), signatures[n])
                    for n in best(counts, ids.__getitem__, query.limit)
                ]
                answer.sort(key=lambda candidate: (-candidate.shared, candidate.id))
                del answer[query.limit :]


@contextmanager
def _transaction(connection: sqlite3.Connection, mode: str) -> Iterator[None]:
    """Commits at the end. At an exception the connection is closed, which rolls back."""
    connection.execute(f"BEGIN {mode}")
    yield
    connection.execute("COMMIT")


def _pairs(packed: Sequence[bytes]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the words of many records, and beside each the place of its record."""
    lengths = [len(blob) // _WORD.itemsize for blob in packed]
    tokens = np.frombuffer(b"".join(packed), dtype=_WORD)
    return tokens.astype(np.int32), np.repeat(np.arange(len(packed), dtype=np.int32), lengths)


def _unpacked(packed: bytes) -> list[int]:
    words: list[int] = np.frombuffer(packed, dtype=_WORD).tolist()
    return words


def _json(values: Sequence[Any]) -> str:
    return json.dumps(values, ensure_ascii=False)
