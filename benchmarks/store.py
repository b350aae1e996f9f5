"""What a database does with 200,000 records: storing, storing again, searching, and the space.

    python -m benchmarks.store [--algorithm NAME] [--count N] [DATABASE…]

Real servers are started for it, or those that the environment names are used; see devtools.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from imagematch_es.target import from_url
from more_itertools import chunked

import imagematch_core as imagematch
from imagematch_core import Index, Item, Signature
from imagematch_core.protocol.values import Record
from imagematch_core.records.bodies import dump_info, new_body, to_record, with_words
from imagematch_core.signatures import get_algorithm
from imagematch_core.signatures.goldberg1 import packing
from imagematch_core.store import Store

from .bulk import BULK, INDEX, ImageMatchES
from .crowd import COUNT, crowd
from .databases import size_on_disk, started
from .report import table, write

SINGLE = 200
TOGETHER = 16
ROUNDS = 20
ONE_BY_ONE = 2_000
"""Documents that are inserted one at a time, which is slow."""


@dataclass
class Result:
    """What was measured of one database. Rates are records a second, times milliseconds."""

    added: float
    put: float
    by_hand: float
    again: float
    single: Sequence[float]
    together: Sequence[float]
    size: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--algorithm", default="goldberg-1")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("databases", nargs="*", default=[*BULK])
    options = parser.parse_args()
    signatures = crowd(options.algorithm, options.count)
    records = _records(signatures)
    rows, parts = [], []
    for database in options.databases:
        with started(database) as url:
            result = _measure(database, url, signatures, records)
            rows.append(_row(database, result))
            print(*rows[-1], sep="  ", flush=True)
            if database == "elasticsearch":
                theirs = _records(crowd("goldberg-1", options.count))
                parts = _beside_image_match(url, theirs, result)
    words = statistics.fmean(len(record.words) for record in records)
    head = [
        "",
        "`add_many`",
        "`put`",
        "by hand",
        "put ÷ by hand",
        "added again",
        "again ÷ add_many",
    ]
    head += ["one query, ms (95 %)", f"{TOGETHER} queries, ms (95 %)", "bytes a record"]
    write(
        f"store-{options.algorithm}",
        f"{len(records):,} records of {words:.0f} words in each database",
        [
            "Records a second: `add_many` of signatures, all of imagematch's work included; `put`, "
            "the driver's part of it, 1,000 a batch; the same records into the same layout with "
            "the fastest means of the client and no other duties, all at once; and `add_many` of "
            "what is there already, unchanged. Searches ask for 1,000 candidates with signatures "
            "of the index, median and 95th percentile.",
            table(head, rows),
            *parts,
        ],
    )


def _row(database: str, result: Result) -> list[object]:
    return [
        database,
        *(f"{rate:,.0f}" for rate in (result.added, result.put, result.by_hand)),
        result.put / result.by_hand,
        f"{result.again:,.0f}",
        result.again / result.added,
        _times(result.single),
        _times(result.together),
        f"{result.size:.0f}",
    ]


def _measure(
    database: str, url: str, signatures: Sequence[Signature], records: Sequence[Record]
) -> Result:
    algorithm = signatures[0].algorithm
    items = [
        Item(one, id=record.id, path=f"/pictures/{record.id}.jpg", metadata={"album": "crowd"})
        for one, record in zip(signatures, records, strict=True)
    ]
    empty = size_on_disk(database, url)
    with imagematch.open(url, algorithm=algorithm) as index:
        added = _rate(len(items), lambda: index.add_many(items))
        size = (size_on_disk(database, url) - empty) / len(items)
        again = _rate(len(items), lambda: index.add_many(items))
        single, together = _search(index, signatures)
        index.drop()
    put = _rate(len(records), lambda: _put(url, algorithm, records))
    with imagematch.open(url, index=INDEX, algorithm=algorithm) as index:
        by_hand = _rate(len(records), lambda: BULK[database](url, records))
        assert index.count() == len(records)
        index.drop()
    return Result(added, put, by_hand, again, single, together, size)


def _put(url: str, algorithm: str, records: Sequence[Record]) -> None:
    store = Store.open(url, "putting")
    store.create(dump_info(algorithm))
    with store.loading():
        for batch in chunked(records, 1_000):
            assert not store.put(batch)
    store.refresh()
    store.drop()
    store.close()


def _search(index: Index, signatures: Sequence[Signature]) -> tuple[list[float], list[float]]:
    random = np.random.default_rng(1)
    chosen = [signatures[at] for at in random.choice(len(signatures), SINGLE + ROUNDS * TOGETHER)]
    for one in chosen[:10]:
        assert index.search(one)[0].distance == 0
    single = [_milliseconds(partial(index.search, one)) for one in chosen[:SINGLE]]
    together = [
        _milliseconds(partial(_search_together, index, some))
        for some in chunked(chosen[SINGLE:], TOGETHER)
    ]
    return single, together


def _search_together(index: Index, some: Sequence[Signature]) -> None:
    assert len(list(index.search_many(some))) == len(some)


def _beside_image_match(url: str, records: Sequence[Record], ours: Result) -> list[str]:
    """A table of it and of `ours`; the records are of goldberg-1, whose words are image-match's."""
    client, _ = from_url(url, {})
    signatures = [packing.unpack(record.signature).tolist() for record in records]
    with client:
        theirs = ImageMatchES(client)
        empty = size_on_disk("elasticsearch", url)
        theirs.fill(records, signatures)
        size = (size_on_disk("elasticsearch", url) - empty) / len(records)
        random = np.random.default_rng(1)
        chosen = [records[at] for at in random.choice(len(records), SINGLE)]
        for one in chosen[:10]:
            assert theirs.search(one)
        times = [_milliseconds(partial(theirs.search, one)) for one in chosen]
        some = slice(0, ONE_BY_ONE)
        rate = _rate(ONE_BY_ONE, lambda: theirs.insert(records[some], signatures[some]))
        client.indices.delete(index=theirs.index)
    rows = [
        ["image-match", f"{rate:,.0f}", "", _times(times), f"{size:.0f}"],
        [
            "imagematch",
            f"{ours.put:,.0f}",
            f"{ours.added:,.0f}",
            _times(ours.single),
            f"{ours.size:.0f}",
        ],
        [
            "",
            f"{ours.put / rate:.0f} ×",
            f"{ours.added / rate:.0f} ×",
            f"{statistics.median(ours.single) / statistics.median(times):.2f} ×",
            f"{ours.size / size:.2f} ×",
        ],
    ]
    return [
        "On the same Elasticsearch, beside image-match's own way: documents inserted one at a "
        f"time ({ONE_BY_ONE:,} of them), 63 fields of words, a query of 63 clauses for the best "
        "100 documents among as many (imagematch's looks at 1,000).",
        table(["", "records/s", "by `add_many`", "one query, ms (95 %)", "bytes a record"], rows),
    ]


def _records(signatures: Sequence[Signature]) -> list[Record]:
    """As `add_many` of them makes them, in the order of their ids."""
    algorithm = get_algorithm(signatures[0].algorithm)
    records = (
        to_record(f"{number:032x}", one.data, _body(number, one))
        for number, one in enumerate(signatures)
    )
    return [record for some in chunked(records, 1_000) for record in with_words(algorithm, some)]


def _body(number: int, signature: Signature) -> dict[str, Any]:
    return new_body(
        f"/pictures/{number:032x}.jpg",
        {"album": "crowd"},
        f"sha256:{number:064x}:{signature.algorithm}",
        None,
        detail=signature.detail,
    )


def _rate(count: int, work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1_000 * (time.perf_counter() - start)


def _times(values: Iterable[float]) -> str:
    median, late = np.percentile([*values], [50, 95])
    return f"{median:.1f} ({late:.1f})"


if __name__ == "__main__":
    main()
