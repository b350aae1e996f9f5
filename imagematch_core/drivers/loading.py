"""From a storage URL, or a database client's object, to the installed driver that serves it."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from os import PathLike, fsencode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..errors import DriverConflict, DriverError, DriverNotInstalled, InvalidTarget, UnknownDriver
from ..protocol.driver import Capability, Driver
from ..protocol.redact import redact_url

if TYPE_CHECKING:
    from .registry import Registration

KNOWN = {
    "elasticsearch": "imagematch-es",
    "memory": "imagematch-core",
    "mongodb": "imagematch-mongodb",
    "postgres": "imagematch-postgres",
    "postgresql": "imagematch-postgres",
    "sqlite": "imagematch-core",
}
"""Our own drivers: the distribution that brings each scheme."""

CLIENTS = {
    "elasticsearch": "elasticsearch",
    "psycopg": "postgresql",
    "psycopg_pool": "postgresql",
    "pymongo": "mongodb",
}
"""The scheme that a client library's objects belong to, by the library's package."""

_SCHEME = re.compile(r"[a-z][a-z0-9-]*")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9-]*)(?:\+[^:/?#@]*)?://")
_INDEX = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class DriverInfo:
    """An installed driver, sound or not.

    Attributes:
        name: the URL scheme that it serves.
        distribution: the name of the package that brings it.
        version: of that package.
        api: the (major, minor) version of the protocol that it speaks, None if it is broken.
        capabilities: what it can do beyond the protocol's core.
        error: why it can't be used, None if it can.
    """

    name: str
    distribution: str
    version: str
    api: tuple[int, int] | None = None
    capabilities: frozenset[Capability] = frozenset()
    error: str | None = None


def scheme(target: str) -> str:
    """The scheme of a storage URL: what stands before '://', up to a '+'.

    Raises:
        InvalidTarget: it is no URL.
    """
    match = _URL.match(target)
    if match is None:
        raise InvalidTarget(
            f"{redact_url(target)!r} is not a storage URL; for a file write {_file_url(target)!r}"
        )
    return match[1]


def load(scheme: str) -> type[Driver]:
    """The driver that is registered for a URL scheme. No other driver is imported.

    Raises:
        UnknownDriver: nobody has heard of it.
        DriverNotInstalled: it is one of ours, but not installed.
        DriverConflict: several are registered.
        DriverBroken: it can't be imported, or is not a driver.
        DriverApiMismatch: it speaks another version of the protocol.
    """
    registered = _registered()
    if scheme not in registered:
        raise _missing(scheme, list(registered))
    return _only(registered[scheme])


def find(target: object) -> type[Driver]:
    """The driver for a storage URL or for an object of a database's client.

    Raises:
        DriverError: as `load` and `scheme` do; InvalidTarget if no driver takes the object.
    """
    if isinstance(target, str):
        return load(scheme(target))
    if isinstance(target, PathLike):
        raise InvalidTarget(f"{target!r} is not a storage URL; write {_file_url(target)!r}")
    class_names = {f"{base.__module__}.{base.__qualname__}" for base in type(target).__mro__}
    registered = _registered()
    skipped = []
    for claims in registered.values():
        try:
            driver_type = _only(claims)
        except DriverError as err:
            skipped.append(f"\nskipped: {err}")
            continue
        if class_names.intersection(driver_type.client_types):
            return driver_type
    wanted = CLIENTS.get(type(target).__module__.partition(".")[0])
    if wanted is not None and wanted not in registered:
        raise _missing(wanted, list(registered))
    raise InvalidTarget(
        f"no installed driver ({', '.join(registered)}) takes {describe(target)}; "
        f"give a storage URL, such as 'sqlite:///photos.db'{''.join(skipped)}"
    )


def check_index(index: object) -> None:
    """Raise `InvalidTarget` unless `index` is a name that every database can hold."""
    if not isinstance(index, str) or not _INDEX.fullmatch(index):
        raise InvalidTarget(
            f"{index!r} can't name an index: a name is a lower-case letter, then up to 39 "
            "lower-case letters, digits, '_' or '-'"
        )


def describe(target: object) -> str:
    """How messages name a target: a URL without its secrets, or the class of an object."""
    if isinstance(target, str):
        return redact_url(target)
    return f"a {type(target).__module__}.{type(target).__qualname__} object"


def connect(target: object, index: str, *, timeout: float = 30.0, **options: Any) -> Driver:
    """Open `index` at a storage URL or client object with its driver, creating nothing.

    Args:
        target: 'sqlite:///photos.db', or an object of a client that an installed driver takes.
        index: a name that matches `[a-z][a-z0-9_-]{0,39}`.
        timeout: seconds that each call of the driver may take.
        options: the driver's own.

    Raises:
        DriverError: there is no driver for it, or it refuses the target or an option.
    """
    driver_type = find(target)
    check_index(index)
    if not (timeout > 0 and isfinite(timeout)):
        raise InvalidTarget(f"timeout={timeout!r} is not a positive number of seconds")
    return driver_type.connect(target, index, timeout=timeout, **options)


def installed() -> list[DriverInfo]:
    """Every installed driver, by name; those that can't be used say why in `error`."""
    return [_info(claim, claims) for claims in _registered().values() for claim in claims]


def _info(claim: "Registration", claims: "list[Registration]") -> DriverInfo:
    identity = (claim.scheme, claim.distribution, claim.version)
    if not _SCHEME.fullmatch(claim.scheme):
        return DriverInfo(*identity, error=f"{claim.scheme!r} can't be the scheme of a URL")
    try:
        driver_type = _only(claims)
    except DriverError as err:
        return DriverInfo(*identity, error=str(err))
    return DriverInfo(*identity, driver_type.api, driver_type.capabilities)


def _registered() -> "dict[str, list[Registration]]":
    """All that is registered, by scheme, in the order of schemes."""
    from . import registry  # noqa: PLC0415 - slow to import, and not needed to import the core

    by_scheme: dict[str, list[Registration]] = {}
    for registration in registry.registrations():
        by_scheme.setdefault(registration.scheme, []).append(registration)
    return by_scheme


def _only(claims: "list[Registration]") -> type[Driver]:
    from . import registry  # noqa: PLC0415 - see _registered

    if len(claims) == 1:
        return registry.driver_class(claims[0])
    named = " and ".join(
        f"{claim.distribution} {claim.version} ({claim.entry_point.value})" for claim in claims
    )
    raise DriverConflict(
        f"{claims[0].scheme!r} is claimed by {named}; keep one, for instance: "
        f"pip uninstall {claims[-1].distribution}"
    )


def _missing(scheme: str, installed: list[str]) -> DriverError:
    listed = f"Installed: {', '.join(installed) or 'none'}."
    if scheme in KNOWN:
        return DriverNotInstalled(
            f"the driver for {scheme!r} is not installed; get it with: pip install {KNOWN[scheme]}"
            f"\n{listed}"
        )
    near = get_close_matches(scheme.lower(), sorted({*installed, *KNOWN}), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return UnknownDriver(f"there is no driver for {scheme!r}{hint} {listed}")


def _file_url(path: "str | PathLike[Any]") -> str:
    """The URL of what is probably meant as a file."""
    if isinstance(path, str):
        plain = redact_url(path).removeprefix("sqlite:").replace("\\", "/") or "photos.db"
        encoded = plain.encode(errors="surrogatepass")
    else:
        encoded = fsencode(path)
    return "sqlite:///" + quote(encoded, safe="/:*")
