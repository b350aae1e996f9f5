"""States of a database that no call of a driver leads to, brought about by its author."""

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import entry_points
from typing import Any

from imagematch_core.drivers.registry import find_driver, scheme_of
from imagematch_core.protocol import Capability, Driver, ErrorKind, Stored

GROUP = "imagematch.conformance"

INDEX = "IMAGEMATCH_CONFORMANCE_INDEX"
"""The environment variable with the name of the index that most tests use."""

KILL_SERVER = "IMAGEMATCH_CONFORMANCE_KILL_SERVER"
"""The environment variable with a command that kills the server and starts it again."""

_ADDRESS = re.compile(r"^(?P<scheme>[^:]+://)(?P<user>[^/@]*@)?(?P<hosts>[^/?]*)(?P<rest>.*)$")


class Impossible(Exception):
    """Raised by a stage for a state that can't be had with this database, with the reason."""


class NotStaged(Exception):
    """The driver's distribution brings no stage for this."""


class Stage:
    """Sets the scene around the driver for the tests that need it.

    Subclass it in your driver's distribution, and register the class under the entry-point group
    `imagematch.conformance` with the URL scheme as its name. A method for something that your
    database can't be brought into raises `Impossible(reason)`; the certificate shows the reason.

    Args:
        url: the storage URL that is being certified.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def stranger(self, index: str) -> AbstractContextManager[Callable[[], bool]]:
        """Make something with the name that the driver would use for `index`, as others would.

        For example a table without the driver's columns. Yields a function that tells whether it
        is still as it was. Removes it in the end.
        """
        raise _not_staged("stranger")

    def half_created(self, index: str) -> AbstractContextManager[None]:
        """Leave what a process leaves that died in the middle of `create(index)`.

        The driver's `drop` clears it away in the end.
        """
        raise _not_staged("half_created")

    def other_layout(self, index: str) -> AbstractContextManager[None]:
        """Raise the layout number of an existing `index`; set it back in the end."""
        raise _not_staged("other_layout")

    def blocked(self, index: str) -> AbstractContextManager[None]:
        """Hold what a writer to `index` must wait for, such as a lock, until the end."""
        raise _not_staged("blocked")

    def stored(self, index: str) -> Iterable[Stored]:
        """Return what is stored in `index`, read past the driver, in any order."""
        raise _not_staged("stored")

    def kill_server(self) -> None:
        """Kill the server with SIGKILL, start it again with the same data, wait until it answers.

        It is optional: without it, and without the command that `certify --kill-server` takes, the
        certificate says that durability was not proven.
        """
        command = os.environ.get(KILL_SERVER)
        if not command:
            raise Impossible("nobody said how to kill the server: its durability is not proven")
        done = subprocess.run(
            shlex.split(command), check=False, capture_output=True, text=True, errors="replace"
        )
        if done.returncode:
            raise RuntimeError(
                f"the command that kills the server failed:\n{done.stdout}{done.stderr}"
            )

    def client(self) -> AbstractContextManager[tuple[Any, Callable[[], object]]]:
        """An object of one of the driver's `client_types`, connected to the same database.

        Yields it with a function that uses it and raises if it was closed. Asked for only where
        the driver has `client_types`.
        """
        raise _not_staged("client")

    @contextmanager
    def refusing(self, kind: ErrorKind) -> Iterator[str]:
        """Yield a URL at which using an index fails with `kind`, at the latest when it is filled.

        Give what your database can be brought to: a user without rights (DENIED), a read-only one
        (READ_ONLY), a full disk (FULL), a database that is not there (UNAVAILABLE), a wrong
        password (AUTH). Of a remote driver AUTH is asked for in any case; the password in the URL
        is replaced by a wrong one.
        """
        if kind is ErrorKind.AUTH and is_remote(find_driver(self.url)):
            yield self.with_wrong_password()
            return
        raise Impossible(f"the driver's stage has no database that refuses with '{kind}'")

    def at_address(self, host: str, port: int) -> str:
        """Return the URL with another address. Override it where the URL is not
        `scheme://…@host:port/…`, or where more of it names the servers.
        """
        parts = self._parts()
        return f"{parts['scheme']}{parts['user'] or ''}{host}:{port}{parts['rest']}"

    def address(self) -> tuple[str, int]:
        """Return the address in the URL: of the first host, where it names several."""
        first = self._parts()["hosts"].split(",")[0]
        host, _, port = first.rpartition(":")
        if not host or not port.isdigit():
            raise NotStaged("write the port into the URL, or override 'address'")
        return host.strip("[]"), int(port)

    def with_wrong_password(self) -> str:
        """Return the URL with a wrong password, where it has one."""
        parts = self._parts()
        name, colon, _ = (parts["user"] or "").rpartition(":")
        if not colon:
            raise NotStaged("give a URL with a password, or override 'refusing' for AUTH")
        return f"{parts['scheme']}{name}:certainly-wrong@{parts['hosts']}{parts['rest']}"

    def _parts(self) -> Mapping[str, str]:
        match = _ADDRESS.match(self.url)
        if match is None:
            raise NotStaged("override 'at_address' and 'address' for URLs of this form")
        return match.groupdict()


def _not_staged(method: str) -> NotStaged:
    return NotStaged(
        f"this needs a Stage with the method '{method}', registered under the entry-point group "
        f"'{GROUP}'; see docs/certify.md. If your database can't be brought into such a state, "
        "let the method raise Impossible(reason)"
    )


def stage_for(url: str) -> Stage:
    """Return the stage that is installed for a URL's scheme; a bare one where there is none."""
    found = list(entry_points(group=GROUP, name=scheme_of(url)))
    if len(found) > 1:
        raise NotStaged(f"several distributions register a stage for {scheme_of(url)!r}: {found}")
    return found[0].load()(url) if found else Stage(url)


def is_remote(driver_type: type[Driver]) -> bool:
    """Return whether the driver reaches its database over a network."""
    return Capability.REMOTE in driver_type.capabilities
