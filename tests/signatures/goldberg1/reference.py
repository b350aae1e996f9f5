"""image-match's signature written down once more, from its description, as plainly as can be."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]
STRAIGHT = [(-1, 0), (0, -1), (0, 1), (1, 0)]


def limits(energies: NDArray[np.float64], percentiles: Sequence[float]) -> tuple[int, int]:
    running = np.cumsum(energies)
    lower = int(np.searchsorted(running, np.percentile(running, percentiles[0]), side="right"))
    upper = int(np.searchsorted(running, np.percentile(running, percentiles[1]), side="left"))
    if lower > upper:
        shares = [percentile / 100 for percentile in percentiles]
        return int(shares[0] * len(energies)), int(shares[1] * len(energies))
    return lower, upper


def window(
    grey: NDArray[np.float64], percentiles: Sequence[float] | None, fix_ratio: bool
) -> list[tuple[int, int]]:
    if percentiles is None:
        return [(0, grey.shape[0]), (0, grey.shape[1])]
    rows = limits(np.sum(np.abs(np.diff(grey, axis=1)), axis=1), percentiles)
    columns = limits(np.sum(np.abs(np.diff(grey, axis=0)), axis=0), percentiles)
    if fix_ratio:
        return [rows] * 2 if rows[1] - rows[0] > columns[1] - columns[0] else [columns] * 2
    return [rows, columns]


def means(
    grey: NDArray[np.float64], window: list[tuple[int, int]], n: int, side: int | None
) -> NDArray[np.float64]:
    size = max(2.0, int(0.5 + min(grey.shape) / 20)) if side is None else side
    result = np.full((n, n), np.nan)
    for i, row in enumerate(np.linspace(*window[0], n + 2, dtype=int)[1:-1]):
        for j, column in enumerate(np.linspace(*window[1], n + 2, dtype=int)[1:-1]):
            top, left = int(max(row - size / 2, 0)), int(max(column - size / 2, 0))
            block = grey[
                top : int(min(top + size, grey.shape[0])),
                left : int(min(left + size, grey.shape[1])),
            ]
            if block.size:
                result[i, j] = np.mean(block)
    return result


def signature(
    grey: NDArray[np.float64],
    n: int = 9,
    crop_percentiles: Sequence[float] | None = (5, 95),
    P: int | None = None,  # noqa: N803
    diagonal_neighbors: bool = True,
    identical_tolerance: float = 2 / 255,
    n_levels: int = 2,
    fix_ratio: bool = False,
) -> NDArray[np.int8]:
    levels = means(grey, window(grey, crop_percentiles, fix_ratio), n, P)
    places = NEIGHBOURS if diagonal_neighbors else STRAIGHT
    d = np.zeros((n, n, len(places)))
    for i in range(n):
        for j in range(n):
            for k, (down, right) in enumerate(places):
                if 0 <= i + down < n and 0 <= j + right < n:
                    d[i, j, k] = levels[i, j] - levels[i + down, j + right]
    d[np.abs(d) < identical_tolerance] = 0
    if d.any():
        positive, negative = d[d > 0], d[d < 0]
        if positive.size:
            cuts = np.percentile(positive, np.linspace(0, 100, n_levels + 1))
            for level in range(n_levels):
                d[(d >= cuts[level]) & (d <= cuts[level + 1])] = level + 1
        if negative.size:
            cuts = np.percentile(negative, np.linspace(100, 0, n_levels + 1))
            for level in range(n_levels):
                d[(d <= cuts[level]) & (d >= cuts[level + 1])] = -(level + 1)
    d[np.isnan(d)] = 0
    return d.ravel().astype(np.int8)


def words(entries: Sequence[int], count: int = 63, trits: int = 16) -> list[int]:
    result = []
    for start in np.linspace(0, len(entries), count, endpoint=False).astype(int).tolist():
        digits = [(e > 0) - (e < 0) + 1 for e in entries[start : start + trits]]
        digits += [1] * (trits - len(digits))
        result.append(sum(digit * 3**i for i, digit in enumerate(digits)))
    return result
