"""Search in indexes of growing size, in each database: how long it takes and what is found.

    python -m benchmarks.scale [--count N] [--queries N] [DATABASE…]

The crowd are random crops of the pictures that judge; among them are pictures of which altered
copies are searched for. The time is that of `Index.search` from an open picture to the hits, the
signing of the query included. Real servers are started for it, or those that the environment
names are used; see devtools.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

import numpy as np
from PIL import Image

import imagematch_core as imagematch
from imagematch_core import Hit, Item, Signature

from .alterations import CROPS_JUDGING, UPRIGHT, Alteration
from .databases import DATABASES, started
from .plots import Panel, panels
from .report import table, write
from .sets import JUDGING, originals

SHARES = (0.1, 0.25, 0.5, 1.0)
"""Of all records, at which is searched."""
DEFAULT = "default, level 1"
SEARCHES: dict[str, dict[str, Any]] = {
    "level 0": {"thorough": 0},
    DEFAULT: {},
    "level 2": {"thorough": 2},
    "all orientations": {"all_orientations": True},
}
SLOW = {"all orientations": 4}
"""Of the queries of a search, every fourth is enough."""
CANDIDATES = (10, 100, 1_000, 10_000)
RECALL_QUERIES = 106
"""Twice each alteration; hits are the same in every database, so one is asked."""

Query = tuple[str, Image.Image]
"""The id of the record that is sought, and an altered copy of it."""


@dataclass(frozen=True, slots=True)
class Timed:
    """The searches of one kind among so many records of one database.

    Attributes:
        milliseconds: of each query.
        hits: of each query.
    """

    milliseconds: Sequence[float]
    hits: Sequence[Sequence[Hit]]


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one database.

    Attributes:
        version: of the server.
        stored: seconds until so many records were stored.
        searched: by number of records and kind of search.
    """

    version: str
    stored: dict[int, float]
    searched: dict[tuple[int, str], Timed]


class Recall:
    """The share of the sought records that is found, by kind of search and number of records."""

    def __init__(self, queries: Sequence[Query]) -> None:
        self._queries = queries
        self._ways = {
            "thorough": {name: how for name, how in SEARCHES.items() if name not in SLOW},
            "candidates": {f"{count:,}": {"candidates": count} for count in CANDIDATES},
        }
        self.by: dict[str, dict[str, list[tuple[int, float]]]] = {
            part: {name: [] for name in ways} for part, ways in self._ways.items()
        }

    def measure(self, index: imagematch.Index, size: int) -> None:
        """Search for all of them."""
        for part, ways in self._ways.items():
            for name, how in ways.items():
                found = [
                    any(hit.id == sought for hit in index.search(image, **how))
                    for sought, image in self._queries
                ]
                self.by[part][name].append((size, float(np.mean(found))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--queries", type=int, default=40, help="that are timed")
    parser.add_argument("databases", nargs="*", default=DATABASES, help=" ".join(DATABASES))
    options = parser.parse_args()
    pictures = [image for _, image in originals(JUDGING)]
    signatures = _crowd(pictures, options.count)
    sizes = sorted({round(share * len(signatures)) for share in SHARES})
    queries = _queries(pictures, options.queries)
    recall = Recall(_queries(pictures, RECALL_QUERIES))
    measured: dict[str, Measured] = {}
    for database in options.databases:
        asked = None if measured else recall
        with started(database) as url:
            measured[database] = _measure(url, pictures, signatures, sizes, queries, asked)
        print(database, measured[database].stored, flush=True)
    _draw(measured, recall)
    parts = _report(measured, recall, len(queries), len(pictures))
    write("scale", "Search in indexes of growing size", parts)


def _crowd(pictures: Sequence[Image.Image], count: int) -> list[Signature]:
    """Signatures of random crops of random pictures, the same ones every time."""
    each = 1 + count * 5 // (len(pictures) * 4)  # some have no features
    with ProcessPoolExecutor() as pool:
        parts = pool.map(_crops, pictures, repeat(each), range(len(pictures)), chunksize=4)
        made = list(chain.from_iterable(parts))
    order = np.random.default_rng(5).permutation(len(made))[:count]
    return [made[at] for at in order]


def _crops(image: Image.Image, count: int, seed: int) -> list[Signature]:
    """Of 30 to 60 % of the sides: too little to be a copy that a search is to find."""
    random = np.random.default_rng(seed)
    pixels = np.asarray(image.convert("L"))
    made = []
    for _ in range(count):
        height, width = np.round(random.uniform(0.3, 0.6, 2) * pixels.shape).astype(int)
        top, left = random.integers(np.array(pixels.shape) - (height, width) + 1)
        crop = pixels[top : top + height, left : left + width]
        try:
            made.append(imagematch.signature(crop, "goldberg-2"))
        except imagematch.FeaturelessImage:
            continue
    return made


def _queries(pictures: Sequence[Image.Image], count: int) -> list[Query]:
    """Pictures spread over all, altered in the next of all ways each."""
    random = np.random.default_rng(6)
    ways: list[Alteration] = [*UPRIGHT.values(), *CROPS_JUDGING.values()]
    chosen = [number * len(pictures) // count for number in range(count)]
    return [
        (_id(at), ways[turn % len(ways)](pictures[at], random)) for turn, at in enumerate(chosen)
    ]


def _id(at: int) -> str:
    return f"sought {at}"


def _measure(
    url: str,
    pictures: Sequence[Image.Image],
    signatures: Sequence[Signature],
    sizes: Sequence[int],
    queries: Sequence[Query],
    recall: Recall | None,
) -> Measured:
    stored: dict[int, float] = {}
    searched = {}
    with imagematch.open(url, index="scale", algorithm="goldberg-2", timeout=600) as index:
        version = index.server_version()
        index.add_many((Item(image, id=_id(at)) for at, image in enumerate(pictures)), workers=1)
        before, seconds = 0, 0.0
        for size in sizes:
            start = time.perf_counter()
            index.add_many(Item(signatures[at], id=f"{at:07}") for at in range(before, size))
            index.refresh()
            seconds += time.perf_counter() - start
            stored[size], before = seconds, size
            for name, how in SEARCHES.items():
                searched[size, name] = _search(index, queries[:: SLOW.get(name, 1)], how)
            if recall:
                recall.measure(index, size)
        index.drop()
    return Measured(version, stored, searched)


def _search(index: imagematch.Index, queries: Sequence[Query], how: dict[str, Any]) -> Timed:
    index.search(queries[0][1], **how)
    times, hits = [], []
    for _, image in queries:
        start = time.perf_counter()
        hits.append(list(index.search(image, **how)))
        times.append((time.perf_counter() - start) * 1_000)
    return Timed(times, hits)


def _draw(measured: dict[str, Measured], recall: Recall) -> None:
    records = "records"
    stored = {name: [*one.stored.items()] for name, one in measured.items()}
    parts = [Panel("storing signatures", records, "seconds", stored, log=True)]
    for search in (DEFAULT, "level 2", "all orientations"):
        times: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for name, one in measured.items():
            for (size, kind), timed in one.searched.items():
                if kind == search:
                    times[name].append((size, float(np.median(timed.milliseconds))))
        parts.append(Panel(f"search, {search}", records, "milliseconds", times, log=True))
    panels("scale-time", parts)
    panels(
        "scale-recall",
        [
            Panel(f"copies found, by {part}", records, "share", lines, top=1)
            for part, lines in recall.by.items()
        ],
    )


def _report(
    measured: dict[str, Measured],
    recall: Recall,
    queries: int,
    pictures: int,
) -> Iterator[str]:
    first, *others = measured
    yield (
        f"Records are random crops of {pictures} pictures, and these. {queries} of them "
        "are searched for with altered copies, one alteration each (a quarter of them in all "
        "orientations)."
    )
    yield "## Time\n\n![Seconds and milliseconds over the number of records](scale-time.png)"
    yield "Milliseconds of a search, median and in brackets 95 %; `add_many` of signatures:"
    sizes = measured[first].stored
    yield table(
        ["records", "database", "stored in, s", "records/s", *SEARCHES],
        [
            [
                f"{size:,}",
                name,
                f"{one.stored[size]:.1f}",
                f"{size / one.stored[size]:,.0f}",
                *(_times(one.searched[size, search].milliseconds) for search in SEARCHES),
            ]
            for size in sizes
            for name, one in measured.items()
        ],
    )
    if others:
        differ = [name for name in others if not _same(measured[name], measured[first])]
        yield (
            f"The hits were not the same as in {first}: {', '.join(differ)}."
            if differ
            else "All of them returned the same hits, the same to the last bit of the distances."
        )
    versions = ", ".join(one.version for one in measured.values())
    yield f"With {versions}."
    yield (
        f"## Recall\n\n{RECALL_QUERIES} searches in {first} for upright copies, and for crops that "
        "no view was chosen for."
    )
    yield "![Share of copies found over the number of records](scale-recall.png)"
    for part, lines in recall.by.items():
        yield f"By `{part}`:"
        yield table(
            [part, *(f"{size:,} records" for size in sizes)],
            [[name, *(f"{share:.3f}" for _, share in points)] for name, points in lines.items()],
        )


def _same(one: Measured, other: Measured) -> bool:
    return {key: _told(timed) for key, timed in one.searched.items()} == {
        key: _told(timed) for key, timed in other.searched.items()
    }


def _told(timed: Timed) -> list[list[tuple[object, ...]]]:
    return [
        [(hit.id, hit.distance, hit.score, hit.orientation) for hit in hits] for hits in timed.hits
    ]


def _times(milliseconds: Sequence[float]) -> str:
    median, late = np.percentile(milliseconds, [50, 95])
    return f"{median:.1f} ({late:.1f})"


if __name__ == "__main__":
    main()
