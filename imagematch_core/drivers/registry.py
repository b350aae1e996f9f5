"""The drivers that are installed: stevedore loads them, importlib.metadata says whose they are.

Imported when a driver is first asked for, since both take a while to import.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from stevedore.named import NamedExtensionManager

from ..errors import DriverApiMismatch, DriverBroken
from ..protocol.driver import API, Driver
from .contract import api_of, faults, speaks

GROUP = "imagematch.drivers"


@dataclass(frozen=True, slots=True)
class Registration:
    """An entry point of the group: a scheme, and the distribution whose driver serves it."""

    scheme: str
    distribution: str
    version: str
    entry_point: EntryPoint

    def __str__(self) -> str:
        return f"the driver '{self.scheme}' of {self.distribution} {self.version}"


def registrations() -> list[Registration]:
    """All of them, by scheme and distribution. Nothing is imported."""
    return sorted(
        (
            Registration(
                found.name,
                (found.dist and found.dist.name) or "a distribution without a name",
                (found.dist and found.dist.version) or "",
                found,
            )
            for found in entry_points(group=GROUP)
        ),
        key=lambda registration: (registration.scheme, registration.distribution),
    )


class _Manager(NamedExtensionManager[object]):
    """stevedore's manager of the entry points that it is given.

    Its own list comes from a cache on disk that misses what was installed a moment ago.
    """

    def __init__(self, found: Iterable[EntryPoint]) -> None:
        self._found = list(found)
        super().__init__(
            GROUP,
            [entry_point.name for entry_point in self._found],
            on_load_failure_callback=_raise,
            on_missing_entrypoints_callback=None,
        )

    def list_entry_points(self) -> list[EntryPoint]:
        return self._found


def _raise(_manager: object, _entry_point: EntryPoint, err: BaseException) -> None:
    raise err


def driver_class(registration: Registration) -> type[Driver]:
    """Import the class that is registered and check it against the protocol.

    Raises:
        DriverBroken: it can't be imported, or is not what the protocol asks for.
        DriverApiMismatch: it is made for another version of the protocol.
    """
    found = _imported(registration)
    target = registration.entry_point.value
    if not isinstance(found, type) or not issubclass(found, Driver):
        raise DriverBroken(
            f"{registration} is broken: {target} is not a subclass of "
            f"imagematch_core.protocol.Driver{_mend(registration)}"
        )
    api = api_of(found)
    if api is None:
        raise DriverBroken(
            f"{registration} is broken: {target} declares no version of the storage protocol\n"
            f"    expected: api = {API}\n    found:    api = {getattr(found, 'api', None)!r}"
            f"{_mend(registration)}"
        )
    if not speaks(api):
        newer, older = "imagematch-core", registration.distribution
        raise DriverApiMismatch(
            f"{registration} speaks version {api[0]}.{api[1]} of the storage protocol, this "
            f"imagematch-core speaks {API[0]}.{API[1]}; mend it with: "
            f"pip install --upgrade {newer if api > API else older}"
        )
    if found_faults := faults(found):
        raise DriverBroken(
            f"{registration} is broken: {target} differs from the storage protocol in "
            + "; ".join(found_faults)
            + _mend(registration)
        )
    return found


def _imported(registration: Registration) -> object:
    try:
        [extension] = _Manager([registration.entry_point])
    except KeyboardInterrupt:
        raise
    # Whatever an import raises, SystemExit included, must not end the program or hide its cause.
    except BaseException as err:
        raise DriverBroken(
            f"{registration} is broken, importing {registration.entry_point.value} failed: "
            f"{type(err).__name__}: {err}{_mend(registration)}"
        ) from err
    return extension.plugin


def _mend(registration: Registration) -> str:
    return (
        f"\nmend it with: pip install --upgrade --force-reinstall {registration.distribution}, "
        "or tell its authors"
    )
