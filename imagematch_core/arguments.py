"""Checks of arguments: a wrong type or value is an `ArgumentError`, which is a `ValueError`."""

import math
import operator
import os
import reprlib
from collections.abc import Iterable
from numbers import Real
from typing import Any

from .errors import ArgumentError


def check_cutoff(cutoff: object, default: float) -> float:
    """Return `cutoff`, a distance from 0 to 1, or raise `ArgumentError`; without it, `default`."""
    if cutoff is None:
        return default
    if not isinstance(cutoff, Real) or not 0 <= float(cutoff) <= 1:
        raise ArgumentError(f"cutoff must be a distance from 0 to 1, not {cutoff!r}")
    return float(cutoff)


def check_number(name: str, value: int, least: int, most: int | None = None) -> int:
    """Return `value`, a whole number within the bounds, or raise `ArgumentError`."""
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or (most is not None and number > most):
        bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ArgumentError(f"{name} must be a whole number {bounds}, not {value!r}")
    return number


def check_seconds(name: str, value: object) -> float:
    """Return `value`, a positive number of seconds, or raise `ArgumentError`."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) < math.inf:
        raise ArgumentError(f"{name}={value!r} is not a positive number of seconds")
    return float(value)


def check_several(name: str, values: Any) -> Iterable[Any]:
    """Return `values`, or raise `ArgumentError` for a single thing, such as a path or a file."""
    single = isinstance(values, str | bytes | bytearray | memoryview | os.PathLike)
    if single or hasattr(values, "read") or not isinstance(values, Iterable):
        shown = reprlib.repr(values)
        raise ArgumentError(f"{name} must be a list or another iterable, not {shown}")
    return values
