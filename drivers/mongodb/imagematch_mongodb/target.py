"""From a storage URL, or an object of pymongo, to the database that holds the indexes."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus

from imagematch_core.protocol import (
    ErrorKind,
    InvalidTarget,
    redact,
    redact_exception,
    redact_url,
    secrets_of,
)
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from .kinds import kind_of

Document = dict[str, Any]

DATABASE = "imagematch"
"""The database where the target names none."""

CONNECT_SECONDS = 20.0
"""How long connecting to one server, or looking up its name, may take at most."""

_URL = re.compile(r"(?P<servers>mongodb(\+srv)?://[^/?]+)(/(?P<path>[^?]*))?(\?(?P<query>.*))?")
_OPTIONS = {
    name.lower(): name
    for name in (
        "appName",
        "authMechanism",
        "authMechanismProperties",
        "authSource",
        "compressors",
        "connectTimeoutMS",
        "directConnection",
        "heartbeatFrequencyMS",
        "maxConnecting",
        "maxIdleTimeMS",
        "maxPoolSize",
        "minPoolSize",
        "replicaSet",
        "srvMaxHosts",
        "srvServiceName",
        "ssl",
        "tls",
        "tlsAllowInvalidCertificates",
        "tlsAllowInvalidHostnames",
        "tlsCAFile",
        "tlsCertificateKeyFile",
        "tlsCertificateKeyFilePassword",
        "tlsCRLFile",
        "tlsDisableOCSPEndpointCheck",
        "tlsInsecure",
        "zlibCompressionLevel",
    )
}
"""The options that are handed on to pymongo, by their names in lower case."""

_DECIDED: dict[str, tuple[str, ...] | None] = {
    "j": ("true",),
    "journal": ("true",),
    "loadbalanced": ("false",),
    "localthresholdms": None,
    "maxstalenessseconds": None,
    "readconcernlevel": ("available", "local", "majority"),
    "readpreference": ("nearest", "primary", "primarypreferred", "secondarypreferred"),
    "readpreferencetags": None,
    "retryreads": ("true", "false"),
    "retrywrites": ("true", "false"),
    "serverselectiontimeoutms": None,
    "sockettimeoutms": None,
    "timeoutms": None,
    "tz_aware": None,
    "uuidrepresentation": None,
    "w": ("majority",),
    "waitqueuetimeoutms": None,
    "wtimeoutms": None,
}
"""Options that the driver decides at every call, times among them. In a URL they have no effect.

The values are those of which what the driver does is no less; None stands for any value."""

_SYSTEM = ("admin", "config", "local")


def from_url(url: str, options: Mapping[str, Any], timeout: float) -> "Database[Document]":
    """Return the database that a URL names, with a client of its own that has not connected yet.

    Args:
        url: `mongodb://…` or `mongodb+srv://…`.
        options: in any case; they beat those of the URL.
        timeout: seconds that a call may take.

    Raises:
        InvalidTarget: pymongo can't read it, or an option is unknown or decided by the driver.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise InvalidTarget(f"{redact_url(url)!r}: write 'mongodb://host:27017/database'")
    path, query = unquote(match["path"] or ""), match["query"] or ""
    if "@" in path + query:
        raise InvalidTarget(
            f"{redact_url(url)!r}: write '/', '?', '@', ':' and '%' as %2F, %3F, %40, %3A and %25 "
            "in user names, passwords and options"
        )
    if "." in path:
        raise InvalidTarget(f"{redact_url(url)!r}: name a database, without a collection")
    pairs = (part.partition("=") for part in re.split("[&;]", query) if part)
    given = {unquote_plus(name).lower(): unquote_plus(value) for name, _, value in pairs}
    given |= {name.lower(): value for name, value in options.items()}
    kept: Document = {
        _OPTIONS[name]: value for name, value in given.items() if _is_allowed(name, value)
    }
    try:
        # As keywords, since pymongo only warns of a wrong value in a URL.
        client: MongoClient[Document] = MongoClient(
            f"{match['servers']}/{match['path'] or ''}",
            connect=False,
            retryReads=False,
            retryWrites=False,
            **{"connectTimeoutMS": 1_000 * min(timeout, CONNECT_SECONDS), **kept},
        )
    except (PyMongoError, OSError, TypeError, ValueError) as err:
        if kind_of(err) is ErrorKind.UNAVAILABLE:
            raise  # older versions of pymongo look up mongodb+srv:// here, others later
        secrets = secrets_of(url, options)
        raise InvalidTarget(
            f"{redact_url(url)!r}: {redact(str(err), secrets)}"
        ) from redact_exception(err, secrets)
    return usable(client.get_default_database(DATABASE))


def from_object(target: Any, options: Mapping[str, Any]) -> "Database[Document]":
    """Return the database to use of a `MongoClient` or `Database` that was given.

    Raises:
        InvalidTarget: there are options, which are for URLs only.
    """
    if options:
        raise InvalidTarget(
            f"{min(options)!r} can't be set for a client that is given; make the client with it"
        )
    if isinstance(target, MongoClient):
        target = target.get_default_database(DATABASE)
    return usable(target)


def usable(database: "Database[Document]") -> "Database[Document]":
    """Return the database, unless it is MongoDB's own."""
    if database.name in _SYSTEM:
        raise InvalidTarget(
            f"{database.name!r} is MongoDB's own database; name another one, as in "
            f"'mongodb://host/{DATABASE}?authSource={database.name}'"
        )
    return database


def _is_allowed(name: str, value: object) -> bool:
    """Return whether pymongo gets to see an option. Raises InvalidTarget where nobody may."""
    if name in _OPTIONS:
        return True
    if name not in _DECIDED:
        raise InvalidTarget(
            f"mongodb:// has no option {name!r}; there are {', '.join(_OPTIONS.values())}"
        )
    possible = _DECIDED[name]
    if possible is not None and str(value).lower() not in possible:
        raise InvalidTarget(
            f"{name}={value} is not possible: every write is acknowledged by the journals of a "
            f"majority and read from the primary; leave {name!r} out"
        )
    return False
