"""A storage URL and the options beside it, split into libpq's and ours."""

import re
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote

import psycopg
from imagematch_core.protocol import InvalidTarget, redact, redact_url, secrets_of
from psycopg.conninfo import conninfo_to_dict, make_conninfo

_SCHEME = re.compile(r"(?:postgresql|postgres)(?:\+[^:/]*)?://", re.IGNORECASE)
_SCHEMA = "public"
_POOL_SIZE = 8

MAX_PARTITIONS = 256
"""A search locks each of them and its three indexes; the server has 6,400 locks by default."""

_MEANT = {"currentschema": "schema", "search_path": "schema", "ssl": "sslmode"}
"""Options of other clients' URLs, and ours or libpq's that do the same."""


@dataclass(frozen=True, slots=True)
class Options:
    """The driver's own options.

    Attributes:
        schema: the schema that holds the tables.
        pool_size: how many connections an instance opens at most.
        partitions: of the table of an index that is created; 1 is a table without any.
    """

    schema: str = _SCHEMA
    pool_size: int = _POOL_SIZE
    partitions: int = 1

    @classmethod
    def of(cls, given: dict[str, Any]) -> Self:
        """Check them, and take them out of `given`.

        Raises:
            InvalidTarget: an option has a value that it can't have.
        """
        schema = given.pop("schema", _SCHEMA)
        if not isinstance(schema, str) or not 0 < len(schema.encode(errors="replace")) < 64:
            raise InvalidTarget(f"schema={schema!r} is not the name of a schema (1 to 63 bytes)")
        size = given.pop("pool_size", _POOL_SIZE)
        if not re.fullmatch("[1-9][0-9]{0,3}", str(size)):
            raise InvalidTarget(f"pool_size={size!r} is not a number of connections, 1 or more")
        parts = given.pop("partitions", 1)
        if not str(parts).isdecimal() or not 1 <= int(parts) <= MAX_PARTITIONS:
            raise InvalidTarget(
                f"partitions={parts!r} is not a whole number from 1 to {MAX_PARTITIONS}"
            )
        return cls(schema, int(size), int(parts))


def parse(url: str, given: dict[str, Any]) -> tuple[str, Options]:
    """Split a URL, and the options that beat it, into libpq's connection string and ours.

    Raises:
        InvalidTarget: it is no such URL, or neither we nor libpq know an option.
    """
    base, _, query = url.partition("?")
    own: dict[str, Any] = {}
    others = []
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        if unquote(name) in Options.__dataclass_fields__:
            own[unquote(name)] = unquote(value)
        else:
            others.append(part)
    own |= given
    has_schema = "schema" in own
    options = Options.of(own)
    plain = _SCHEME.sub("postgresql://", base, count=1) + ("?" if others else "") + "&".join(others)
    try:
        conninfo = make_conninfo(plain, **own)
    except psycopg.Error as err:
        reason = redact(str(err), secrets_of(url, given)).strip()
        names = {unquote(part.partition("=")[0]).lower() for part in others} | own.keys()
        if meant := next((_MEANT[name] for name in sorted(names) if name in _MEANT), None):
            reason = f"{reason}; did you mean {meant!r}?"
        raise InvalidTarget(
            f"{redact_url(url)!r}: {reason}; write 'postgresql://user:password@host:5432/database'"
            " with options of libpq, 'schema', 'pool_size' or 'partitions'"
        ) from None
    if "search_path" in str(conninfo_to_dict(conninfo).get("options")) and not has_schema:
        raise InvalidTarget(
            f"{redact_url(url)!r}: name the schema of the tables by ?schema=; search_path does not "
            "choose it"
        )
    return conninfo, options
