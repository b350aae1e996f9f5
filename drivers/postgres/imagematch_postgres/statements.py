"""The statements of postgres.sql, with the names of one index filled in."""

import re
from collections.abc import Mapping
from importlib.resources import files

from psycopg import sql

_TEXTS: dict[str, str] = dict(
    re.findall(
        r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)",
        files(__package__).joinpath("postgres.sql").read_text("utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
)

_PATTERNS = {
    "info": "imagematch_index_{}",
    "records": "imagematch_rec_{}",
    "ids": "imagematch_id_{}",
    "words": "imagematch_words_{}",
    "tags": "imagematch_tags_{}",
}
"""Tables and indexes share one space of names, so what each is stands at its beginning."""


class Statements:
    """The statements for one index.

    Args:
        schema: of its tables.
        index: its name.
        partitions: of a table that is created; 1 is one that is not partitioned.

    Attributes:
        schema: of its tables.
        names: of the tables and indexes that `create` makes, by what they are.
        partitions: the names of the tables that hold the rows of a partitioned one.
        lock: names the index among all that are locked in a database.
    """

    def __init__(self, schema: str, index: str, partitions: int = 1) -> None:
        self.schema = schema
        self.names = {what: pattern.format(index) for what, pattern in _PATTERNS.items()}
        # No index has a '$' in its name, so these, and the names that the server makes of them for
        # their indexes, are no other's.
        self.partitions = [
            f"{self.names['records']}${number}" for number in range(partitions) if partitions > 1
        ]
        self.lock = f"imagematch {schema}.{index}"
        by_hash = sql.SQL(" PARTITION BY HASH (id)" if self.partitions else "")
        self._texts = {
            name: self._filled_in(text, by_hash=by_hash)
            for name, text in _TEXTS.items()
            if name != "partition"
        }

    @property
    def creation(self) -> list[bytes]:
        """What makes the tables and their indexes, in one transaction."""
        partitions = [
            self._filled_in(
                _TEXTS["partition"],
                partition=sql.Identifier(self.schema, name),
                modulus=sql.Literal(len(self.partitions)),
                remainder=sql.Literal(number),
            )
            for number, name in enumerate(self.partitions)
        ]
        return [self["create"], *partitions, self["index_words"]]

    def _filled_in(self, text: str, **more: sql.Composable) -> bytes:
        # psycopg takes a '%' for a value where a statement has values.
        schema = self.schema.replace("%", "%%") if "%(" in text else self.schema
        # What is being made in a table is named without the schema, which is the table's.
        parts = {f"new_{what}": sql.Identifier(name) for what, name in self.names.items()}
        parts |= {what: sql.Identifier(schema, name) for what, name in self.names.items()}
        has_words = sql.SQL("to_regclass({}) IS NOT NULL").format(parts["words"].as_string())
        return sql.SQL(text).format(**parts, **more, has_words=has_words).as_bytes()

    def ddl(self, values: Mapping[str, int | str]) -> str:
        """Return what `create` runs, in one transaction, as text."""
        store_info = self["store_info"].decode().replace("%%", "%")
        for name, value in values.items():
            store_info = store_info.replace(f"%({name})s", sql.Literal(value).as_string())
        parts = [*(part.decode() for part in self.creation), store_info]
        return "\n".join(["BEGIN;", *(part.strip() for part in parts), "COMMIT;\n"])

    def __getitem__(self, name: str) -> bytes:
        return self._texts[name]
