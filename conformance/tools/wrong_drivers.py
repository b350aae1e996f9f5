"""Certify every wrong driver; print a table: `python conformance/tools/wrong_drivers.py`.

With `--whole` each one meets the whole suite, which takes a while; without, only the requirement
that names its fault. Schemes as further arguments choose some of them.
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import wrong_drivers

from imagematch_conformance.certificate import CERTIFIED, certificate
from imagematch_conformance.run import FAILED, GOOD, run


def row(scheme: str, folder: str, server: str, whole: bool) -> tuple[bool, str]:
    """Whether a driver is refused as it should be, and its line of the table."""
    driver = wrong_drivers.wrong_ones()[scheme]
    url = wrong_drivers.url_of(scheme, folder, server)
    found = run(url, only=() if whole else (driver.caught_by,))
    against = {
        name: outcome.result
        for name, outcome in found.outcomes.items()
        if outcome.result not in GOOD
    }
    named = against.pop(driver.caught_by, None)
    result = certificate(url, found)["result"]
    by = f"**{driver.caught_by}**" + ("" if named == FAILED else f" ({named})")
    others = sorted(against) if len(against) < 9 else [f"and {len(against)} others"]
    fault = " ".join((driver.__doc__ or "").split())
    line = f"| {scheme} | {fault} | {', '.join([by, *others])} | {result} |"
    return named is not None and result != CERTIFIED, line


def main(arguments: list[str]) -> bool:
    """Print the table; return whether every driver was refused by the right requirement."""
    wrong_drivers.install()
    os.environ["PYTHONPATH"] = str(wrong_drivers.FOLDER)
    chosen = [one for one in arguments if one != "--whole"] or [*wrong_drivers.wrong_ones()]
    all_refused = True
    print("| driver | what is wrong with it | refused by | result |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, wrong_drivers.toy_server() as server:
        for scheme in chosen:
            refused, line = row(scheme, folder, server, "--whole" in arguments)
            all_refused &= refused
            print(line, flush=True)
    return all_refused


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
