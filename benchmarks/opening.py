"""How long opening an index in SQLite takes, and adding one picture to it.

    python -m benchmarks.opening [--against PYTHON] [--rounds N]

Each round is a fresh interpreter that opens an index of its own fifty times and adds fifty
pictures, one by one. With --against the interpreter of another environment, such as one with an
earlier commit, takes turns with ours; ratios are taken round by round, and the median counts.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from statistics import median

PROGRAM = """
import json, tempfile
from statistics import median
from time import perf_counter
import numpy as np
from PIL import Image
import imagematch_core as imagematch

def seconds(call):
    start = perf_counter()
    call()
    return perf_counter() - start

def picture(seed):
    noise = np.random.default_rng(seed).integers(0, 256, (11, 11, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((640, 480), Image.Resampling.BICUBIC)

with tempfile.TemporaryDirectory() as folder:
    url = f"sqlite:///{folder}/a.db"
    first = seconds(lambda: imagematch.open(url).close())
    opens = [seconds(lambda: imagematch.open(url).close()) for _ in range(50)]
    pictures = list(map(picture, range(50)))
    with imagematch.open(url) as index:
        index.add(picture(99))
        adds = [seconds(lambda: index.add(each)) for each in pictures]
print(json.dumps({"first open": first, "open": median(opens), "add": median(adds)}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", metavar="PYTHON", help="of another environment")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    pythons = [sys.executable, *filter(None, [arguments.against])]
    rounds = [[_round(python) for python in pythons] for _ in range(arguments.rounds)]
    for what in rounds[0][0]:
        columns = list(zip(*([one[what] for one in each] for each in rounds), strict=True))
        told = " and ".join(f"{median(column) * 1_000:.2f} ms" for column in columns)
        print(f"{what}: {told}{_ratio(columns)}")


def _round(python: str) -> dict[str, float]:
    done = subprocess.run([python, "-P", "-c", PROGRAM], capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _ratio(columns: Sequence[Sequence[float]]) -> str:
    if len(columns) == 1:
        return ""
    ours, theirs = columns
    ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
    return f"; ours takes {median(ratios):.2f} of the other's time"


if __name__ == "__main__":
    main()
