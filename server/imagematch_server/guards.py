"""Guards of every call: who may make it, how large it is, how many there are at once."""

import hmac
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import RETRY_SECONDS, answer, refuse
from .settings import Settings, is_local

_bearer = HTTPBearer(auto_error=False, description="The token of the service.")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def may_read(request: Request, credentials: _Credentials) -> None:
    """Let pass who may search and look."""
    settings: Settings = request.app.state.settings
    if settings.private:
        _check_token(settings, credentials)


def may_write(request: Request, credentials: _Credentials) -> None:
    """Let pass who may add, change and delete."""
    settings: Settings = request.app.state.settings
    if settings.token is not None:
        _check_token(settings, credentials)
        return
    # Without a token a page of another site could have this browser send forms here.
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise refuse(403, "Pages of other sites may not write without a token.")


def _check_token(settings: Settings, credentials: HTTPAuthorizationCredentials | None) -> None:
    given = credentials.credentials if credentials else ""
    if not hmac.compare_digest(given.encode(), (settings.token or "").encode()):
        raise refuse(401, "This needs the token.", {"WWW-Authenticate": "Bearer"})


class OnlyLocal:
    """Refuses requests for any other host than this machine.

    Without a token only this machine may call. Listening to it alone is not enough: a page of
    another site, open in a browser here, may have a name that leads here.

    Args:
        app: that answers the others.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
            try:
                name = urlsplit(f"//{host}").hostname or ""
            except ValueError:
                name = ""
            if not is_local(name):
                refused = answer(403, "Forbidden", "Under this name the service needs a token.")
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, send)


class Bounds:
    """Refuses requests with too large a body, and those beyond a number at once.

    Args:
        app: that answers the others.
        most_bytes: of a body.
        most_requests: that are being answered; probes and metrics don't count.
    """

    def __init__(self, app: ASGIApp, most_bytes: int, most_requests: int) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._most_requests = most_requests
        self._answering = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(("/health", "/metrics")):
            await self._app(scope, receive, send)
            return
        if self._answering >= self._most_requests:
            busy = answer(503, "Busy", "Too many requests.", {"Retry-After": RETRY_SECONDS})
            await busy(scope, receive, send)
            return
        self._answering += 1
        try:
            await self._bounded(scope, receive, send)
        finally:
            self._answering -= 1

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        too_large = answer(413, "TooLarge", f"A request has at most {self._most_bytes:,} bytes.")
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._most_bytes:
            await too_large(scope, receive, send)
            return
        taken = 0
        begun = False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most_bytes:
                raise _TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except _TooLargeError:
            if not begun:
                await too_large(scope, receive, send)


class _TooLargeError(BaseException):
    """The body goes on beyond its bound. No handler of errors is to take it for one of its own."""
