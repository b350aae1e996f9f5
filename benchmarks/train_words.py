"""Train what goldberg-2's words are made with, on the half that may choose.

    python -m benchmarks.train_words FILE

The directions that tell pictures apart are found by Fisher's linear discriminants: the scatter of
all pictures is whitened, and of its directions those are taken in which copies differ least from
their originals. Both are taken in all eight orientations. Half of the slots have random rotations
of the directions of all entries, the others of those of one side of the picture: what covers a part
of a copy leaves the words of another side as they were.
The file that ships must never change: words made with another one are those of another algorithm.
"""

import math
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.linalg import block_diag

import imagematch_core as imagematch
from imagematch_core.model import ALL_ORIENTATIONS, UPRIGHT
from imagematch_core.signatures import get_algorithm
from imagematch_core.signatures.algorithm import MOST_THOROUGH
from imagematch_core.signatures.goldberg2 import distance, verification
from imagematch_core.signatures.goldberg2.blocks import GRID, Means
from imagematch_core.signatures.goldberg2.entries import NEIGHBOURS, SECOND_NEIGHBOURS, entries
from imagematch_core.signatures.goldberg2.words import MOST_BITS, SHIFT, USUAL
from imagematch_core.signatures.turns import turned

from .alterations import CROPS_TUNING
from .alterations import UPRIGHT as ALTERATIONS
from .sets import TUNING, originals

SEED = 2
ALTERED = 200
"""So many pictures are altered, each in half of all ways."""
DIRECTIONS = 26
RIDGE = 0.02
"""Of the mean scatter, added to that of each entry: few pictures are known."""
SURE = 6
"""So many usual differences: whoever differs by more is never taken to be wrong."""
ORIENTATIONS = [one for one in ALL_ORIENTATIONS if not one.negative]

Floats = NDArray[np.float64]

PAIRS = np.concatenate([np.stack(NEIGHBOURS), np.stack(SECOND_NEIGHBOURS)], axis=1)
"""The two blocks of each entry, shape (2, 496)."""
EVERYWHERE = np.ones(PAIRS.shape[1], np.bool_)


def sides() -> list[NDArray[np.bool_]]:
    """Which entries are of the four rows above or below, or of the columns at the left or right."""
    rows, columns = np.divmod(PAIRS, GRID)
    places = (rows, GRID - 1 - rows, columns, GRID - 1 - columns)
    return [np.asarray((place < 4).all(axis=0)) for place in places]


PARTS = [(EVERYWHERE, 8), *((side, 2) for side in sides())]
"""Which entries slots are made of, and how many slots."""


def main(file: str) -> None:
    random = np.random.default_rng(SEED)
    pictures = [image for _, image in originals(TUNING)]
    windows = np.concatenate([one for image in pictures for one in _windows(image)])
    pairs = np.array([*_pairs(pictures, random)])
    scatter, noise = np.zeros((496, 496)), np.zeros((496, 496))
    for orientation in ORIENTATIONS:
        every = _entries(_turned(windows, orientation))
        scatter += every.T @ every / (len(every) * len(ORIENTATIONS))
        seen, known = (_entries(_turned(pairs[:, side], orientation)) for side in (0, 1))
        noise += (seen - known).T @ (seen - known) / (len(pairs) * len(ORIENTATIONS))
    np.savez_compressed(Path(file), **train(scatter, noise, random))
    print(f"{len(windows):,} windows, {len(pairs):,} pairs of copies")


def train(
    scatter: Floats,
    noise: Floats,
    random: np.random.Generator,
    directions: int = DIRECTIONS,
    ridge: float = RIDGE,
) -> dict[str, Any]:
    """Return the arrays that ship, whole numbers all.

    Args:
        scatter: of the entries of different pictures, shape (496, 496).
        noise: of the differences between pictures and their copies.
        random: draws the rotations.
        directions: that are kept of each part.
        ridge: see `RIDGE`.
    """
    kept, rotated = [], []
    for part, slots in PARTS:
        best = _discriminants(scatter, noise, part, directions, ridge)
        scale = 127 / np.abs(best).max(axis=0)
        kept.append(np.rint(best * scale))
        rotations = [
            np.linalg.qr(random.standard_normal((max(directions, MOST_BITS),) * 2))[0]
            for _ in range(slots)
        ]
        axes = np.concatenate([one[:directions, :MOST_BITS] for one in rotations], axis=1)
        rotated.append(axes / scale[:, None])
    discriminants, axes = np.concatenate(kept, axis=1), block_diag(*rotated)
    usual = np.sqrt(np.einsum("ij,ij->j", axes, discriminants.T @ noise @ discriminants @ axes))
    wrong = [0.5 * math.erfc(at / USUAL / math.sqrt(2)) for at in range(SURE * USUAL)]
    return {
        "discriminants": discriminants.astype(np.int8),
        "axes": np.rint(axes / usual * USUAL * (1 << SHIFT)).astype(np.int32),
        "doubt": np.array([round(-USUAL * math.log(1 - one)) for one in wrong], np.int16),
        "price": np.array([round(USUAL * math.log((1 - one) / one)) for one in wrong], np.int16),
    }


def _discriminants(
    scatter: Floats, noise: Floats, part: NDArray[np.bool_], directions: int, ridge: float
) -> Floats:
    """Return the best directions of some of the entries: shape (496, directions)."""
    of_part = np.ix_(part, part)
    count = int(part.sum())
    strength, vectors = np.linalg.eigh(
        scatter[of_part] + ridge * np.trace(scatter[of_part]) / count * np.eye(count)
    )
    whitened = vectors / np.sqrt(strength)
    best = np.zeros((len(part), directions))
    best[part] = (
        whitened @ np.linalg.eigh(whitened.T @ noise[of_part] @ whitened)[1][:, :directions]
    )
    return best


def _windows(image: Image.Image) -> Iterator[Means]:
    with suppress(imagematch.FeaturelessImage):
        yield distance.windows(imagematch.signature(image, "goldberg-2").data)


def _pairs(pictures: list[Image.Image], random: np.random.Generator) -> Iterator[Means]:
    """Yield of each copy the view and the window that are nearest: shape (2, 81)."""
    ways = [*ALTERATIONS.values(), *CROPS_TUNING.values()]
    for number in random.permutation(len(pictures))[:ALTERED]:
        for known in _windows(pictures[number]):
            for way in random.permutation(len(ways))[: len(ways) // 2]:
                for seen in _views(ways[way](pictures[number], random)):
                    apart = distance.distances(seen, known)
                    if apart.min() < verification.LOOSE:
                        view, window = np.unravel_index(apart.argmin(), apart.shape)
                        yield np.stack([seen[view], known[window]])


def _views(image: Image.Image) -> Iterator[Means]:
    algorithm = get_algorithm("goldberg-2")
    with suppress(imagematch.FeaturelessImage):
        signature = imagematch.signature(image, "goldberg-2")
        views = algorithm.views_from_signature(signature, [UPRIGHT], MOST_THOROUGH)
        yield distance.stack([view.signature for view in views])


def _turned(means: Means, orientation: imagematch.Orientation) -> Means:
    grids = (turned(one, orientation) for one in means.reshape(-1, GRID, GRID))
    return np.stack([*grids]).reshape(means.shape)


def _entries(means: Means) -> Floats:
    both = [entries(means), entries(means, SECOND_NEIGHBOURS)]
    return np.concatenate(both, axis=-1).astype(np.float64)


if __name__ == "__main__":
    main(*sys.argv[1:])
