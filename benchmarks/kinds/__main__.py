"""How each kind of picture is found that goldberg-2 was not tuned to.

    python -m benchmarks.kinds [--half judging|tuning] [--pictures N] [--quick] [--group GROUP]
                               [--processes N] [--keep FILE.json]

A kind is a way to frame, cover or turn photographs, or a sort of graphics that people copy. Its
originals and copies are in one index. Each copy is searched with, and each original: whichever of
the two is stored, the other one should find it, and nothing else. `--quick` measures goldberg-2
alone on few pictures. The whole judging half is written to `results`.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from . import HALVES, every
from .measure import measure_one
from .photographs import landscapes
from .tables import by_group, keep, line, publish

PICTURES, QUICK_PICTURES = 40, 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=HALVES, default="judging")
    parser.add_argument("--pictures", type=int, help=f"of most kinds; {PICTURES} by default")
    parser.add_argument("--quick", action="store_true", help="few pictures, goldberg-2 alone")
    parser.add_argument("--group", help="only the kinds of this group")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    half = HALVES[options.half]
    count = options.pictures or (QUICK_PICTURES if options.quick else PICTURES)
    landscapes(half, 1)  # prepared once, before there are several processes
    numbers = [
        number
        for number, kind in enumerate(every(half, count))
        if options.group in (None, kind.group)
    ]
    found = []
    # Each process has one thread of its own: small matrices gain nothing from more.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as pool:
        work = partial(measure_one, half.name, count, beside=not options.quick)
        for measured in pool.map(work, numbers):
            print(line(measured), flush=True)
            found.append(measured)
    for measured in by_group(found):
        print(line(measured))
    if options.keep:
        keep(found, options.keep)
    if options.half == "judging" and not (options.quick or options.pictures or options.group):
        publish(found)


if __name__ == "__main__":
    main()
