"""Certify the drivers of this repository against real servers, and print one table.

    python -m devtools.certify [--keep] [NAME[@oldest]…]

Without names: `EVERYTHING`. What ends in @oldest runs with the oldest libraries that are allowed,
those in .venv/oldest. --keep keeps the certificates beside the drivers, whose READMEs name them.
Exit status 0 means that all are certified with the same digests.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from devtools.servers import together
from devtools.servers.control import VARIABLE, control

EMBEDDED = {
    "memory": "memory://certify",
    "sqlite": "sqlite:///{folder}/certify.db",
    "duckdb": "duckdb:///{folder}/certify.duckdb",
}
EVERYTHING = (
    "mongodb",
    "mongodb-standalone@oldest",
    "elasticsearch",
    "elasticsearch-8@oldest",
    "postgresql",
    "postgresql-16@oldest",
    *EMBEDDED,
)
"""Those that take longest first, so that none is left to run alone."""

PROGRAMS = {"": Path(sys.executable).parent, "oldest": Path(".venv/oldest/bin")}
"""Where the commands of each environment are."""

FOLDERS = {
    "postgresql": Path("drivers/postgres"),
    "mongodb": Path("drivers/mongodb"),
    "elasticsearch": Path("drivers/elasticsearch"),
}
"""Where drivers are, by the first word of a server's name."""

CLIENTS = ("duckdb", "elasticsearch", "psycopg", "pymongo")
HEAD = (
    *("name", "database", "driver", "client"),
    *("requirements", "result", "durability", "digests"),
)
AT_ONCE = 4
JOBS = 1
"""So many certifications at once, more than there are cores: they mostly wait for disks and for
time-outs. For the same reason each would take more jobs if it were alone."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=EVERYTHING)
    parser.add_argument("--keep", action="store_true", help="keep them beside the drivers")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        _urls(arguments.names, folder) as urls,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        found = list(pool.map(lambda name: _certify(name, urls[name], Path(folder)), urls))
        if arguments.keep:
            for path in Path(folder).glob("*.json"):
                _keep(path)
    refused = [one for one in found if one.reasons]
    # Last, where one looks first.
    for one in refused:
        print(f"\n{one.row[0]}\n{one.output}")
    _print_table([HEAD, *(one.row for one in found)])
    for one in refused:
        print(f"{one.row[0]}: {'; '.join(one.reasons)}")
    return 1 if refused or len({one.row[-1] for one in found}) > 1 else 0


@contextmanager
def _urls(names: Sequence[str], folder: str) -> Iterator[dict[str, str]]:
    kinds = {name: name.partition("@")[0] for name in names}
    servers = [kind for kind in dict.fromkeys(kinds.values()) if kind not in EMBEDDED]
    with together(servers) as running, control(running):
        urls = {server.name: server.url for server in running}
        yield {
            name: urls.get(kind) or EMBEDDED[kind].format(folder=folder)
            for name, kind in kinds.items()
        }


def _keep(certificate: Path) -> None:
    driver = FOLDERS.get(certificate.stem.partition("-")[0])
    if driver is not None:
        (driver / "certificates").mkdir(exist_ok=True)
        shutil.copy(certificate, driver / "certificates")


class _Certification(NamedTuple):
    """What came of one: a row of the table, the reasons against it, and what it printed."""

    row: tuple[str, ...]
    reasons: list[str]
    output: str


def _certify(name: str, url: str, out: Path) -> _Certification:
    path = out / f"{name.partition('@')[0]}.json"
    program = PROGRAMS[name.partition("@")[2]] / "imagematch"
    command = [str(program), "certify", url, "--jobs", str(JOBS), "--out", str(path)]
    kind = name.partition("@")[0]
    if VARIABLE in os.environ and kind not in EMBEDDED:
        # Each server is used by one certification, so it may be killed.
        command += ["--kill-server", f"{sys.executable} -m devtools.servers kill {kind}"]
    done = subprocess.run(
        command,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if not path.exists():
        row = (name, "", "", "", "", "no certificate", "", "")
        return _Certification(row, ["no certificate"], done.stdout)
    certificate = json.loads(path.read_text())
    driver: dict[str, Any] = certificate["driver"]
    results = [requirement["result"] for requirement in certificate["requirements"].values()]
    clients = (f"{one} {known}" for one, known in driver["dependencies"].items() if one in CLIENTS)
    row = (
        name,
        certificate["server"],
        f"{driver['distribution']} {driver['version']}",
        ", ".join(clients),
        ", ".join(f"{count} {result}" for result, count in Counter(results).items()),
        certificate["result"],
        certificate["durability"].partition(":")[0],
        " ".join(str(digest)[:16] for digest in certificate["digests"].values()),
    )
    if not certificate["reasons"]:
        print(f"\n{name}\n{done.stdout}", flush=True)
    return _Certification(row, certificate["reasons"], done.stdout)


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


if __name__ == "__main__":
    os.chdir(Path(__file__).parent.parent)
    sys.exit(main())
