"""Instances under watch: what each call returns has the right types, and none goes on for ever."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from imagematch_core.protocol import Candidate, Driver, Stored

GRACE = 1.0
"""Seconds that a call may take beyond its time, as the protocol says."""

MARGIN = 10.0
"""Seconds more, after which a call is taken for one that never ends, even on a busy machine."""


AT_MOST = 900.0
"""Seconds for a whole test, the calls of which all end."""

Result = TypeVar("Result")


class Watch:
    """The calls that are being made, in all threads of one test."""

    def __init__(self) -> None:
        self._calls: dict[object, tuple[str, float, float]] = {}

    @contextmanager
    def call(self, name: str, seconds: float) -> Iterator[None]:
        """Watch a call that has so many seconds."""
        token = object()
        self._calls[token] = name, time.monotonic(), seconds
        try:
            yield
        finally:
            del self._calls[token]

    def overdue(self) -> str:
        """Say which call has not ended though its time was over long ago; '' if none."""
        now = time.monotonic()
        for name, began, seconds in list(self._calls.values()):
            if now - began > seconds + GRACE + MARGIN:
                return (
                    f"'{name}' was called {now - began:.0f} s ago with {seconds:.1f} s left, and "
                    "has neither returned nor raised"
                )
        return ""


def watched(driver: Driver, watch: Watch) -> Driver:
    """Return the driver with its calls watched and the types of its answers checked."""
    return cast(Driver, _Watched(driver, watch))


class _Watched:
    """A driver's instance, whose attributes are those of the instance but for the calls below."""

    def __init__(self, driver: Driver, watch: Watch) -> None:
        self._driver = driver
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _watched(name: str, wrong: Callable[[Any], str]) -> Callable[..., Any]:
    def call(self: _Watched, *args: Any) -> Any:
        with self._watch.call(name, self._driver.remaining()):
            answer = getattr(self._driver, name)(*args)
        if text := wrong(answer):
            raise AssertionError(f"'{name}' returned {text}")
        return answer

    return call


def _is(*kinds: type) -> Callable[[Any], str]:
    """Return whether an answer is of one of these types, and not of one derived from it."""
    names = " or ".join(kind.__name__ for kind in kinds)

    def wrong(answer: Any) -> str:
        return "" if type(answer) in kinds else f"{_shown(answer)}, not {names}"

    return wrong


def _list_of(kind: type, **fields: type) -> Callable[[Any], str]:
    """Return whether an answer is a list of `kind`, the fields of which have these types."""

    def wrong(answer: Any) -> str:
        if type(answer) is not list:
            return f"{_shown(answer)}, not list"
        for one in answer:
            if not isinstance(one, kind):
                return f"a list with {_shown(one)}, not {kind.__name__}"
            for name, expected in fields.items():
                value = getattr(one, name)
                if type(value) is not expected:
                    return (
                        f"{kind.__name__} {getattr(one, 'id', '')!r} with a {name} that is "
                        f"{_shown(value)}, not {expected.__name__}"
                    )
        return ""

    return wrong


def _answers(answer: Any) -> str:
    return _list_of(list)(answer) or next(filter(None, map(_candidates, answer)), "")


def _shown(value: Any) -> str:
    kind = type(value)
    return f"{kind.__module__}.{kind.__qualname__} ({value!r:.60})".removeprefix("builtins.")


_stored = _list_of(Stored, id=str, signature=bytes, body=str)
_candidates = _list_of(Candidate, id=str, shared=int, signature=bytes)

_CHECKS: dict[str, Callable[[Any], str]] = {
    "info": _is(str, type(None)),
    "create": _is(str),
    "put": _is(type(None)),
    "delete": _is(int),
    "get": _stored,
    "candidates": _answers,
    "scan": _stored,
    "count": _is(int),
    "refresh": _is(type(None)),
    "drop": _is(type(None)),
    "close": _is(type(None)),
    "server_version": _is(str),
}

for _name, _check in _CHECKS.items():
    setattr(_Watched, _name, _watched(_name, _check))


class Overdue(AssertionError):
    """A call that never ends."""


def run_watched(work: Callable[[], Result], watch: Watch) -> Result:
    """Do some work in a thread of its own, so that a call that never ends does not end the run.

    Args:
        work: what a test does, or a part of it.
        watch: of the calls that it makes.

    Returns:
        What `work` returns; what it raises is raised.

    Raises:
        Overdue: a call, or the whole of it, does not end. Its thread is left behind.
    """
    __tracebackhide__ = True
    results: list[Result] = []
    raised: list[BaseException] = []
    ended = threading.Event()

    def run() -> None:
        __tracebackhide__ = True
        try:
            results.append(work())
        except BaseException as err:  # noqa: BLE001 - raised below, in pytest's thread
            raised.append(err)
        finally:
            ended.set()

    began = time.monotonic()
    thread = threading.Thread(target=run, name="test", daemon=True)
    thread.start()
    while not ended.wait(0.25):
        if text := watch.overdue():
            raise Overdue(text)
        if time.monotonic() - began > AT_MOST:
            raise Overdue(f"the test did not end in {AT_MOST:.0f} s")
    thread.join()
    if raised:
        raise raised[0]
    return results[0]
