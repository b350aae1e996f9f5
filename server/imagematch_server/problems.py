"""Errors as problem details (RFC 9457)."""

import logging
from http import HTTPStatus
from typing import Any

import imagematch_core as imagematch
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException as StarletteHTTPException

LOGGER = logging.getLogger("imagematch.server")
MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "1"

_STATUSES: tuple[tuple[type[imagematch.ImageMatchError], int], ...] = (
    (imagematch.PictureTooLarge, 413),
    (imagematch.PictureError, 422),
    (imagematch.ArgumentError, 422),
    (imagematch.EntryNotFound, 404),
    (imagematch.EntryExists, 409),
    (imagematch.AlgorithmError, 422),
)
_RETRYABLE = (
    imagematch.ErrorKind.TRANSIENT,
    imagematch.ErrorKind.UNAVAILABLE,
    imagematch.ErrorKind.TIMEOUT,
)
_STATES = {
    imagematch.ErrorKind.TRANSIENT: "The database is busy.",
    imagematch.ErrorKind.UNAVAILABLE: "The database can't be reached.",
    imagematch.ErrorKind.TIMEOUT: "The database didn't answer in time.",
    imagematch.ErrorKind.FULL: "The database has no space left.",
    imagematch.ErrorKind.READ_ONLY: "The database accepts no writes.",
}


class Problem(BaseModel):
    """A problem, as RFC 9457 describes it.

    `type` is `urn:imagematch:` and the name of the error; `kind` is of an error of the database.
    """

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    kind: str | None = None


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in (400, 401, 403, 404, 405, 409, 413, 422, 503)
}
"""The problems that any call may answer with, for the OpenAPI description."""


def answer(
    status: int, name: str, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    """Return a problem as a response."""
    problem = {
        "type": f"urn:imagematch:{name}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }
    return JSONResponse(problem, status, headers, MEDIA_TYPE)


def of_error(error: imagematch.ImageMatchError) -> JSONResponse:
    """Return what a caller may know of an error; the log has the rest."""
    name = type(error).__name__
    if isinstance(error, imagematch.StorageError):
        LOGGER.error("%s", error)
        detail = _STATES.get(error.kind, "The database refuses the service; its log says why.")
        headers = {"Retry-After": RETRY_SECONDS} if error.kind in _RETRYABLE else None
        return answer(503, name, detail, headers, kind=str(error.kind))
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            detail = error.reason if isinstance(error, imagematch.PictureError) else str(error)
            return answer(status, name, detail)
    LOGGER.error("%s: %s", name, error)
    return answer(503, name, "The service can't do this now; its log says why.")


def install(app: FastAPI) -> None:
    """Have every error of `app` answered as a problem."""

    @app.exception_handler(imagematch.ImageMatchError)
    async def known(_: Request, error: imagematch.ImageMatchError) -> JSONResponse:
        return of_error(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        wrong = [
            {"where": ".".join(map(str, one["loc"])), "what": one["msg"]} for one in error.errors()
        ]
        detail = "; ".join(f"{one['where']}: {one['what']}" for one in wrong)
        return answer(422, "InvalidRequest", detail, errors=wrong)

    @app.exception_handler(StarletteHTTPException)
    async def refused(_: Request, error: StarletteHTTPException) -> JSONResponse:
        name = HTTPStatus(error.status_code).phrase.title().replace(" ", "")
        headers = dict(error.headers) if error.headers else None
        return answer(error.status_code, name, str(error.detail), headers)

    @app.exception_handler(Exception)
    async def unknown(_: Request, error: Exception) -> JSONResponse:
        LOGGER.error("an error of the service: %s", type(error).__name__)
        return answer(500, "InternalError", "An error of the service; its log says more.")


def refuse(status: int, detail: str, headers: dict[str, str] | None = None) -> HTTPException:
    """Return the error that ends a request with that status."""
    return HTTPException(status, detail, headers)
