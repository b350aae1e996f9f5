"""How much of the core and of a driver the suite alone runs, statement by statement.

`python conformance/tools/coverage_by_suite.py URL PACKAGE…`, for example
`… duckdb:///tmp.duckdb imagematch_core imagematch_duckdb`. Of the core, what reads pictures and
what talks to people is no business of a driver, and is not run.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

SETTINGS = """
[run]
source_pkgs = {packages}
data_file = {folder}/coverage
parallel = true
patch = subprocess

[report]
skip_empty = true
"""

CERTIFY = "from imagematch_core.cli import main; main()"


def main(url: str, packages: list[str]) -> int:
    """Certify, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "coveragerc")
        settings.write_text(SETTINGS.format(packages=",".join(packages), folder=folder), "utf-8")
        script = Path(folder, "certify.py")
        script.write_text(CERTIFY, "utf-8")
        coverage = [sys.executable, "-m", "coverage"]
        options = ["--rcfile", str(settings)]
        done = subprocess.run(
            [*coverage, "run", *options, str(script), "certify", url], check=False
        )
        subprocess.run([*coverage, "combine", "-q", *options], check=True)
        subprocess.run([*coverage, "report", *options], check=True)
        return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
