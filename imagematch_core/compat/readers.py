"""The readers of image-match's indexes that are installed."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import Any

from ..drivers.registry import KNOWN, describe_target, find_driver, scheme_of
from ..errors import DriverNotInstalled, InvalidTarget
from ..protocol.legacy import READER_GROUP, LegacyReader
from ..protocol.redact import secrets_of
from ..store import wrapping

HOLDERS = {scheme: KNOWN[scheme] for scheme in ("elasticsearch", "mongodb")}
"""Where image-match stored, and the distribution that reads it there."""


@contextmanager
def reader_of(
    target: Any, name: str | None = None, *, scheme: str | None = None, timeout: float = 30.0
) -> Iterator[LegacyReader]:
    """Read an index of image-match; errors of the client become `StorageError` inside.

    Args:
        target: a URL that names it, or a client's object.
        name: of the index, where `target` is an object.
        scheme: of the driver, where `target` is an object.

    Raises:
        DriverError: no reader can be had, or it does not take the target.
        StorageError: the database can't be reached or refuses us.
    """
    reader_type = _load(scheme or scheme_of(target))
    with wrapping(find_driver(target), describe_target(target), secrets_of(target)):
        reader = reader_type.connect(target, name, timeout=timeout)
        try:
            yield reader
        finally:
            reader.close()


def _load(scheme: str) -> type[LegacyReader]:
    points = {point.name: point for point in entry_points(group=READER_GROUP)}
    if scheme in points:
        found: type[LegacyReader] = points[scheme].load()
        return found
    if scheme in HOLDERS:
        raise DriverNotInstalled(
            f"what reads image-match's indexes in {scheme!r} is not installed; get it with: "
            f"pip install {HOLDERS[scheme]}"
        )
    raise InvalidTarget(
        f"image-match has stored nothing in {scheme!r}: its indexes are in {' or '.join(HOLDERS)}"
    )
