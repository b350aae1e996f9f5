"""Figures for Prometheus: requests by route and status, and how long they took."""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The figures of one service. No label holds what a caller chose."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "imagematch_requests",
            "Requests that were answered.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "imagematch_request_seconds",
            "How long requests took.",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._answering = Gauge(
            "imagematch_requests_in_progress",
            "Requests that are being answered.",
            registry=self._registry,
        )

    def text(self) -> bytes:
        """Return them as Prometheus reads them."""
        return generate_latest(self._registry)

    def watching(self, app: ASGIApp) -> ASGIApp:
        """Return `app`, watched."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            status = 500
            started = time.perf_counter()

            async def noted(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            self._answering.inc()
            try:
                await app(scope, receive, noted)
            finally:
                self._answering.dec()
                # The pattern of the route: what fills it are names and ids.
                route = getattr(scope.get("route"), "path", "")
                method = scope["method"] if scope["method"] in _METHODS else ""
                self._requests.labels(method, route, status).inc()
                self._seconds.labels(method, route).observe(time.perf_counter() - started)

        return watched
