"""Bugs, one for each group, which it has to notice: its zeros are earned."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from importlib import import_module
from typing import Any
from unittest.mock import patch

from imagematch_core.drivers.registry import find_driver
from imagematch_core.protocol import Driver
from imagematch_core.sources import decoders, network
from imagematch_core.store import Store

URLS = ("postgresql://h", "mongodb://h", "elasticsearch://h", "sqlite:///f")


def _acknowledged_early() -> AbstractContextManager[Any]:
    """What is put is written with the next batch."""
    put = Store.put
    held: list[Any] = []

    def late(store: Store, records: Any) -> Any:
        due, held[:] = list(held), list(records)
        return put(store, due)

    return patch.object(Store, "put", late)


def _each_driver(break_one: Callable[[type[Driver]], Any]) -> AbstractContextManager[Any]:
    stack = ExitStack()
    for url in URLS:
        stack.enter_context(break_one(find_driver(url)))
    return stack


def _failures_acknowledged() -> AbstractContextManager[Any]:
    """What the database refuses, or never got, counts as stored."""

    def break_one(driver: type[Driver]) -> Any:
        put = driver.put

        def careless(self: Driver, records: Any) -> None:
            with suppress(Exception):
                put(self, records)

        return patch.object(driver, "put", careless)

    return _each_driver(break_one)


def _errors_raw() -> AbstractContextManager[Any]:
    """No driver knows its client's exceptions."""
    unknown = staticmethod(lambda _: None)
    return _each_driver(lambda driver: patch.object(driver, "classify", unknown))


def _decoders_raw() -> AbstractContextManager[Any]:
    """What a decoder raises goes through."""
    return patch.object(decoders, "_picture_error", lambda _, err: RuntimeError(str(err)))


def _all_public() -> AbstractContextManager[Any]:
    """Each address is one of the public internet."""
    return patch.object(network, "is_public", lambda _: True)


def _nothing_secret() -> AbstractContextManager[Any]:
    """No part of a URL is taken for a secret."""
    module = import_module("imagematch_core.protocol.redact")  # the package has a function so named
    return patch.object(module, "_secret_places", lambda _: [])


BUGS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "clients": _acknowledged_early,
    "files": _decoders_raw,
    "urls": _all_public,
    "secrets": _nothing_secret,
    "disks": _failures_acknowledged,
    "refusals": _failures_acknowledged,
    "servers": _failures_acknowledged,
    "network": _errors_raw,
    "clusters": _failures_acknowledged,
}
"""By group, in the order in which groups run: those that fork come before those with threads."""
