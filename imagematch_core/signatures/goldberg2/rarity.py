"""How rarely different pictures are as near to each other as two are.

`rarity.json` holds, upright and in all orientations, the distances below which certain shares of
pairs of different pictures lie. `benchmarks/calibrate.py` measured them. Most of these are
photographs and paintings: of drawings and documents nothing is claimed, since how many of them are
alike is a matter of their kind.
"""

import json
from functools import cache
from math import log
from pathlib import Path
from typing import Any

import numpy as np


def one_in(distance: float, all_orientations: bool) -> float:
    """Among how many different pictures one is as near as that; at most what was measured.

    Args:
        distance: of two pictures that don't look like drawings.
        all_orientations: of the search.
    """
    table = _table()
    distances = table["distances"]["all" if all_orientations else "upright"]
    exponent = np.interp(distance, distances, [log(share) for share in table["shares"]])
    return float(f"{np.exp(-exponent):.2g}")  # more digits than that were not measured


@cache
def _table() -> dict[str, Any]:
    text = Path(__file__).with_name("rarity.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table
