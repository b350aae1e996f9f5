"""Frames of a film, nearly equal pictures: how long it takes to group them, and to do so again.

    python -m benchmarks.film [--most 20000]

makes a folder of frames, a slow way across a photograph, and runs `imagematch dedupe` twice with a
cache of its own. The second run finds nothing changed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .pictures import cache
from .processes import cpu_seconds
from .report import table, write

COUNTS = (1_000, 5_000, 20_000)
FRAME = (160, 120)
WAY = 400
"""Frames across the picture before the camera goes back."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=COUNTS[-1])
    most = parser.parse_args().most
    rows = []
    with tempfile.TemporaryDirectory(dir=cache()) as scratch:
        for count in (one for one in COUNTS if one <= most):
            folder = Path(scratch) / str(count)
            film(folder, count)
            first, groups = _timed(folder, Path(scratch))
            again, groups_again = _timed(folder, Path(scratch))
            if groups != groups_again:
                raise RuntimeError("the second run found other groups")
            largest = max((len(group["pictures"]) for group in groups), default=0)
            rows.append([count, first, again, again / first, len(groups), largest])
            print(rows[-1], flush=True)
    write("film", "Frames of a film", _report(rows))


def film(folder: Path, count: int) -> None:
    """Make a folder of frames: each shows a little more of the right, then of the left."""
    folder.mkdir()
    random = np.random.default_rng(16)
    small = Image.fromarray(random.integers(0, 256, (24, 40, 3), dtype=np.uint8))
    scene = small.resize((FRAME[0] + WAY // 4 + 1, FRAME[1] + 8), Image.Resampling.BICUBIC)
    for number in range(count):
        at = abs(number % (2 * WAY) - WAY) / 4
        box = (at, 0, at + FRAME[0], FRAME[1])
        frame = scene.resize(FRAME, Image.Resampling.BILINEAR, box)
        noise = random.normal(0, 2, (FRAME[1], FRAME[0], 1))
        shown = np.clip(np.asarray(frame) + noise, 0, 255).astype(np.uint8)
        Image.fromarray(shown).save(folder / f"{number:05}.jpg", quality=85)


def _timed(folder: Path, scratch: Path) -> tuple[float, list[dict[str, Any]]]:
    command = [str(Path(sys.executable).with_name("imagematch")), "dedupe", str(folder), "--json"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(scratch / "cache")}
    before = cpu_seconds()
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    return cpu_seconds() - before, json.loads(done.stdout)["groups"]


def _report(rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield (
        "Each frame is near to dozens or thousands of others, which is the most work that a folder "
        "can make. The second run finds nothing changed, and takes the groups from the cache."
    )
    head = [
        "frames",
        "CPU seconds",
        "CPU seconds, again",
        "share",
        "groups",
        "frames in the largest",
    ]
    yield table(head, rows)


if __name__ == "__main__":
    main()
