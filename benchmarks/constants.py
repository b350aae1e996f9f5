"""What other constants of goldberg-2 would do, on the half that may choose them.

    python -m benchmarks.constants [--queries N]

One constant at a time is changed. Recall is that of all views by signatures alone, at false rates
of 1e-3 and 1e-4; of words, the share of copies within the first cutoff that they lose, and the
share of other pictures that a view, and a search, makes candidates.
"""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
from more_itertools import chunked
from numpy.typing import NDArray

from imagematch_core.signatures.goldberg2 import (
    blocks,
    content,
    entries,
    verification,
    views,
    words,
)
from imagematch_core.signatures.goldberg2.blocks import Cut, Means
from imagematch_core.signatures.goldberg2.canvas import Canvas, read
from imagematch_core.signatures.goldberg2.distance import distances
from imagematch_core.signatures.goldberg2.window import everything
from imagematch_core.sources import open_picture

from .alterations import CROPS_TUNING, UPRIGHT
from .report import table, write
from .sets import TUNING, originals

Change = tuple[Any, str, Any]

VARIANTS: dict[str, list[Change]] = {
    "as it is": [],
    "surroundings count nothing": [(entries, "_WEIGHT", 9000)],
    "surroundings count a third": [(entries, "_WEIGHT", 27)],
    "surroundings count two thirds": [(entries, "_WEIGHT", 13)],
    "entries up to 1.5 medians": [(entries, "LARGEST", 72)],
    "entries up to 3 medians": [(entries, "LARGEST", 144)],
    "no difference is too small": [(entries, "_NOTHING", 0)],
    "differences under 4 levels are none": [(entries, "_NOTHING", 4)],
    "spacing 6 %": [(blocks, "_SPACING", 6)],
    "spacing 8 %": [(blocks, "_SPACING", 8)],
    "blocks of 10 %": [(blocks, "_BLOCK", 10)],
    "blocks of 15 %": [(blocks, "_BLOCK", 15)],
    "ground is never taken off": [
        (content, "content", lambda canvas: [content.Part(everything(canvas), canvas)])
    ],
}
KINDS: tuple[tuple[str, Cut, Cut], ...] = (
    ("a sixth off one side", (16, 0), (5, 5)),
    ("a tenth off all sides", (10, 10), (10, 10)),
    ("a sixth off two neighbours", (16, 0), (16, 0)),
    ("a quarter off one side", (24, 0), (5, 5)),
    ("15 % off two opposite sides", (15, 15), (5, 5)),
    ("8 % off one side", (8, 0), (0, 0)),
    ("a fifth off all sides", (20, 20), (20, 20)),
    ("a third off one side", (32, 0), (5, 5)),
    ("a sixth off one side, 8 % off a neighbour", (16, 0), (8, 0)),
)
"""Crops to undo, in the order in which they help most."""
DEFAULT_BITS = 20
BITS = (18, 19, 20, 21, 22, 26)
PROBES = (16, 64, 160, 256, 512, 992)
DEFAULT_PROBES = 160
"""With a crop by default."""
_HEAD = ("upright, 1e-3", "crops, 1e-3", "upright, 1e-4", "crops, 1e-4", "cutoff")

_WHOLE: tuple[Cut, Cut] = ((0, 0), (0, 0))

Copies = list[tuple[int, str, Canvas]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=100, help="so many pictures are altered")
    count = parser.parse_args().queries
    pictures = [image for _, image in originals(TUNING)]
    random = np.random.default_rng(3)
    altered = sorted(random.choice(len(pictures), count, replace=False).tolist())
    canvases = [_canvas(image) for image in pictures]
    copies = [
        (number, name, _canvas(alter(pictures[number], random)))
        for number in altered
        for name, alter in {**UPRIGHT, **CROPS_TUNING}.items()
    ]
    recalls = []
    for name, changes in VARIANTS.items():
        with _changed(changes):
            recalls.append([name, *_recall(canvases, copies)])
    undone: list[tuple[Cut, Cut]] = []
    growing = []
    for name, first, second in (("none", None, None), *KINDS):
        if first and second:
            undone += views._all_turns(first, second)
        with _changed([(views, "CROPS", undone)]):
            growing.append([name, 1 + len(undone), *_recall(canvases, copies)])
    write(
        "constants",
        "Other constants of goldberg-2",
        [
            f"{len(pictures)} pictures of the half that may choose, {count} of them "
            f"altered in {len(UPRIGHT)} upright ways and {len(CROPS_TUNING)} crops.",
            table(
                ["", *_HEAD],
                recalls,
            ),
            "Crops that are undone, each with all before it:",
            table(
                ["", "views", *_HEAD],
                growing,
            ),
            "Words of so many bits, of which so many are asked for with each view:",
            table(
                ["bits", "words", "lost, upright", "lost, crops", "of a view", "of a search"],
                _words(canvases, copies[:: max(1, len(copies) // 2_000)]),
            ),
        ],
    )


def _canvas(image: Any) -> Canvas:
    with open_picture(image) as picture:
        return read(picture)[0]


@contextmanager
def _changed(changes: list[Change]) -> Iterator[None]:
    blocks._weights.cache_clear()
    with ExitStack() as stack:
        for module, name, value in changes:
            stack.enter_context(patch.object(module, name, value))
        yield
    blocks._weights.cache_clear()


def _seen(canvas: Canvas) -> Means:
    """All views of a query: its windows, each with crops undone."""
    cuts = [_WHOLE, *views.CROPS]
    return np.vstack([blocks.means(part.pixels, cuts) for part in content.content(canvas)])


def _stored(canvases: list[Canvas]) -> Means:
    return np.array([blocks.whole(canvas) for canvas in canvases])


def _recall(canvases: list[Canvas], copies: Copies) -> list[str]:
    stored = _stored(canvases)
    true: dict[str, list[float]] = {}
    false: list[NDArray[np.float64]] = []
    for some in chunked(copies, 64):
        seen = [_seen(canvas) for _, _, canvas in some]
        starts = np.cumsum([0, *map(len, seen[:-1])])
        nearest = np.minimum.reduceat(distances(np.vstack(seen), stored), starts, axis=0)
        for (number, name, _), row in zip(some, nearest, strict=True):
            true.setdefault(name, []).append(float(row[number]))
            if name in UPRIGHT:
                false.append(np.delete(row, number))
    every = np.concatenate(false)
    shown = []
    cutoff = 0.0
    for rate in (1e-3, 1e-4):
        cutoff = float(np.partition(every, int(rate * len(every)))[int(rate * len(every))])
        for ways in (UPRIGHT, CROPS_TUNING):
            found = [np.mean(np.array(true[name]) < cutoff) for name in ways]
            shown.append(f"{np.mean(found):.4f}")
    return [*shown, f"{cutoff:.3f}"]


def _words(canvases: list[Canvas], copies: Copies) -> Iterator[list[object]]:
    stored = _stored(canvases)
    seen = [(number, name, _seen(canvas)) for number, name, canvas in copies]
    near = [
        (number, name in UPRIGHT, means)
        for number, name, means in seen
        if distances(means, stored[number : number + 1]).min() < verification.LOOSE
    ]
    others = [(number, _seen(canvas)) for number, canvas in enumerate(canvases)]
    for bits in BITS:
        kept = words.stored(stored, bits)
        for probes in PROBES if bits == DEFAULT_BITS else [DEFAULT_PROBES]:
            lost: dict[bool, list[bool]] = {True: [], False: []}
            for number, upright, means in near:
                asked = words.asked(means, bits, probes)
                lost[upright].append(not np.isin(kept[number], asked).any())
            of_view, of_search = [], []
            for number, means in others[::10]:
                shared = np.array(
                    [np.isin(kept, one).any(axis=1) for one in words.asked(means, bits, probes)]
                )
                shared = np.delete(shared, number, axis=1)
                of_view.append(shared.mean())
                of_search.append(shared.any(axis=0).mean())
            yield [
                bits,
                probes,
                *(f"{np.mean(lost[upright]):.2%}" for upright in (True, False)),
                f"{np.mean(of_view):.3%}",
                f"{np.mean(of_search):.3%}",
            ]


if __name__ == "__main__":
    main()
