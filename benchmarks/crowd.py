"""A crowd to search in: signatures of real pictures, and of random crops of them.

    python -m benchmarks.crowd [--algorithm NAME] [--count N]

makes them, once, in the cache folder of `benchmarks.pictures`.
"""

import argparse
import json
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain, islice
from pathlib import Path

import numpy as np
from more_itertools import unique_everseen
from PIL import Image

import imagematch_core as imagematch
from imagematch_core import Signature

from .pictures import PACKAGES, cache

COUNT = 200_000
SIDE = 256
"""Pixels of the longer side of what is cropped: signatures hold less than that."""

SMALLEST = 0.5
"""Share of a side that a crop keeps at least."""


def crowd(algorithm: str, count: int = COUNT) -> list[Signature]:
    """Signatures of pictures and of random crops of them, the same ones every time."""
    kept = cache() / f"crowd-{algorithm}-{count}.json"
    if not kept.exists():
        paths = [path for package in PACKAGES for path in package.pictures]
        crops = partial(_crops, algorithm, -(-count * 5 // (len(paths) * 4)))
        with ProcessPoolExecutor() as pool:
            found = chain.from_iterable(pool.map(crops, paths, chunksize=8))
            different = unique_everseen(found, key=lambda one: one.data)
            made = [(one.data.hex(), one.detail.hex()) for one in islice(different, count)]
        part = kept.with_suffix(".part")
        part.write_text(json.dumps(made))
        part.rename(kept)
    return [
        Signature(algorithm, bytes.fromhex(data), bytes.fromhex(detail))
        for data, detail in json.loads(kept.read_text())
    ]


def _crops(algorithm: str, count: int, path: Path) -> list[Signature]:
    return list(_signed(algorithm, count, path))


def _signed(algorithm: str, count: int, path: Path) -> Iterator[Signature]:
    random = np.random.default_rng(zlib.crc32(path.name.encode()))
    try:
        with Image.open(path) as image:
            image.draft("RGB", (SIDE, SIDE))
            small = image.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return
    small.thumbnail((SIDE, SIDE))
    pixels = np.asarray(small)
    for turn in range(count):
        shares = random.uniform(SMALLEST, 1, 2) if turn else np.ones(2)
        size = np.maximum(1, np.round(shares * pixels.shape[:2])).astype(int)
        height, width = size
        top, left = random.integers(np.array(pixels.shape[:2]) - size + 1)
        crop = pixels[top : top + height, left : left + width]
        try:
            yield imagematch.signature(crop, algorithm=algorithm)
        except imagematch.PictureError:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--algorithm", default="goldberg-1")
    parser.add_argument("--count", type=int, default=COUNT)
    options = parser.parse_args()
    print(f"{len(crowd(options.algorithm, options.count)):,} signatures of {options.algorithm}")


if __name__ == "__main__":
    main()
