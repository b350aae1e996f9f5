"""A million pictures in one Elasticsearch, asked by imagematch and by image-match's query.

    python -m benchmarks.image_match_query [--count N] [--url URL]

Both have the same pictures, see `million`: of a blended one image-match's signature is made from
the means that imagematch stores. Each index is one segment, and the searches take turns. With
`--url` both indexes stay, and a further run searches in what is there.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from elasticsearch import Elasticsearch
from imagematch_es.target import from_url
from more_itertools import chunked

import imagematch_core as imagematch
from imagematch_core import Signature
from imagematch_core.protocol.values import MAX_BATCH_RECORDS, Record
from imagematch_core.records.bodies import new_body, to_record, with_words
from imagematch_core.signatures import get_algorithm
from imagematch_core.signatures.goldberg1.distance import distances
from imagematch_core.signatures.goldberg1.levels import differences, sort_into_levels
from imagematch_core.signatures.goldberg1.packing import pack, unpack

from .bulk import ImageMatchES
from .crowd import endless, kept
from .databases import started
from .million import INDEX, altered_copies, id_of, pictures_among, spread, store
from .report import table, write

COUNT = 1_000_000
QUERIES = 48
ROUNDS = 3
"""Times that each copy is searched for; the quickest counts, so that other work matters less."""
GRID = 9
TOLERANCE = 2 / 255
LEVELS = 2
"""image-match's parameters."""
CUTOFF = 0.45
"""Of image-match's distance."""
SEARCHES: dict[str, dict[str, Any]] = {"thorough=0": {"thorough": 0}, "default": {}}
THEIRS = "image-match's query"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--url", help="of an Elasticsearch in which the indexes stay")
    options = parser.parse_args()
    both = [*map(_of_both, ("goldberg-1", "goldberg-2"))]
    with started("elasticsearch", options.url) as url:
        client, _ = from_url(url, {})
        with client:
            theirs = ImageMatchES(client)
            _fill(url, client, theirs, options.count, *(pictures for pictures, _ in both))
            with imagematch.open(url, index=INDEX, timeout=600) as index:
                rows = [*_compare(index, theirs, *both[0], both[1][1])]
                version = index.server_version()
    write(
        "image-match-query",
        f"{options.count:,} pictures in one Elasticsearch, beside image-match's query",
        [
            f"{QUERIES} altered copies are searched for among them. image-match asks for the 100 "
            "documents that share most of 63 words, and keeps those nearer than 0.45. "
            "Milliseconds of a search by signature: the quickest of three turns, its median and in "
            "brackets 95 % over all copies. Found: the share of copies whose original is a hit. "
            "Server and client share two cores.",
            table(["", "ms", "÷ image-match's", "found"], rows),
            f"With {version}; each index is one segment.",
        ],
    )


def _of_both(algorithm: str) -> tuple[list[Signature], list[Signature]]:
    pictures = kept(f"query-pictures-{algorithm}", algorithm, partial(pictures_among, algorithm))
    make = partial(altered_copies, algorithm, QUERIES)
    return pictures, kept(f"query-sought-{algorithm}", algorithm, make)


def _fill(
    url: str,
    client: Elasticsearch,
    theirs: ImageMatchES,
    count: int,
    of_theirs: Sequence[Signature],
    of_ours: Sequence[Signature],
) -> None:
    with imagematch.open(url, index=INDEX, algorithm="goldberg-2", timeout=600) as index:
        if not index.count():
            start = time.perf_counter()
            store(url, of_ours, 0, count)
            print(f"imagematch: {time.perf_counter() - start:,.0f} s", flush=True)
        index.optimize()
    if not client.indices.exists(index=theirs.index):
        start = time.perf_counter()
        theirs.fill(_records(of_theirs, count), _entries(of_theirs, count))
        print(f"image-match: {time.perf_counter() - start:,.0f} s", flush=True)
    merging = client.options(request_timeout=3_600).indices
    merging.forcemerge(index=theirs.index, max_num_segments=1)


def _records(pictures: Sequence[Signature], count: int) -> Iterator[Record]:
    """Yield what image-match would store, as records of goldberg-1, whose words are its own."""
    algorithm = get_algorithm("goldberg-1")
    for some in chunked(enumerate(_signatures(pictures, count)), MAX_BATCH_RECORDS):
        records = [
            to_record(
                id_of(at) if at < len(pictures) else f"{at:08}",
                data,
                new_body(f"/pictures/{at:08}.jpg", {"album": at % 100}, "", None),
            )
            for at, data in some
        ]
        yield from with_words(algorithm, records)


def _entries(pictures: Sequence[Signature], count: int) -> Iterator[list[int]]:
    return (unpack(data).tolist() for data in _signatures(pictures, count))


def _signatures(pictures: Sequence[Signature], count: int) -> Iterator[bytes]:
    """Yield goldberg-1's signatures of the pictures, then those of the crowd's first grids."""
    yield from (one.data for one in pictures)
    for one in islice(endless(len(pictures)), count - len(pictures)):
        means = np.frombuffer(one.data, np.uint8, GRID * GRID).reshape(GRID, GRID) / 255
        steps = differences(means, diagonal=True)
        sort_into_levels(steps, TOLERANCE, LEVELS)
        yield pack(steps.astype(np.int8).ravel())


def _compare(
    index: imagematch.Index,
    theirs: ImageMatchES,
    pictures: Sequence[Signature],
    of_theirs: Sequence[Signature],
    of_ours: Sequence[Signature],
) -> Iterator[list[object]]:
    algorithm = get_algorithm("goldberg-1")
    records = with_words(algorithm, [Record("", (), (), one.data, "{}") for one in of_theirs])
    searches: dict[str, list[Callable[[], bool]]] = {THEIRS: [], **{name: [] for name in SEARCHES}}
    for at, record, signature in zip(spread(len(pictures), QUERIES), records, of_ours, strict=True):
        searches[THEIRS].append(partial(_asked, theirs, record, at))
        for name, how in SEARCHES.items():
            searches[name].append(partial(_found, index, signature, at, how))
    times = {name: np.full(QUERIES, np.inf) for name in searches}
    found = dict.fromkeys(searches, 0.0)
    for _ in range(ROUNDS):
        for number in range(QUERIES):
            for name, some in searches.items():
                start = time.perf_counter()
                hit = some[number]()
                times[name][number] = min(times[name][number], time.perf_counter() - start)
                found[name] += hit / QUERIES / ROUNDS
    for name, seconds in times.items():
        median, late = np.percentile(seconds * 1_000, [50, 95])
        share = median / np.median(times[THEIRS] * 1_000)
        yield [name, f"{median:.0f} ({late:.0f})", share, f"{found[name]:.3f}"]


def _found(index: imagematch.Index, signature: Signature, at: int, how: dict[str, Any]) -> bool:
    return any(hit.id == id_of(at) for hit in index.search(signature, **how))


def _asked(theirs: ImageMatchES, record: Record, at: int) -> bool:
    found = theirs.search(record)
    signatures = [pack(np.array(one["signature"], np.int8)) for one in found]
    near = distances(record.signature, signatures) if found else np.empty(0)
    return any(
        one["path"] == f"/pictures/{at:08}.jpg" and distance < CUTOFF
        for one, distance in zip(found, near, strict=True)
    )


if __name__ == "__main__":
    main()
