"""The application: indexes opened and closed, routes, guards."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import imagematch_core.aio
from anyio import CapacityLimiter
from fastapi import Depends, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from . import api, match, problems
from .guards import Bounds, OnlyLocal, may_read
from .metrics import CONTENT_TYPE, Metrics
from .pictures import shown_file
from .problems import Problem, refuse
from .schemas import State
from .settings import Settings

_PAGE = files(__package__) / "page"
_PAGE_TYPES = {
    "page.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' http: https: blob: data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def create_app(settings: Settings) -> FastAPI:
    """Return the ASGI application of a service. Its lifespan opens the indexes and closes them."""
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.threads = CapacityLimiter(settings.threads)
            app.state.indexes = {
                name: await stack.enter_async_context(
                    imagematch_core.aio.open(
                        settings.url,
                        threads=settings.threads,
                        index=name,
                        create=settings.create,
                        limits=settings.limits,
                        timeout=settings.timeout,
                        **settings.options,
                    )
                )
                for name in settings.indexes
            }
            yield

    def watched(app: ASGIApp) -> ASGIApp:
        return metrics.watching(app)

    only_local = [Middleware(OnlyLocal)] if settings.token is None else []
    app = FastAPI(
        title="imagematch",
        summary="Near-duplicate image search.",
        version=version("imagematch-server"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        middleware=[
            Middleware(watched),
            *only_local,
            Middleware(
                Bounds, most_bytes=settings.most_bytes, most_requests=settings.most_requests
            ),
        ],
    )
    app.state.settings = settings
    problems.install(app)
    app.include_router(api.router)
    app.include_router(match.router)
    _add_probes(app, metrics)
    _add_page(app)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _add_probes(app: FastAPI, metrics: Metrics) -> None:
    @app.get("/health/live", tags=["probes"])
    async def live() -> State:
        """Answer: the process is well, whatever the database is."""
        return State(healthy=True)

    @app.get("/health/ready", tags=["probes"], responses={503: {"model": State}})
    async def ready(request: Request, response: Response) -> State:
        """Tell whether the database answers, and holds every index."""
        indexes: dict[str, imagematch_core.aio.AsyncIndex] = request.app.state.indexes
        healthy = all([await index.healthy(timeout=1.0) for index in indexes.values()])
        response.status_code = 200 if healthy else 503
        return State(healthy=healthy)

    @app.get("/metrics", include_in_schema=False)
    async def figures() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE)


def _add_page(app: FastAPI) -> None:
    def served(name: str) -> Response:
        return Response((_PAGE / name).read_bytes(), media_type=_PAGE_TYPES[name], headers=_HEADERS)

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return served("page.html")

    @app.get("/page/{name}", include_in_schema=False)
    async def part(name: str) -> Response:
        if name not in _PAGE_TYPES:
            raise refuse(404, "There is no such file.")
        return served(name)

    @app.get("/files/{index}/{id:path}", include_in_schema=False, dependencies=[Depends(may_read)])
    async def file(request: Request, index: str, id: str) -> Response:  # noqa: A002
        entry = await api.the_index(request, index).get(id)
        found = None if entry is None else shown_file(request.app.state.settings, entry.path)
        if found is None:
            raise refuse(404, "The picture can't be shown.")
        headers = _HEADERS | {"Content-Security-Policy": "sandbox; default-src 'none'"}
        return FileResponse(found, headers=headers)


def _name_indexes(description: dict[str, Any], indexes: Sequence[str]) -> None:
    """Say which indexes a path may name."""
    for operations in description["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if (parameter["name"], parameter["in"]) == ("index", "path"):
                    parameter["schema"]["enum"] = list(indexes)


def _described(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, with the schema of problems, which no route names."""
    if app.openapi_schema is None:
        app.openapi_schema = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        schemas = app.openapi_schema.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        settings: Settings = app.state.settings
        if not settings.private:  # the description needs no token
            _name_indexes(app.openapi_schema, settings.indexes)
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
    return app.openapi_schema
