"""Events, told to `logging` and, where the application uses it, to OpenTelemetry.

The loggers are `imagematch.storage`, `imagematch.search` and `imagematch.adding`; spans and
counters are named in the same way. No line, span or counter has a secret in it: a database is
named by its URL without the password, a picture by the name that errors give it, and of an error
spans keep only the kind.
"""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from threading import Lock
from typing import Any

from .errors import ErrorKind, StorageError

logging.getLogger("imagematch").addHandler(logging.NullHandler())

STORAGE = logging.getLogger("imagematch.storage")
SEARCH = logging.getLogger("imagematch.search")
ADDING = logging.getLogger("imagematch.adding")

SLOW_SECONDS = 1.0
"""A call to a database that takes longer is logged as slow."""


@contextmanager
def spanned(logger: logging.Logger, name: str, **facts: str | int) -> Iterator[None]:
    """Make the block a span; at DEBUG, log how long it took."""
    started = time.perf_counter()
    with _span(f"{logger.name}.{name}", facts):
        try:
            yield
        finally:
            logger.debug("%s took %.1f ms", name, 1_000 * (time.perf_counter() - started))


def count(name: str, **facts: str) -> None:
    """Add one to a counter of OpenTelemetry."""
    if (metrics := _interface("metrics")) is not None:
        _counter(metrics, f"imagematch.{name}").add(1, facts)


class StorageWatch:
    """Tells what becomes of the calls to one database.

    An outage is told twice, when it begins and when it ends, however many calls meet it. The
    arguments are those of `Store`.

    Attributes:
        reached: whether a call was ever answered. Before that there is no outage: a database that
            never answered is more likely absent, and its error is raised at once.
    """

    def __init__(self, target: str, slow_seconds: float = SLOW_SECONDS) -> None:
        self.reached = False
        self._target = target
        self._slow_seconds = slow_seconds
        self._lock = Lock()
        self._down_since: float | None = None

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        """Watch one call, its retries included."""
        started = time.monotonic()
        try:
            with spanned(STORAGE, name, target=self._target):
                yield
        except StorageError as err:
            self._is_down(err)
            count("storage.failures", call=name, kind=err.kind)
            raise
        else:
            self._is_up()
        finally:
            took = time.monotonic() - started
            if took > self._slow_seconds:
                STORAGE.warning("slow: %s of %s took %.1f s", name, self._target, took)
                count("storage.slow_calls", call=name)

    def retried(self, name: str, err: StorageError, pause: float) -> None:
        """Tell that a call is made again, after a pause in seconds."""
        self._is_down(err)
        STORAGE.info("%s is tried again in %.2f s: %s", name, pause, err)
        count("storage.retries", call=name, kind=err.kind)

    def _is_down(self, err: StorageError) -> None:
        if not self.reached or err.kind not in (ErrorKind.UNAVAILABLE, ErrorKind.TIMEOUT):
            return
        with self._lock:
            begins = self._down_since is None
            if begins:
                self._down_since = time.monotonic()
        if begins:
            STORAGE.warning("outage begins: %s", err)

    def _is_up(self) -> None:
        self.reached = True
        if self._down_since is None:
            return
        with self._lock:
            since, self._down_since = self._down_since, None
        if since is not None:
            seconds = time.monotonic() - since
            STORAGE.warning("outage ends: %s answers again after %.1f s", self._target, seconds)


@contextmanager
def _span(name: str, facts: dict[str, str | int]) -> Iterator[None]:
    trace = _interface("trace")
    if trace is None:
        yield
        return
    # Not recorded by OpenTelemetry itself, which would keep whole tracebacks.
    with trace.get_tracer("imagematch").start_as_current_span(
        name, attributes=facts, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        except Exception as err:
            kind = err.kind if isinstance(err, StorageError) else type(err).__name__
            span.set_attribute("error.type", str(kind))
            span.set_status(trace.Status(trace.StatusCode.ERROR))
            raise


@cache
def _counter(metrics: Any, name: str) -> Any:
    return metrics.get_meter("imagematch").create_counter(name)


def _interface(part: str) -> Any:
    """Return a module of OpenTelemetry; None where the application doesn't use it.

    One that does has imported it, so nobody waits for an import that has no use.
    """
    if "opentelemetry" not in sys.modules:
        return None
    try:
        return import_module(f"opentelemetry.{part}")
    except ImportError:  # other parts of it are installed, but not its interface
        return None
