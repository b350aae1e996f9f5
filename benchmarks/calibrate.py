"""Measure how rarely different pictures are near each other, and write goldberg-2's table of it.

    python -m benchmarks.calibrate [--check]

Each picture of the half that may choose constants is compared with all others of it. Some pairs
must lie below a distance for its share to be trusted, so the table ends at 1 in 100,000. `--check`
measures on the half that judges, and writes nothing.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import imagematch_core as imagematch
from imagematch_core.model import ALL_ORIENTATIONS, UPRIGHT
from imagematch_core.signatures import goldberg2
from imagematch_core.signatures.goldberg2.algorithm import Goldberg2

from .sets import JUDGING, TUNING, originals

TABLE = Path(goldberg2.__file__).with_name("rarity.json")
SHARES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    algorithm = Goldberg2()
    signatures = []
    for path, image in originals(JUDGING if check else TUNING):
        try:
            signatures.append(imagematch.signature(image, algorithm.name))
        except imagematch.FeaturelessImage:
            print("without features:", path.name)
    distances: dict[str, list[float]] = {}
    for name, orientations in (("upright", (UPRIGHT,)), ("all", ALL_ORIENTATIONS)):
        nearest = np.array(
            [
                [
                    one.distance
                    for one in algorithm.compare(
                        algorithm.views_from_signature(signature, orientations), signatures
                    )
                ]
                for signature in signatures
            ]
        )
        different = nearest[~np.eye(len(signatures), dtype=bool)]
        found = [round(float(np.quantile(different, share)), 4) for share in SHARES]
        distances[name] = found
        cutoffs = algorithm.default_cutoff, algorithm.grouping_cutoff(len(orientations) > 1)
        under = [(different < cutoff).mean() for cutoff in cutoffs]
        print(name, len(different), "pairs", dict(zip(SHARES, found, strict=True)))
        print("below the cutoffs of searches and groups:", *(f"{share:.1e}" for share in under))
    if check:
        return
    text = json.dumps({"shares": SHARES, "distances": distances}, indent=1)
    TABLE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
