"""Certify the drivers of this repository against real servers, and print one table.

    python -m devtools.certify [--out FOLDER] [NAME…]

Without names: memory, sqlite, duckdb, and each of the servers in `SERVERS`. Exit status 0 means
that all are certified with one and the same digest.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from devtools.servers import together

EMBEDDED = {
    "memory": "memory://certify",
    "sqlite": "sqlite:///{folder}/certify.db",
    "duckdb": "duckdb:///{folder}/certify.duckdb",
}
SERVERS = ("postgresql", "postgresql-16", "mongodb", "mongodb-standalone", "elasticsearch")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=[*EMBEDDED, *SERVERS])
    parser.add_argument("--out", type=Path, help="folder for the certificates")
    arguments = parser.parse_args()
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        out = arguments.out or Path(folder)
        out.mkdir(parents=True, exist_ok=True)
        with _urls(arguments.names, folder) as urls:
            for name, url in urls.items():
                print(f"\n{name}", flush=True)
                path = out / f"{name}.json"
                command = [str(Path(sys.executable).with_name("imagematch")), "certify", url]
                subprocess.run([*command, "--out", str(path)], check=False)
                rows.append(_row(name, json.loads(path.read_text()) if path.exists() else None))
    _print_table([("driver", "database", "requirements", "result", "digest"), *rows])
    digests = {row[4] for row in rows}
    return 0 if {row[3] for row in rows} == {"certified"} and len(digests) == 1 else 1


@contextmanager
def _urls(names: Sequence[str], folder: str) -> Iterator[dict[str, str]]:
    servers = [name for name in names if name not in EMBEDDED]
    with together(servers) as running:
        urls = {server.name: server.url for server in running}
        yield {name: urls.get(name) or EMBEDDED[name].format(folder=folder) for name in names}


def _row(name: str, certificate: dict[str, Any] | None) -> tuple[str, ...]:
    if certificate is None:
        return (name, "", "", "no certificate", "")
    results = [requirement["result"] for requirement in certificate["requirements"].values()]
    (digest,) = certificate["digests"].values()
    return (
        f"{certificate['driver']['distribution']} {certificate['driver']['version']}",
        certificate["server"],
        ", ".join(f"{count} {result}" for result, count in Counter(results).items()),
        certificate["result"],
        str(digest)[:16],
    )


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print()
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


if __name__ == "__main__":
    os.chdir(Path(__file__).parent.parent)
    sys.exit(main())
