"""Finds the installed driver for a storage URL, or for an object of a database's client."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from os import PathLike, fsencode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from more_itertools import map_reduce

from ..errors import (
    DriverApiMismatch,
    DriverBroken,
    DriverConflict,
    DriverError,
    DriverNotInstalled,
    InvalidTarget,
    UnknownDriver,
)
from ..protocol.driver import API, Capability, Driver
from ..protocol.redact import redact_url

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

DRIVER_GROUP = "imagematch.drivers"
"""The entry points of drivers: the name is a URL scheme, the value a subclass of `Driver`."""

KNOWN = {
    "elasticsearch": "imagematch-es",
    "memory": "imagematch-core",
    "mongodb": "imagematch-mongodb",
    "postgres": "imagematch-postgres",
    "postgresql": "imagematch-postgres",
    "sqlite": "imagematch-core",
}
"""The distribution that brings each of our own drivers, by scheme."""

CLIENTS = {
    "elasticsearch": "elasticsearch",
    "psycopg": "postgresql",
    "psycopg_pool": "postgresql",
    "pymongo": "mongodb",
}
"""The scheme of our driver for a client library's objects, by the library's package."""

MEANT = {
    "es": "elasticsearch://",
    "es+https": "elasticsearch+https://",
    "http": "elasticsearch://",
    "https": "elasticsearch+https://",
    "mongo": "mongodb://",
    "pg": "postgresql://",
}
"""Schemes that people write, and the one that serves what they mean."""

_SCHEME = re.compile(r"[a-z][a-z0-9-]*")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9-]*)(?:\+[^:/?#@]*)?://")
_LIBPQ = re.compile(r"\s*(host(addr)?|user|password|dbname|port|service)\s*=")
_INDEX = re.compile(r"[a-z][a-z0-9_-]{0,39}")

_Installed = dict[str, list["EntryPoint"]]


@dataclass(frozen=True, slots=True)
class DriverInfo:
    """An installed driver, usable or not.

    Attributes:
        name: its URL scheme.
        distribution: the name of its package.
        version: the version of its package.
        api: the (major, minor) version of the protocol that it speaks, None if it can't be used.
        capabilities: what it can do beyond the protocol's core.
        error: why it can't be used, None if it can.
    """

    name: str
    distribution: str
    version: str
    api: tuple[int, int] | None = None
    capabilities: frozenset[Capability] = frozenset()
    error: str | None = None


def find_driver(target: object) -> type[Driver]:
    """Return the driver for a storage URL or for an object of a database's client.

    For a URL no other driver is imported.

    Raises:
        InvalidTarget: it is no URL, and no installed driver takes such an object.
        UnknownDriver: no driver has this scheme.
        DriverNotInstalled: one of ours has, but it is not installed.
        DriverConflict: several distributions claim the scheme.
        DriverBroken: it can't be imported, or is not a driver.
        DriverApiMismatch: it speaks another version of the protocol.
    """
    if isinstance(target, str):
        scheme = scheme_of(target)
        installed = _entry_points()
        if scheme not in installed:
            raise _missing(scheme, installed, written=target.partition("://")[0])
        return _load(installed[scheme])
    if isinstance(target, PathLike):
        raise InvalidTarget(f"{target!r} is not a storage URL; write {_file_url(target)!r}")
    return _driver_of_client(target, _entry_points())


def installed_drivers() -> list[DriverInfo]:
    """Return every installed driver in order of schemes; `error` says why one can't be used."""
    return [
        _info(entry_point, claims) for claims in _entry_points().values() for entry_point in claims
    ]


def scheme_of(url: str) -> str:
    """Return what stands before '://' in a storage URL, up to a '+', or raise `InvalidTarget`."""
    match = _URL.match(url)
    if match is None:
        meant = "for a file write " + repr(_file_url(url))
        if _LIBPQ.match(url):
            meant = "write it as 'postgresql://user:password@host:port/database'"
        raise InvalidTarget(f"{redact_url(url)!r} is not a storage URL; {meant}")
    return match[1]


def describe_target(target: object) -> str:
    """Return the name of a target in messages: a URL without its secrets, or an object's class."""
    if isinstance(target, str):
        return redact_url(target)
    return f"a {type(target).__module__}.{type(target).__qualname__} object"


def check_index(index: object) -> None:
    """Raise `InvalidTarget` unless `index` is a name that every database can hold."""
    if not isinstance(index, str) or not _INDEX.fullmatch(index):
        raise InvalidTarget(
            f"{index!r} can't name an index: a name is a lower-case letter, then up to 39 "
            "lower-case letters, digits, '_' or '-'"
        )


def _entry_points() -> _Installed:
    """Return the entry points of all installed drivers by scheme, importing none of them."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import

    found = entry_points(group=DRIVER_GROUP)
    ordered = sorted(found, key=lambda one: (one.name, _distribution(one)))
    return map_reduce(ordered, lambda one: one.name)


def _load(claims: "Sequence[EntryPoint]") -> type[Driver]:
    """Import the driver of one scheme and check that this core can use it."""
    if len(claims) > 1:
        named = " and ".join(
            f"{_distribution(claim)} {_version(claim)} ({claim.value})" for claim in claims
        )
        raise DriverConflict(
            f"{claims[0].name!r} is claimed by {named}; keep one, for instance: "
            f"pip uninstall {_distribution(claims[-1])}"
        )
    [entry_point] = claims
    found = _imported(entry_point)
    if not isinstance(found, type) or not issubclass(found, Driver):
        raise _broken(
            entry_point, f"{entry_point.value} is not a subclass of imagematch_core.protocol.Driver"
        )
    api, capabilities = getattr(found, "api", None), getattr(found, "capabilities", None)
    if not (isinstance(api, tuple) and [type(part) for part in api] == [int, int]):
        raise _broken(
            entry_point,
            f"{entry_point.value} declares no version of the storage protocol\n"
            f"    expected: api = {API}\n    found:    api = {api!r}",
        )
    if api[0] != API[0] or api[1] > API[1]:
        older = "imagematch-core" if api > API else _distribution(entry_point)
        raise DriverApiMismatch(
            f"{_named(entry_point)} speaks version {api[0]}.{api[1]} of the storage protocol, "
            f"this imagematch-core speaks {API[0]}.{API[1]}; mend it with: "
            f"pip install --upgrade {older}"
        )
    if not isinstance(capabilities, frozenset):
        raise _broken(
            entry_point,
            f"{entry_point.value} declares capabilities = {capabilities!r}, "
            "which is not a frozenset of Capability",
        )
    if missing := sorted(found.__abstractmethods__):
        raise _broken(entry_point, f"{entry_point.value} does not define {', '.join(missing)}")
    return found


def _imported(entry_point: "EntryPoint") -> object:
    from stevedore.driver import DriverManager  # noqa: PLC0415 - slow to import
    from stevedore.extension import ExtensionManager  # noqa: PLC0415

    # stevedore's own list comes from a cache on disk that misses what was installed a moment ago.
    ExtensionManager.ENTRY_POINT_CACHE[DRIVER_GROUP] = [entry_point]
    try:
        return DriverManager[Any](DRIVER_GROUP, entry_point.name).driver
    except KeyboardInterrupt:
        raise
    # Whatever an import raises, SystemExit included, must not end the program or hide its cause.
    except BaseException as err:
        raise _broken(
            entry_point, f"importing {entry_point.value} failed: {type(err).__name__}: {err}"
        ) from err


def _driver_of_client(client: object, installed: _Installed) -> type[Driver]:
    """Return the driver that takes an object, looking at ours for its library first."""
    ours = CLIENTS.get(type(client).__module__.partition(".")[0])
    class_names = {f"{base.__module__}.{base.__qualname__}" for base in type(client).__mro__}
    skipped = []
    for scheme in sorted(installed, key=lambda scheme: (scheme != ours, scheme)):
        try:
            driver_type = _load(installed[scheme])
        except DriverError as err:
            skipped.append(f"\nskipped: {err}")
            continue
        if class_names.intersection(driver_type.client_types):
            return driver_type
    if ours is not None and ours not in installed:
        raise _missing(ours, installed)
    raise InvalidTarget(
        f"no installed driver ({', '.join(installed)}) takes {describe_target(client)}; "
        f"give a storage URL, such as 'sqlite:///photos.db'{''.join(skipped)}"
    )


def _info(entry_point: "EntryPoint", claims: "Sequence[EntryPoint]") -> DriverInfo:
    identity = (entry_point.name, _distribution(entry_point), _version(entry_point))
    if not _SCHEME.fullmatch(entry_point.name):
        return DriverInfo(*identity, error=f"{entry_point.name!r} can't be the scheme of a URL")
    try:
        driver_type = _load(claims)
    except DriverError as err:
        return DriverInfo(*identity, error=str(err))
    return DriverInfo(*identity, driver_type.api, driver_type.capabilities)


def _missing(scheme: str, installed: _Installed, written: str = "") -> DriverError:
    listed = f"Installed: {', '.join(installed) or 'none'}."
    if scheme in KNOWN:
        return DriverNotInstalled(
            f"the driver for {scheme!r} is not installed; get it with: pip install {KNOWN[scheme]}"
            f"\n{listed}"
        )
    if meant := MEANT.get(written.lower()) or MEANT.get(scheme.lower()):
        return UnknownDriver(f"there is no driver for {scheme!r}; did you mean {meant!r}? {listed}")
    near = get_close_matches(scheme.lower(), sorted({*installed, *KNOWN}), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return UnknownDriver(f"there is no driver for {scheme!r}{hint} {listed}")


def _broken(entry_point: "EntryPoint", reason: str) -> DriverBroken:
    return DriverBroken(
        f"{_named(entry_point)} is broken: {reason}\nmend it with: "
        f"pip install --upgrade --force-reinstall {_distribution(entry_point)}, "
        "or tell its authors"
    )


def _named(entry_point: "EntryPoint") -> str:
    return (
        f"the driver {entry_point.name!r} of {_distribution(entry_point)} {_version(entry_point)}"
    )


def _distribution(entry_point: "EntryPoint") -> str:
    return entry_point.dist.name if entry_point.dist else "a distribution without a name"


def _version(entry_point: "EntryPoint") -> str:
    return entry_point.dist.version if entry_point.dist else ""


def _file_url(path: "str | PathLike[Any]") -> str:
    """Return the URL of what is probably meant as a file."""
    if isinstance(path, str):
        plain = redact_url(path).removeprefix("sqlite:").replace("\\", "/") or "photos.db"
        encoded = plain.encode(errors="surrogatepass")
    else:
        encoded = fsencode(path)
    return "sqlite:///" + quote(encoded, safe="/:*")
