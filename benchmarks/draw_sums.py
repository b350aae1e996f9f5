"""Draw the random sums that goldberg-2's words are made of.

    python -m benchmarks.draw_sums FILE

Running it again gives the same file. The one that ships must never change: with other sums words
are those of another algorithm.
"""

import sys
from pathlib import Path

import numpy as np

SEED = 2
BITS = 16 * 28
ENTRIES = 272 + 224
TERMS = 8


def main(file: str) -> None:
    random = np.random.Generator(np.random.PCG64(SEED))
    rows = [random.permutation(ENTRIES)[:TERMS] for _ in range(BITS)]
    negative = random.integers(0, 2, (BITS, TERMS), dtype=np.int64) == 1
    chosen = np.array(rows)
    np.save(Path(file), np.where(negative, -1 - chosen, chosen).astype(np.int16))


if __name__ == "__main__":
    main(*sys.argv[1:])
