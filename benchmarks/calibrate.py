"""Measure how rarely different pictures are near each other, and write goldberg-2's table of it.

    python -m benchmarks.calibrate

Each picture of the half that may choose constants is searched with among all others of it. Ten
thousands of pairs are needed for a share that can be trusted, so it ends at 1 in 100,000.
"""

import json
from pathlib import Path

import numpy as np

import imagematch_core as imagematch
from imagematch_core.images import open_picture
from imagematch_core.model import ALL_ORIENTATIONS, UPRIGHT
from imagematch_core.signatures import goldberg2
from imagematch_core.signatures.algorithm import MOST_THOROUGH

from .sets import TUNING, originals

TABLE = Path(goldberg2.__file__).with_name("rarity.json")
SHARES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 1.0)


def main() -> None:
    algorithm = goldberg2.Goldberg2()
    canvases = []
    stored = []
    for path, image in originals(TUNING):
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
            print(name, level, len(different), "pairs", dict(zip(SHARES, found, strict=True)))
    text = json.dumps({"shares": SHARES, "distances": distances}, indent=1)
    TABLE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
