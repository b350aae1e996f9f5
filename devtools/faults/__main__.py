"""Make faults on purpose, and print what came of them.

    python -m devtools.faults [--short] [--planted] [GROUP…]

Exit status 0 means that nothing was lost, wrong or untyped; with `--planted`, that each group
noticed the bug that was planted for it.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

from devtools.faults.planted import BUGS
from devtools.faults.tally import HEAD, RULE, Tally


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser("python -m devtools.faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer of each, few servers")
    parser.add_argument("--planted", action="store_true", help="with a bug that must be noticed")
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(BUGS)}")
    given = parser.parse_args(arguments)
    if unknown := set(given.groups) - set(BUGS):
        parser.error(f"there is no group {', '.join(sorted(unknown))}")
    start = time.monotonic()
    print(f"{HEAD}\n{RULE}", flush=True)
    as_wanted = True
    examples: list[str] = []
    for group in BUGS:
        if not given.groups or group in given.groups:
            rows = _run(group, short=given.short or given.planted, planted=given.planted)
            as_wanted &= all(row.is_clean for row in rows) is not given.planted
            examples += [f"{row.fault}: {example}" for row in rows for example in row.examples]
    print(f"\n{time.monotonic() - start:.0f} s")
    for example in [] if given.planted else examples:
        print(f"\n{example}")
    return 0 if as_wanted else 1


def _run(group: str, *, short: bool, planted: bool) -> list[Tally]:
    rows = []
    with BUGS[group]() if planted else nullcontext():
        for row in import_module(f"devtools.faults.{group}").run(short=short):
            rows.append(row)
            print(row, flush=True)
    if planted:
        noticed = not all(row.is_clean for row in rows)
        print(f"| {group}: the planted bug is {'' if noticed else 'NOT '}noticed |", flush=True)
    return rows


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[2])
    sys.exit(main(sys.argv[1:]))
