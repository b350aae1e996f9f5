"""A crowd to search in: signatures of real pictures, and of random crops of them.

    python -m benchmarks.crowd [--algorithm NAME] [--count N]

makes them, once, in the cache folder of `benchmarks.pictures`.
"""

import argparse
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain, islice
from itertools import count as count_up
from pathlib import Path

import numpy as np
from more_itertools import unique_everseen
from numpy.typing import NDArray
from PIL import Image

import imagematch_core as imagematch
from imagematch_core import Signature

from .pictures import PACKAGES, cache

COUNT = 200_000
SIDE = 256
"""Pixels of the longer side of what is cropped: signatures hold less than that."""

SMALLEST = 0.5
"""Share of a side that a crop keeps at least."""

_CROPS = 4
"""Of each picture, the picture itself among them, that `endless` lays over each other."""
_BLENDED = (0.4, 0.6)
"""How much of the upper one is seen: so that two blends with one crop in common are no copies."""
_BLOCK = 10_000
"""Signatures that are drawn with one seed."""


def crowd(algorithm: str, count: int = COUNT) -> list[Signature]:
    """Signatures of pictures and of random crops of them, the same ones every time."""
    each = -(-count * 5 // (sum(len(package.pictures) for package in PACKAGES) * 4))

    def make() -> Iterator[Signature]:
        different = unique_everseen(_all_crops(algorithm, each), key=lambda one: one.data)
        return islice(different, count)

    return kept(f"crowd-{algorithm}-{count}", algorithm, make)


def kept(name: str, algorithm: str, make: Callable[[], Iterable[Signature]]) -> list[Signature]:
    """Signatures that are made once, and kept under that name beside the pictures."""
    path = cache() / f"{name}.json"
    if not path.exists():
        part = path.with_suffix(".part")
        part.write_text(json.dumps([(one.data.hex(), one.detail.hex()) for one in make()]))
        part.rename(path)
    return [
        Signature(algorithm, bytes.fromhex(data), bytes.fromhex(detail))
        for data, detail in json.loads(path.read_text())
    ]


def endless(start: int = 0) -> Iterator[Signature]:
    """Yield signatures of pictures that were never seen, without end and in little memory.

    Each is one crop laid half transparent over another: the means of such a picture are the
    blended means of both. Some 19,000 crops of 4,800 pictures make 10⁸ that are no near copies,
    and a query of a real picture shares words with about as many of them as of real ones.

    Args:
        start: how many to leave out, which costs nothing.
    """
    crops = kept(f"crowd-origins-{_CROPS}", "goldberg-2", lambda: _all_crops("goldberg-2", _CROPS))
    alike: dict[int, list[int]] = {}
    for number, one in enumerate(crops):
        alike.setdefault(len(one.data), []).append(number)
    first = np.array([_grid(one)[0] for one in crops])
    for block in count_up(start // _BLOCK):
        random = np.random.default_rng([19, block])
        tops, grounds = random.integers(len(crops), size=(2, _BLOCK))
        shares = random.uniform(*_BLENDED, _BLOCK)
        mirrored = random.integers(2, size=_BLOCK, dtype=bool)
        others = random.integers(1 << 30, size=_BLOCK)
        skipped = start % _BLOCK if block == start // _BLOCK else 0
        for at in range(skipped, _BLOCK):
            top = crops[tops[at]]
            ground = first[grounds[at]][:, ::-1] if mirrored[at] else first[grounds[at]]
            blended = np.round(_grid(top) * shares[at] + ground * (1 - shares[at]))
            same = alike[len(top.data)]
            detail = crops[same[others[at] % len(same)]].detail
            yield Signature(top.algorithm, blended.astype(np.uint8).tobytes(), detail)


def _grid(signature: Signature) -> NDArray[np.uint8]:
    return np.frombuffer(signature.data, np.uint8).reshape(-1, 9, 9)


def _all_crops(algorithm: str, each: int) -> Iterator[Signature]:
    paths = [path for package in PACKAGES for path in package.pictures]
    with ProcessPoolExecutor() as pool:
        crops = pool.map(partial(_crops, algorithm, each), paths, chunksize=8)
        yield from chain.from_iterable(crops)


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
