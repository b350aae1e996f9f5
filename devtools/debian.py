"""Programs that the tests need and no Python package brings.

    python -m devtools.debian

says which are missing, and as root installs them with apt-get. Nothing else installs any.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from devtools.servers.errors import ServerError

NAMES = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "pgbouncer": ("pgbouncer",),
}
"""What each of Debian's packages is called where it is installed."""

PLACES = ("/usr/sbin", "/usr/local/sbin")
"""Where services are; PATH often leaves them out."""


def program(package: str) -> Path:
    """Return the path of a package's program.

    Raises:
        ServerError: it is not there, with what to do.
    """
    if (found := _find(package)) is None:
        raise ServerError(
            f"{package} is not installed. Install it (Debian: apt-get install {package}; "
            "as root `python -m devtools.debian` does that)"
        )
    return found


def main() -> int:
    missing = [package for package in NAMES if _find(package) is None]
    if not missing:
        return 0
    if os.geteuid() or not shutil.which("apt-get"):
        print(f"The tests need {' and '.join(missing)}. Install what is missing", file=sys.stderr)
        return 1
    # A runlevel in which the packages start no services.
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "--yes", "--no-install-recommends", *missing],
    ):
        print(f"The tests need {' and '.join(missing)}: {' '.join(command)}", flush=True)
        if status := subprocess.run(command, check=False, env=quiet).returncode:
            return status
    return 0


def _find(package: str) -> Path | None:
    path = os.pathsep.join([os.environ.get("PATH", ""), *PLACES])
    found = next(filter(None, (shutil.which(name, path=path) for name in NAMES[package])), None)
    return Path(found) if found else None


if __name__ == "__main__":
    sys.exit(main())
