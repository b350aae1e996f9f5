"""The meaning of MongoDB's errors, by class, error label and code."""

from collections.abc import Mapping
from typing import Any

from bson.errors import BSONError
from imagematch_core.protocol import ErrorKind
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    WaitQueueTimeoutError,
)

_LABELS = {
    "TransientTransactionError": ErrorKind.TRANSIENT,
    "SystemOverloadedError": ErrorKind.TRANSIENT,
    "RetryableWriteError": ErrorKind.UNAVAILABLE,
}

_CODES = {
    ErrorKind.TRANSIENT: (
        24,  # LockTimeout
        46,  # LockBusy
        112,  # WriteConflict
        117,  # ConflictingOperationInProgress
        134,  # ReadConcernMajorityNotAvailableYet
        175,  # QueryPlanKilled: an index was dropped under the query
        43,  # CursorNotFound
        237,  # CursorKilled
        239,  # SnapshotTooOld
        246,  # SnapshotUnavailable: an index was just built
        261,  # TooManyLogicalSessions
        262,  # ExceededTimeLimit, of an internal wait
        276,  # IndexBuildAborted
        11000,  # DuplicateKey: another writer was first
        11601,  # Interrupted
        12587,  # BackgroundOperationInProgressForNamespace
    ),
    ErrorKind.UNAVAILABLE: (
        6,  # HostUnreachable
        7,  # HostNotFound
        91,  # ShutdownInProgress
        100,  # UnsatisfiableWriteConcern: a majority is down
        133,  # FailedToSatisfyReadPreference
        189,  # PrimarySteppedDown
        9001,  # SocketException
        10058,  # LegacyNotPrimary
        10107,  # NotWritablePrimary
        11600,  # InterruptedAtShutdown
        11602,  # InterruptedDueToReplStateChange
        13435,  # NotPrimaryNoSecondaryOk
        13436,  # NotPrimaryOrSecondary
    ),
    ErrorKind.AUTH: (
        11,  # UserNotFound
        18,  # AuthenticationFailed
        33,  # AuthSchemaIncompatible
        334,  # MechanismUnavailable
        391,  # ReauthenticationRequired
    ),
    ErrorKind.DENIED: (13,),  # Unauthorized
    ErrorKind.READ_ONLY: (371,),  # UserWritesBlocked
    ErrorKind.FULL: (14031,),  # OutOfDiskSpace
    ErrorKind.MISSING_INDEX: (26,),  # NamespaceNotFound
    ErrorKind.TIMEOUT: (
        50,  # MaxTimeMSExpired
        64,  # WriteConcernFailed: not acknowledged by a majority in time
        89,  # NetworkTimeout
        202,  # NetworkInterfaceExceededTimeLimit
    ),
}
_KINDS = {code: kind for kind, codes in _CODES.items() for code in codes}


def kind_of(exc: BaseException) -> ErrorKind | None:
    """Return what an exception means; None if it does not come from pymongo."""
    if isinstance(exc, NetworkTimeout | WaitQueueTimeoutError):
        return ErrorKind.TIMEOUT
    if isinstance(exc, BulkWriteError):
        concerns, writes = (
            exc.details.get(f"write{name}", []) for name in ("ConcernErrors", "Errors")
        )
        return kind_of_error((concerns or writes or [{}])[0])
    if isinstance(exc, OperationFailure):
        return kind_of_error({"code": exc.code, "errmsg": str(exc), **(exc.details or {})})
    if isinstance(exc, ConnectionFailure):
        return ErrorKind.UNAVAILABLE
    if isinstance(exc, ConfigurationError) and _is_of_dns(exc.__cause__ or exc.__context__):
        return ErrorKind.UNAVAILABLE
    if isinstance(exc, PyMongoError | BSONError):
        return ErrorKind.BAD_REQUEST
    return None


def kind_of_error(error: Mapping[str, Any]) -> ErrorKind:
    """Return what an error in an answer means: `code`, `errmsg`, `errorLabels`."""
    code, message = error.get("code"), str(error.get("errmsg", "")).lower()
    if code == 13 and "requires authentication" in message:
        return ErrorKind.AUTH
    if code == 8000:
        return _atlas(message)
    kind = _KINDS.get(code) if isinstance(code, int) else None
    if kind is None:
        labels = error.get("errorLabels", ())
        kind = next((_LABELS[label] for label in labels if label in _LABELS), None)
    return kind or ErrorKind.BAD_REQUEST


def _is_of_dns(exc: BaseException | None) -> bool:
    return type(exc).__module__.startswith("dns.")


def _atlas(message: str) -> ErrorKind:
    """Atlas, MongoDB's hosted service, has one code for all errors of its proxies."""
    for part, kind in {
        "space quota": ErrorKind.FULL,
        "bad auth": ErrorKind.AUTH,
        "authentication failed": ErrorKind.AUTH,
        "not allowed": ErrorKind.DENIED,
        "not authorized": ErrorKind.DENIED,
    }.items():
        if part in message:
            return kind
    return ErrorKind.BAD_REQUEST
