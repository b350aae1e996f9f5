"""The meaning of the errors of Elasticsearch and its client."""

from collections.abc import Iterator, Mapping
from socket import gaierror
from typing import Any

from elastic_transport import ApiResponse, ConnectionTimeout, TlsError, TransportError
from elastic_transport import ConnectionError as ElasticConnectionError
from elasticsearch import ApiError, BadRequestError, UnsupportedProductError
from imagematch_core.protocol import ErrorKind, Failure, StorageError

_TYPES = {
    "illegal_argument_exception": ErrorKind.BAD_REQUEST,
    "index_not_found_exception": ErrorKind.MISSING_INDEX,
    "index_closed_exception": ErrorKind.BAD_REQUEST,
    "no_shard_available_action_exception": ErrorKind.UNAVAILABLE,
    "unavailable_shards_exception": ErrorKind.UNAVAILABLE,
    "circuit_breaking_exception": ErrorKind.TRANSIENT,
    "es_rejected_execution_exception": ErrorKind.TRANSIENT,
    "process_cluster_event_timeout_exception": ErrorKind.TIMEOUT,
}

_STATUSES = {
    401: ErrorKind.AUTH,
    403: ErrorKind.DENIED,
    408: ErrorKind.TIMEOUT,
    409: ErrorKind.TRANSIENT,
    429: ErrorKind.TRANSIENT,
    504: ErrorKind.TIMEOUT,
}

_NO_SPACE = ("flood-stage", "No space left on device")
"""A block for want of space has the status of back-pressure, 429; only its text differs."""


def kind_of_answer(status: int, error: object) -> ErrorKind:
    """Return what an error in an answer means.

    Args:
        status: of HTTP, or what the answer gives for one of its items.
        error: the object under 'error': 'type', 'reason', 'caused_by' and so on.
    """
    if any(sign in str(error) for sign in _NO_SPACE):
        return ErrorKind.FULL
    name = error.get("type") if isinstance(error, Mapping) else None
    if name == "cluster_block_exception" and "FORBIDDEN/" in str(error):
        reading = any(f"{what} (api)" in str(error) for what in ("index read", "metadata"))
        return ErrorKind.DENIED if reading else ErrorKind.READ_ONLY
    if name in _TYPES:
        return _TYPES[name]
    return _STATUSES.get(status, ErrorKind.UNAVAILABLE if status >= 500 else ErrorKind.BAD_REQUEST)


def kind_of(exc: BaseException) -> ErrorKind | None:
    """Return what an exception of the client means; None if it is not the client's."""
    if isinstance(exc, ConnectionTimeout):
        return ErrorKind.TIMEOUT
    if isinstance(exc, ElasticConnectionError):
        # A request that could not be sent in time is, to the client, a broken connection.
        return ErrorKind.TIMEOUT if _timed_out(exc) else ErrorKind.UNAVAILABLE
    if isinstance(exc, UnsupportedProductError):
        # An answer that was cut off in its head does not name the product either.
        return ErrorKind.BAD_REQUEST if exc.body else ErrorKind.UNAVAILABLE
    if isinstance(exc, ApiError):
        body = exc.body
        return kind_of_answer(
            exc.status_code, body.get("error") if isinstance(body, Mapping) else body
        )
    return ErrorKind.BAD_REQUEST if isinstance(exc, TransportError) else None


def explained(exc: Exception) -> StorageError | None:
    """Return an error in place of one whose own text does not help; None for all others."""
    if isinstance(exc, TlsError):
        return StorageError(
            ErrorKind.UNAVAILABLE,
            f"no TLS connection to Elasticsearch ({exc.__cause__ or exc}): write "
            "'elasticsearch+https://' for a server with TLS and 'elasticsearch://' for one "
            "without, and for a certificate of your own give ca_certs= or ssl_assert_fingerprint=, "
            "for one of another name ssl_assert_hostname=",
        )
    if isinstance(exc, ElasticConnectionError) and not _timed_out(exc):
        return StorageError(ErrorKind.UNAVAILABLE, _why_unreachable(exc))
    if isinstance(exc, BadRequestError) and exc.message == "media_type_header_exception":
        return StorageError(
            ErrorKind.BAD_REQUEST,
            "this server is older than the installed client; get the client for it with: "
            "pip install 'elasticsearch<9'",
        )
    return None


def body_of(answer: ApiResponse[Any]) -> Any:
    """Return what an answer holds.

    Raises:
        StorageError: UNAVAILABLE, for an answer that was cut off in its head, which the client
            takes for one without a body.
    """
    if not isinstance(answer.body, Mapping):
        raise StorageError(ErrorKind.UNAVAILABLE, "the answer of Elasticsearch was cut off")
    return answer.body


def failure(item: Mapping[str, Any]) -> Failure:
    """Return the error of one item of an answer."""
    error = item["error"]
    # Only `_mget` leaves the status out: what it fails for, beyond what _TYPES names, is a shard.
    kind = kind_of_answer(item.get("status", 503), error)
    reason = error.get("reason") or ""
    cause = (error.get("caused_by") or {}).get("reason") or ""
    return Failure(": ".join(filter(None, (error["type"], reason, cause))), kind)


def check(answer: Mapping[str, Any]) -> None:
    """Raise StorageError unless an answer comes from all shards, and of all that they hold."""
    if "error" in answer:
        failed = failure(answer)
        raise StorageError(failed.kind, f"Elasticsearch answers: {failed.reason}")
    if answer.get("timed_out"):
        raise StorageError(ErrorKind.TIMEOUT, "Elasticsearch ran out of time; allow more of it")
    shards = answer["_shards"]
    if shards["failed"] or not shards["successful"]:
        raise StorageError(
            ErrorKind.UNAVAILABLE,
            f"Elasticsearch reached {shards['successful']} of {shards['total']} copies of shards, "
            f"and {shards['failed']} failed: {shards.get('failures', 'it does not say why')}",
        )


def _why_unreachable(exc: BaseException) -> str:
    causes = list(_causes(exc))
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "the connection was refused: nothing listens at this host and port"
    if any(isinstance(cause, gaierror) for cause in causes):
        return "the name of the host is not known"
    text = str(causes[-1]) or type(causes[-1]).__name__
    return (
        f"the connection broke off ({text}); a server with TLS, the default of Elasticsearch, "
        "needs 'elasticsearch+https://'"
    )


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what it came from, the last first."""
    seen: list[BaseException] = []
    link: BaseException | None = exc
    while link is not None and link not in seen:
        seen.append(link)
        yield link
        link = link.__cause__ or link.__context__


def _timed_out(exc: BaseException | None) -> bool:
    while exc is not None:
        if isinstance(exc, TimeoutError) or any(isinstance(arg, TimeoutError) for arg in exc.args):
            return True
        exc = exc.__cause__ or exc.__context__
    return False
