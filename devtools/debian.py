"""Programs that the tests need and Debian has."""

import fcntl
import os
import shutil
from pathlib import Path

from devtools.servers.cache import folder, run
from devtools.servers.errors import ServerError

PLACES = ("/usr/sbin", "/usr/local/sbin")
"""Where services are; PATH often leaves them out."""


def program(name: str, package: str) -> Path:
    """Where a program is. On Debian root installs it first where it is missing.

    Raises:
        ServerError: it is not there, with what to install.
    """
    if (found := _find(name)) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _install(name, package)
        found = _find(name)
    if found is None:
        raise ServerError(
            f"{name} is not installed. Install it (Debian: apt-get install {package})"
        )
    return found


def _install(name: str, package: str) -> None:
    folder().mkdir(parents=True, exist_ok=True)
    # Of two tests that need it at once apt-get would refuse the second one.
    with (folder() / "apt-get.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _find(name):
            return
        # A runlevel in which the packages start no services.
        quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        run(["apt-get", "update", "-qq"], "Debian's list of packages", quiet)
        install = ["apt-get", "install", "-qq", "--yes", "--no-install-recommends", package]
        run(install, f"{package} from Debian", quiet)


def _find(name: str) -> Path | None:
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *PLACES]))
    return Path(found) if found else None
