"""Compares the members of a driver's class with those of the protocol's, before a call."""

import inspect
from collections.abc import Collection, Iterator
from typing import Any

from imagematch_core.errors import DriverBroken
from imagematch_core.protocol import Capability, Driver

_WRITTEN_IF_NEEDED = frozenset({"ddl", "members", "optimize", "loading"})
METHODS = tuple(
    name
    for name, member in vars(Driver).items()
    if getattr(member, "__isabstractmethod__", False) or name in _WRITTEN_IF_NEEDED
)
"""The methods that a driver writes and the core calls."""

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def check_members(driver_type: type[Driver]) -> None:
    """Raise `DriverBroken` unless every member of a driver can be used as the protocol says.

    The error shows what was expected and what was found, for each member that differs.
    """
    differing = [
        f"{name}\n    expected: {expected}\n    found:    {found}"
        for name, expected, found in [
            *_attribute_faults(driver_type),
            *_method_faults(driver_type),
        ]
    ]
    if differing:
        raise DriverBroken(
            f"{driver_type.__module__}.{driver_type.__qualname__} differs from the storage "
            f"protocol in {'; '.join(differing)}"
        )


def _attribute_faults(driver_type: type[Driver]) -> Iterator[tuple[str, str, str]]:
    expectations: dict[str, tuple[type[Collection[object]], type, str]] = {
        "capabilities": (frozenset, Capability, "a frozenset of Capability"),
        "client_types": (tuple, str, "a tuple of dotted names"),
    }
    for name, (container, item, words) in expectations.items():
        found: Any = getattr(driver_type, name, None)
        if not isinstance(found, container) or not all(isinstance(each, item) for each in found):
            yield name, words, repr(found)


def _method_faults(driver_type: type[Driver]) -> Iterator[tuple[str, str, str]]:
    for name in METHODS:
        expected = inspect.getattr_static(Driver, name)
        found = inspect.getattr_static(driver_type, name)
        if getattr(found, "__isabstractmethod__", False):
            yield name, _written(name, expected), "nothing"
        elif found is not expected and not _accepts(expected, found):
            yield name, _written(name, expected), _written(name, found)


def _accepts(expected: Any, found: Any) -> bool:
    """Tell whether `found` can be called in every way in which `expected` can."""
    if isinstance(found, classmethod) != isinstance(expected, classmethod) or _flavour(found):
        return False
    wanted, offered = _parameters(expected), _parameters(found)
    order = _positional(wanted)
    if _positional(offered)[: len(order)] != order:
        return False
    for name, want in wanted.items():
        if want.kind is inspect.Parameter.VAR_KEYWORD:
            if all(have.kind is not want.kind for have in offered.values()):
                return False
            continue
        have = offered.get(name)
        if have is None or have.kind not in _NAMED:
            return False
        if want.default is not want.empty and have.default is have.empty:
            return False
    return all(
        name in wanted or have.kind not in _NAMED or have.default is not have.empty
        for name, have in offered.items()
    )


def _parameters(member: Any) -> dict[str, inspect.Parameter]:
    return dict(list(inspect.signature(_function(member)).parameters.items())[1:])


def _positional(parameters: dict[str, inspect.Parameter]) -> list[str]:
    return [
        name
        for name, parameter in parameters.items()
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]


def _function(member: Any) -> Any:
    return member.__func__ if isinstance(member, classmethod | staticmethod) else member


def _flavour(member: Any) -> str:
    """Return the kind of a member that is no plain method or class method, else ''."""
    function = _function(member)
    if not callable(function):
        return f"{type(member).__name__} object: "
    if isinstance(member, staticmethod):
        return "@staticmethod "
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return "async "
    if inspect.isgeneratorfunction(function):
        return "generator: "
    return ""


def _written(name: str, member: Any) -> str:
    """Return a member as it is written in a class, without annotations."""
    function = _function(member)
    if not callable(function):
        return _flavour(member) + name
    signature = inspect.signature(function)
    plain = signature.replace(
        parameters=[
            parameter.replace(annotation=parameter.empty)
            for parameter in signature.parameters.values()
        ],
        return_annotation=signature.empty,
    )
    kind = "@classmethod " if isinstance(member, classmethod) else ""
    return f"{_flavour(member)}{kind}def {name}{plain}"
