"""Measure how rarely different pictures are near each other, and write goldberg-2's table of it.

    python -m benchmarks.calibrate [--check]

Each picture of the half that may choose constants is searched with among all others of it. Some
pairs must lie below a distance for its share to be trusted, so it ends at 1 in 100,000. `--check`
measures on the half that judges, and writes nothing.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import imagematch_core as imagematch
from imagematch_core.model import ALL_ORIENTATIONS, UPRIGHT
from imagematch_core.signatures import goldberg2
from imagematch_core.signatures.algorithm import MOST_THOROUGH
from imagematch_core.sources import open_picture

from .sets import JUDGING, TUNING, originals

TABLE = Path(goldberg2.__file__).with_name("rarity.json")
SHARES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    algorithm = goldberg2.Goldberg2()
    canvases = []
    stored = []
    for path, image in originals(JUDGING if check else TUNING):
        with open_picture(image) as picture:
            canvas = algorithm.canvas(picture)
        try:
            stored.append(algorithm.signature(canvas))
        except imagematch.FeaturelessImage:
            print("without features:", path.name)
        else:
            canvases.append(canvas)
    distances: dict[str, list[list[float]]] = {}
    for name, orientations in (("upright", (UPRIGHT,)), ("all", ALL_ORIENTATIONS)):
        distances[name] = []
        for level in range(MOST_THOROUGH + 1):
            nearest = np.array(
                [
                    algorithm.distances(algorithm.views(canvas, orientations, level), stored).min(
                        axis=0
                    )
                    for canvas in canvases
                ]
            )
            different = nearest[~np.eye(len(stored), dtype=bool)]
            found = [round(float(np.quantile(different, share)), 4) for share in SHARES]
            distances[name].append(found)
            under = (different < algorithm.default_cutoff).mean()
            print(name, level, len(different), "pairs", dict(zip(SHARES, found, strict=True)))
            print(f"below the default cutoff: {under:.1e}")
    if check:
        return
    text = json.dumps({"shares": SHARES, "distances": distances}, indent=1)
    TABLE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
