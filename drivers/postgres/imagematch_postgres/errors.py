"""The meaning of the errors of psycopg, and of PostgreSQL behind it."""

import re

import psycopg
from imagematch_core.protocol import ErrorKind
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

_STATES = {
    "08": ErrorKind.UNAVAILABLE,  # connection failures
    "25006": ErrorKind.READ_ONLY,
    "25P03": ErrorKind.TIMEOUT,  # idle_in_transaction_session_timeout
    "25P04": ErrorKind.TIMEOUT,  # transaction_timeout
    "28": ErrorKind.AUTH,
    "40": ErrorKind.TRANSIENT,  # deadlocks, and conflicts of serializable transactions
    "42501": ErrorKind.DENIED,
    "42P01": ErrorKind.MISSING_INDEX,
    "53": ErrorKind.TRANSIENT,  # out of memory, or of connections
    "53100": ErrorKind.FULL,
    "53400": ErrorKind.BAD_REQUEST,  # a limit that the administrator set
    "55006": ErrorKind.TRANSIENT,  # in use by others
    "55P03": ErrorKind.TRANSIENT,  # lock_timeout
    "57014": ErrorKind.TIMEOUT,  # statement_timeout
    "57P": ErrorKind.UNAVAILABLE,  # shutting down, starting, crashed
    "57P04": ErrorKind.BAD_REQUEST,  # the database was dropped
    "58": ErrorKind.UNAVAILABLE,  # errors of the server's system
}
"""By SQLSTATE, or what it begins with; the longest wins."""

_REFUSALS = (
    # The client library doesn't tell the SQLSTATE of a refused connection, only its text.
    (
        ErrorKind.AUTH,
        r"authentication failed|no password supplied|no pg_hba\.conf entry|no such user"
        r"|role \".*\" (does not exist|is not permitted to log in)|valid client certificate",
    ),
    (ErrorKind.TRANSIENT, r"too many (clients|connections)|connection slots are reserved"),
    (ErrorKind.DENIED, r"permission denied"),
    (ErrorKind.BAD_REQUEST, r"database \".*\" does not exist|no such database|invalid .*value"),
)

_TYPES: dict[type[psycopg.Error], ErrorKind] = {
    psycopg.errors.ConnectionTimeout: ErrorKind.TIMEOUT,
    PoolClosed: ErrorKind.BAD_REQUEST,
    PoolTimeout: ErrorKind.TIMEOUT,
    TooManyRequests: ErrorKind.TRANSIENT,
}


def kind_of(err: BaseException) -> ErrorKind | None:
    """Return what an exception of psycopg or psycopg_pool means; None for those of others."""
    if not isinstance(err, psycopg.Error):
        return None
    if err.sqlstate:
        prefixes = (err.sqlstate[:length] for length in (5, 3, 2))
        return next((_STATES[one] for one in prefixes if one in _STATES), ErrorKind.BAD_REQUEST)
    if type(err) in _TYPES:
        return _TYPES[type(err)]
    if isinstance(err, psycopg.OperationalError):
        text = str(err)
        matching = (kind for kind, pattern in _REFUSALS if re.search(pattern, text))
        return next(matching, ErrorKind.UNAVAILABLE)
    return ErrorKind.BAD_REQUEST
