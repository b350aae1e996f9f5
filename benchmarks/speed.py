"""Pictures signed in a second and memory taken, beside image-match and plain decoding.

    python -m benchmarks.speed [--every N] [--rounds N] [--clock wall|cpu]

image-match signs the bytes of a file, we sign its path through `imagematch.signature`, and Pillow
decodes it and does nothing else, whole and, a JPEG, scaled and grey: no way to sign it can be
faster than that. On each picture they take turns, each time another one begins; of `--rounds`
turns the fastest counts.
All of it runs in one thread, so `--clock cpu`, for a machine that has other things to do, tells
the same as the wall's clock.
"""

import argparse
import os
import tempfile
import time
import warnings
from collections import defaultdict
from pathlib import Path

from PIL import Image

from .memory import measure
from .methods import METHODS, load
from .pictures import PACKAGES
from .report import table, write

PHOTOGRAPHS = frozenset(
    {
        "endless-sky-data",
        "plasma-workspace-wallpapers",
        "lxqt-themes",
        "psychtoolbox-3-common",
        "gem-doc",
        "palapeli-data",
        "kanagram",
        "visp-images-data",
        "scikit-image",
        "scikit-learn",
        "nikola",
    }
)
"""Packages that carry photographs, and renderings like them, rather than drawings."""

LARGE = "photographs ≥ 1 MP"
SMALL = "photographs ≤ 0.3 MP"
DRAWINGS = "drawings ≤ 0.3 MP"
_RATIOS = (
    "goldberg-1 × image-match",
    "goldberg-2 × image-match",
    "goldberg-1 ÷ decoding",
    "goldberg-2 ÷ cheapest decoding",
)
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}

Times = list[float]
"""Seconds that one picture takes, by method."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every Nth picture only")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    options = parser.parse_args()
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")  # image-match's
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported, by what follows
    clock = CLOCKS[options.clock]
    methods = [load(name) for name in METHODS]
    times: dict[tuple[str, str], list[Times]] = defaultdict(list)
    for package in PACKAGES:
        for path in package.pictures[:: options.every]:
            group, kind = _group(path, package.name in PHOTOGRAPHS)
            if group:
                fastest = [float("inf")] * len(methods)
                for turn in range(options.rounds):
                    for place in range(len(methods)):
                        i = (place + turn) % len(methods)
                        start = clock()
                        methods[i](path)
                        fastest[i] = min(fastest[i], clock() - start)
                for name in {kind, kind.partition(",")[0], "all"}:
                    times[group, name].append(fastest)
    write(
        "speed",
        "Speed and memory",
        [
            f"Pictures in a second, in one thread ({options.clock} clock, the fastest of "
            f"{options.rounds} turns), and what signing takes as a multiple of image-match's rate "
            "and of the time of decoding: whole for goldberg-1, the cheapest for goldberg-2.",
            table(
                ["", "format", "pictures", *METHODS, *_RATIOS],
                [_line(*key, times[key]) for key in sorted(times, key=_order)],
            ),
            "Memory, in MB, of a process that signs one baseline JPEG of 12 megapixels.",
            table(["", "after imports", "at most", "added"], _memory()),
        ],
    )


def _line(group: str, kind: str, times: list[Times]) -> list[object]:
    totals = [sum(column) for column in zip(*times, strict=True)]
    rates = [len(times) / seconds for seconds in totals]
    took = dict(zip(METHODS, totals, strict=True))
    ratios = [
        took["image-match"] / took["goldberg-1"],
        took["image-match"] / took["goldberg-2"],
        took["goldberg-1"] / took["decoding"],
        took["goldberg-2"] / min(took["decoding"], took["scaled decoding"]),
    ]
    return [group, kind, len(times), *rates, *(f"{ratio:.2f}" for ratio in ratios)]


def _order(key: tuple[str, str]) -> tuple[int, bool, str]:
    group, kind = key
    return (LARGE, SMALL, DRAWINGS).index(group), kind == "all", kind


def _memory() -> list[list[object]]:
    (photograph,) = (
        path
        for package in PACKAGES
        if package.name == "scikit-learn"
        for path in package.pictures
        if path.name == "flower.jpg"
    )
    with tempfile.TemporaryDirectory() as folder, Image.open(photograph) as image:
        path = Path(folder, "12mp.jpg")
        image.resize((4000, 3000), Image.Resampling.BICUBIC).save(path, quality=90)
        rows = [(name, *measure(name, path)) for name in METHODS]
    return [[name, before, peak, peak - before] for name, before, peak in rows]


def _group(path: Path, photographs: bool) -> tuple[str, str]:
    """The group that a picture is counted in, '' for none, and its format."""
    try:
        with Image.open(path) as image:
            megapixels = image.width * image.height / 1e6
            kind = image.format or "?"
            if kind == "JPEG":
                kind += ", progressive" if image.info.get("progressive") else ", baseline"
    except OSError:
        return "", ""
    if 1 <= megapixels <= 25 and photographs:
        return LARGE, kind
    if 0.02 <= megapixels <= 0.3:
        return (SMALL if photographs else DRAWINGS), kind
    return "", kind


if __name__ == "__main__":
    main()
