"""Search in a large index: how long it takes and what is found.

    python -m benchmarks.scale [--records N] [--url URL] [--queries N]

The crowd are random crops of the pictures that judge; among them are pictures of which altered
copies are searched for. The time is that of `Index.search` from an open picture to the hits, the
signing of the query included.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from statistics import median, quantiles
from typing import Any

import numpy as np
from PIL import Image

import imagematch_core as imagematch

from .alterations import CROPS_JUDGING, UPRIGHT, Alteration
from .report import table, write
from .sets import JUDGING, originals

SEARCHES: dict[str, dict[str, Any]] = {
    "level 0": {"thorough": 0},
    "default, level 1": {},
    "level 2": {"thorough": 2},
    "all orientations": {"all_orientations": True},
}
CANDIDATES = (100, 1_000, 10_000)
SOUGHT = [f"sought {number}" for number in range(1_000)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--queries", type=int, default=40)
    parser.add_argument("--url", action="append", help="may be given several times")
    options = parser.parse_args()
    pictures = [image for _, image in originals(JUDGING)]
    random = np.random.default_rng(5)
    sought = pictures[:: max(1, len(pictures) // options.queries)][: options.queries]
    with tempfile.TemporaryDirectory() as folder:
        urls = options.url or ["memory://", f"sqlite:///{folder}/scale.db"]
        signatures = list(_crowd(pictures, options.records, random))
        tables = [part for url in urls for part in _measure(url, sought, signatures, random)]
    write(
        "scale",
        "Search in a large index",
        [
            f"{len(signatures):,} records, random crops of {len(pictures)} pictures, and "
            f"{len(sought)} pictures that are searched for with altered copies.",
            *tables,
        ],
    )


def _crowd(
    pictures: list[Image.Image], count: int, random: np.random.Generator
) -> Iterator[imagematch.Signature]:
    """Signatures of crops from the middle third to four fifths of the sides of random pictures."""
    made = 0
    while made < count:
        image = pictures[int(random.integers(len(pictures)))]
        share = random.uniform(0.3, 0.6, 2)
        left, top = (1 - share) * random.uniform(0, 1, 2)
        box = (left, top, left + share[0], top + share[1])
        crop = np.asarray(
            image.crop(
                (
                    round(box[0] * image.width),
                    round(box[1] * image.height),
                    round(box[2] * image.width),
                    round(box[3] * image.height),
                )
            ).convert("L")
        )
        try:
            yield imagematch.signature(crop)
        except imagematch.FeaturelessImage:
            continue
        made += 1


def _measure(
    url: str,
    sought: list[Image.Image],
    signatures: list[imagematch.Signature],
    random: np.random.Generator,
) -> Iterator[str]:
    with imagematch.open(url, index="scale", timeout=600) as index:
        start = time.perf_counter()
        index.add_many(imagematch.Item(one, id=f"{n:07}") for n, one in enumerate(signatures))
        index.add_many(
            (imagematch.Item(image, id=name) for image, name in zip(sought, SOUGHT, strict=False)),
            workers=1,
        )
        filled = time.perf_counter() - start
        queries = list(_queries(sought, random))
        server = index.server_version()
        yield f"## {server}\n\nFilled in {filled:.0f} s ({len(signatures) / filled:,.0f} a second)."
        yield table(
            ["search", "median ms", "95 % ms", "found", "hits that are other records"],
            [[name, *_search(index, queries, how)] for name, how in SEARCHES.items()],
        )
        yield "The default search by `candidates`:"
        yield table(
            ["candidates", "median ms", "95 % ms", "found", "hits that are other records"],
            [[count, *_search(index, queries, {"candidates": count})] for count in CANDIDATES],
        )
        index.drop()


def _queries(
    sought: list[Image.Image], random: np.random.Generator
) -> Iterator[tuple[str, Image.Image]]:
    """Each picture sought once, altered in the next of all ways."""
    ways: list[Alteration] = [*UPRIGHT.values(), *CROPS_JUDGING.values()]
    for number, image in enumerate(sought):
        yield SOUGHT[number], ways[number % len(ways)](image, random)


def _search(
    index: imagematch.Index, queries: list[tuple[str, Image.Image]], how: dict[str, Any]
) -> list[object]:
    index.search(queries[0][1], **how)
    times, found, others = [], [], []
    for name, image in queries:
        start = time.perf_counter()
        hits = index.search(image, **how)
        times.append((time.perf_counter() - start) * 1_000)
        found.append(any(hit.id == name for hit in hits))
        others.append(sum(hit.id != name for hit in hits))
    return [
        f"{median(times):.1f}",
        f"{quantiles(times, n=20)[-1]:.1f}",
        f"{np.mean(found):.3f}",
        f"{np.mean(others):.1f}",
    ]


if __name__ == "__main__":
    main()
