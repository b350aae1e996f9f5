"""How long `import imagematch_core` takes, beyond what `import numpy, PIL.Image` takes.

    python -m benchmarks.imports [--rounds N]

Both are timed inside fresh interpreters, one after the other; the median counts.
"""

import argparse
import subprocess
import sys
from statistics import median

PROGRAM = """
from time import perf_counter
start = perf_counter()
import numpy, PIL.Image
between = perf_counter()
import imagematch_core
print(between - start, perf_counter() - between)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21)
    rounds = parser.parse_args().rounds
    seconds = []
    for _ in range(rounds):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
        )
        seconds.append([float(number) for number in done.stdout.split()])
    theirs, ours = (median(column) * 1_000 for column in zip(*seconds, strict=True))
    print(f"import numpy, PIL.Image: {theirs:.0f} ms; import imagematch_core: {ours:.0f} ms more")


if __name__ == "__main__":
    main()
