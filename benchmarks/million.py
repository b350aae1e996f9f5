"""Search in indexes that grow to a million records and more, in each database.

    python -m benchmarks.million [--count N] [--queries N] [--url URL] [DATABASE…]

The crowd is drawn as it is stored, see `crowd.endless`; among it are pictures of which altered
copies are searched for. Real servers are started for it, or those that the environment names are
used; see devtools. With `--url` the index stays, and a further run goes on where it ended.

What is measured is kept in results/million.json, a size at a time, and the report is of all of it.
"""

import argparse
import json
import multiprocessing
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from hashlib import sha256
from itertools import chain, islice
from typing import Any, Self

import numpy as np
from more_itertools import chunked
from PIL import Image

import imagematch_core as imagematch
from imagematch_core import Hit, Item, Signature
from imagematch_core.model import UPRIGHT
from imagematch_core.protocol.values import MAX_BATCH_RECORDS, Query
from imagematch_core.records.bodies import new_body, to_record, with_words
from imagematch_core.signatures import get_algorithm
from imagematch_core.store import Store

from .alterations import CROPS_JUDGING, Alteration
from .alterations import UPRIGHT as ALTERATIONS
from .crowd import endless, kept
from .databases import DATABASES, empty_page_cache, restartable, size_on_disk
from .plots import Panel, panels
from .report import RESULTS, table, write
from .sets import JUDGING, originals

INDEX = "million"
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
"""Records at which is searched."""
FITTED = 100_000
"""Up to so many records the model is fitted; what is above is predicted."""
DEFAULT = "default"
SEARCHES: dict[str, dict[str, Any]] = {
    "level 0": {"thorough": 0},
    DEFAULT: {},
    "level 2": {"thorough": 2},
    "all orientations": {"all_orientations": True},
}
SLOW = {"level 2": 4, "all orientations": 12}
"""Of the queries of a search, every so many is enough."""
CANDIDATES = (10, 100, 1_000, 10_000)
CLIENTS = (8, 16)
EACH = 12
"""Searches of each of the clients."""
EMBEDDED = ("memory", "sqlite")
KEPT = RESULTS / "million.json"

Sought = tuple[str, Signature]
"""The id of the record that is sought, and an altered copy of it."""


@dataclass(slots=True)
class Size:
    """What was measured among so many records of one database; times in milliseconds.

    Attributes:
        seconds: to store those since the size before; 0 where they were there already.
        added: how many these are.
        bytes: on disk, of all.
        searches: of each kind of search, every query.
        processor: the same, as seconds of this process's processor are counted, which other work
            on the machine hardly changes; of an embedded database that is all it takes.
        candidates: of the default search, what the database takes of it.
        cold: of the default search, every query once, after a restart with nothing in memory.
        clients: of the default search, by how many of them at once (of `CLIENTS`).
        rates: searches a second of these together.
        hits: digest of the hits of each kind of search.
        recall: by kind of search, and number of candidates.
    """

    seconds: float = 0.0
    added: int = 0
    bytes: float = 0.0
    searches: dict[str, list[float]] = field(default_factory=dict)
    processor: dict[str, list[float]] = field(default_factory=dict)
    candidates: list[float] = field(default_factory=list)
    cold: list[float] = field(default_factory=list)
    clients: dict[str, list[float]] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    hits: dict[str, str] = field(default_factory=dict)
    recall: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Measured:
    """What was measured of one database.

    Attributes:
        version: of the server.
        queries: how many were asked.
        sizes: by number of records.
    """

    version: str
    queries: int
    sizes: dict[int, Size] = field(default_factory=dict)

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> Self:
        sizes = {int(size): Size(**one) for size, one in kept["sizes"].items()}
        return cls(kept["version"], kept["queries"], sizes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=48, help="that are timed")
    parser.add_argument("--url", help="of one database, in which the index stays")
    parser.add_argument("--report", action="store_true", help="of what was measured before")
    parser.add_argument("--note", default="", help="to be told in the report")
    parser.add_argument("databases", nargs="*", help=" ".join(DATABASES))
    options = parser.parse_args()
    if options.url and len(options.databases) != 1:
        parser.error("--url is of one database: name it")
    measured = _load()
    if not options.report:
        count = options.queries
        pictures = kept("million-pictures", "goldberg-2", partial(pictures_among, "goldberg-2"))
        altered = kept(
            f"million-sought-{count}", "goldberg-2", partial(altered_copies, "goldberg-2", count)
        )
        places = spread(len(pictures), count)
        sought = [(id_of(at), one) for at, one in zip(places, altered, strict=True)]
        for database in options.databases or DATABASES:
            with restartable(database, options.url) as (url, restart):
                for one in _measure(database, url, restart, pictures, sought, options.count):
                    measured.setdefault(database, one).version = one.version
                    measured[database].queries = one.queries
                    for size, at in one.sizes.items():
                        before = measured[database].sizes.get(size)
                        if before and not at.added:  # they were there already
                            at.added, at.seconds = before.added, before.seconds
                        measured[database].sizes[size] = at
                    _keep(measured)
                if not options.url:
                    with imagematch.open(url, index=INDEX) as index:
                        index.drop()
    _draw(measured)
    write("million", "Search in indexes that grow to a million", _report(measured, options.note))


def _load() -> dict[str, Measured]:
    if not KEPT.exists():
        return {}
    return {name: Measured.load(one) for name, one in json.loads(KEPT.read_text()).items()}


def _keep(measured: Mapping[str, Measured]) -> None:
    rounded = json.loads(
        json.dumps({name: asdict(one) for name, one in measured.items()}),
        parse_float=lambda text: round(float(text), 3),
    )
    KEPT.write_text(json.dumps(rounded) + "\n")


def pictures_among(algorithm: str) -> list[Signature]:
    """The signatures of the pictures that are put among the crowd."""
    return [imagematch.signature(image, algorithm=algorithm) for image in _images()]


def altered_copies(algorithm: str, count: int) -> list[Signature]:
    """Altered copies of pictures spread over all, each altered in the next of all ways."""
    pictures = [*_images()]
    random = np.random.default_rng(6)
    ways: list[Alteration] = [*ALTERATIONS.values(), *CROPS_JUDGING.values()]
    return [
        imagematch.signature(ways[turn % len(ways)](pictures[at], random), algorithm=algorithm)
        for turn, at in enumerate(spread(len(pictures), count))
    ]


def _images() -> Iterator[Image.Image]:
    for _, image in originals(JUDGING):
        with suppress(imagematch.FeaturelessImage):
            imagematch.signature(image)
            yield image


def spread(pictures: int, count: int) -> list[int]:
    """Numbers of so many pictures, spread over all."""
    return [number * pictures // count for number in range(count)]


def id_of(at: int) -> str:
    """The id of a picture that is put among the crowd."""
    return f"sought {at}"


def _measure(
    database: str,
    url: str,
    restart: Callable[[], None] | None,
    pictures: Sequence[Signature],
    sought: Sequence[Sought],
    count: int,
) -> Iterator[Measured]:
    """Yield what is measured, at each size anew."""
    with imagematch.open(url, index=INDEX, algorithm="goldberg-2", timeout=600) as index:
        there = index.count()
        if not there:
            items = (Item(one, id=id_of(at)) for at, one in enumerate(pictures))
            there = index.add_many(items).added
        for size in sorted({*(one for one in SIZES if one < count), count}):
            if size < there:
                continue
            measured = Size(added=size - there)
            start = time.perf_counter()
            store(url, there, size)
            measured.seconds = time.perf_counter() - start
            measured.bytes = size_on_disk(database, url)
            there = size
            _search(index, sought, measured, recall=database == "sqlite")
            if database != "memory":
                _search_database(url, sought, measured)
                for clients in CLIENTS:
                    _search_at_once(url, sought, clients, measured)
            if restart:
                restart()
                if empty_page_cache():
                    measured.cold = _in_new_process(url, [one for _, one in sought])
            one = Measured(index.server_version(), len(sought), {size: measured})
            print(database, size, _told(measured), flush=True)
            yield one


def store(url: str, there: int, size: int) -> None:
    """Store those from one number on to the other, as `add_many` would, without looking them up."""
    algorithm = get_algorithm("goldberg-2")
    opened = Store.open(url, INDEX, timeout=600)
    with opened.loading():
        drawn = enumerate(islice(endless(there), size - there), there)
        for some in chunked(drawn, MAX_BATCH_RECORDS):
            records = [to_record(f"{at:08}", one.data, _body(at, one)) for at, one in some]
            refused = opened.put(with_words(algorithm, records))
            assert not refused, refused
    opened.refresh()
    opened.close()


def _body(at: int, signature: Signature) -> dict[str, Any]:
    path, revision = f"/pictures/{at:08}.jpg", f"file:{at}:goldberg-2"
    return new_body(path, {"album": at % 100}, revision, None, detail=signature.detail)


def _search(
    index: imagematch.Index, sought: Sequence[Sought], measured: Size, *, recall: bool
) -> None:
    for name, how in SEARCHES.items():
        index.search(sought[0][1], **how)
        asked = sought[:: SLOW.get(name, 1)]
        times, processor, found = [], [], []
        for _, signature in asked:
            start, started_at = time.perf_counter(), time.process_time()
            found.append(index.search(signature, **how))
            times.append((time.perf_counter() - start) * 1_000)
            processor.append((time.process_time() - started_at) * 1_000)
        measured.searches[name], measured.processor[name] = times, processor
        measured.hits[name] = sha256(repr([*map(_comparable, found)]).encode()).hexdigest()
        measured.recall[name] = float(
            np.mean(
                [
                    any(hit.id == one for hit in hits)
                    for hits, (one, _) in zip(found, asked, strict=True)
                ]
            )
        )
    for number in CANDIDATES if recall else ():
        hits = [{hit.id for hit in index.search(one, candidates=number)} for _, one in sought]
        measured.recall[f"{number:,}"] = float(
            np.mean([one in found for found, (one, _) in zip(hits, sought, strict=True)])
        )


def _comparable(hits: Sequence[Hit]) -> list[tuple[object, ...]]:
    return [(hit.id, hit.distance, hit.score, str(hit.orientation)) for hit in hits]


def _search_database(url: str, sought: Sequence[Sought], measured: Size) -> None:
    """Ask the database for the candidates of the default search, and do nothing with them."""
    algorithm = get_algorithm("goldberg-2")
    store = Store.open(url, INDEX, timeout=600)
    for _, signature in sought:
        views = algorithm.views_from_signature(signature, [UPRIGHT])
        queries = [Query(words) for words in algorithm.query_words(views)]
        start = time.perf_counter()
        store.candidates(queries)
        measured.candidates.append((time.perf_counter() - start) * 1_000)
    store.close()


def _search_at_once(url: str, sought: Sequence[Sought], clients: int, measured: Size) -> None:
    signatures = [signature for _, signature in sought]
    turned = [(signatures[at:] + signatures[:at])[:EACH] for at in range(0, 3 * clients, 3)]
    with ProcessPoolExecutor(clients, multiprocessing.get_context("spawn")) as pool:
        [*pool.map(_client, [url] * clients, [some[:2] for some in turned])]  # all have begun
        start = time.perf_counter()
        times = [*pool.map(_client, [url] * clients, turned)]
        seconds = time.perf_counter() - start
    measured.clients[str(clients)] = [one for some in times for one in some]
    measured.rates[str(clients)] = len(turned) * EACH / seconds


def _in_new_process(url: str, signatures: Sequence[Signature]) -> list[float]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_client, url, signatures).result()


def _client(url: str, signatures: Sequence[Signature]) -> list[float]:
    times = []
    with imagematch.open(url, index=INDEX, timeout=600) as index:
        for signature in signatures:
            start = time.perf_counter()
            index.search(signature)
            times.append((time.perf_counter() - start) * 1_000)
    return times


def _told(one: Size) -> str:
    searches = "  ".join(f"{name} {_times(times)}" for name, times in one.searches.items())
    return (
        f"{_rate(one)} records/s, {one.bytes / 1e6:,.0f} MB; {searches}; "
        f"database {_times(one.candidates)}; cold {_times(one.cold)}; "
        + "".join(
            f"{clients} clients {_times(times)}, {one.rates[clients]:.1f}/s; "
            for clients, times in one.clients.items()
        )
        + str(one.recall)
    )


def _at_once(one: Size, clients: str) -> tuple[str, str]:
    if clients not in one.rates:
        return "", ""
    return _times(one.clients[clients]), f"{one.rates[clients]:.1f}"


def _rate(one: Size) -> str:
    return f"{one.added / one.seconds:,.0f}" if one.added else ""


def _times(milliseconds: Sequence[float]) -> str:
    if not milliseconds:
        return ""
    median, late = np.percentile(milliseconds, [50, 95])
    return f"{median:,.0f} ({late:,.0f})" if median >= 100 else f"{median:.1f} ({late:.1f})"


def _fitted(sizes: Mapping[int, float]) -> tuple[float, float]:
    """Return a and b of a + b·n, by least squares of relative errors up to `FITTED` records."""
    points = [(size, value) for size, value in sizes.items() if size <= FITTED]
    sides = np.array([[1 / value, size / value] for size, value in points])
    (fixed, each), *_ = np.linalg.lstsq(sides, np.ones(len(points)))
    return float(fixed), float(each)


def _draw(measured: Mapping[str, Measured]) -> None:
    records = "records"
    rates: dict[str, list[tuple[float, float]]] = defaultdict(list)
    times: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for name, one in measured.items():
        for size, at in one.sizes.items():
            if at.added:
                rates[name].append((size, at.added / at.seconds))
            for search, taken in at.searches.items():
                if taken:
                    times[search][name].append((size, float(np.median(taken))))
    parts = [
        Panel("storing signatures", records, "records a second", rates, log=True),
        *(
            Panel(f"search, {search}", records, "milliseconds", times[search], log=True)
            for search in (DEFAULT, "level 2", "all orientations")
        ),
    ]
    panels("million-time", parts)


def _report(measured: Mapping[str, Measured], note: str) -> Iterator[str]:
    sizes = sorted({size for one in measured.values() for size in one.sizes})
    yield (
        "Records are blends of two crops of 4,800 pictures each, and 303 pictures; 48 of these "
        "are searched for with altered copies, one alteration each (every fourth at level 2, every "
        "twelfth in all orientations). Signatures are given: signing a picture comes on top, some "
        "5 ms. Server and clients share two cores."
    )
    if note:
        yield note
    yield "## Storing and searching\n\n![Records a second and milliseconds](million-time.png)"
    yield (
        "Records a second that the driver stores, words and metadata made, from the size before to "
        "this one; bytes on disk a record; milliseconds of a search, median and in brackets 95 %; "
        "of the default search the milliseconds of this process's processor, and what the database "
        "takes; the same search after a restart with nothing in memory, each copy once; and with "
        f"{' and '.join(map(str, CLIENTS))} clients at once, each a process."
    )
    head = ["records", "database", "records/s", "bytes", *SEARCHES]
    head += ["processor", "database", "cold"]
    for clients in CLIENTS:
        head += [f"{clients} clients", "searches/s"]
    yield table(
        head,
        [
            [
                f"{size:,}",
                name,
                _rate(at),
                f"{at.bytes / size:,.0f}" if at.bytes else "",
                *(_times(at.searches[search]) for search in SEARCHES),
                _times(at.processor.get(DEFAULT, [])),
                _times(at.candidates),
                _times(at.cold),
                *chain.from_iterable(_at_once(at, str(clients)) for clients in CLIENTS),
            ]
            for size in sizes
            for name, one in measured.items()
            if (at := one.sizes.get(size))
        ],
    )
    yield from _agreement(measured, sizes)
    yield f"With {', '.join(one.version for one in measured.values())}."
    yield from _model(measured)
    yield from _recall(measured)


def _agreement(measured: Mapping[str, Measured], sizes: Sequence[int]) -> Iterator[str]:
    differ = [
        f"{search} at {size:,}"
        for size in sizes
        for search in SEARCHES
        if len({one.sizes[size].hits[search] for one in measured.values() if size in one.sizes}) > 1
    ]
    yield (
        f"**The hits were not the same: {', '.join(differ)}.**"
        if differ
        else "At each size all databases returned the same hits, the same to the last bit of the "
        "distances."
    )


def _model(measured: Mapping[str, Measured]) -> Iterator[str]:
    yield (
        "## Predicted and measured\n\nTime is taken for a + b · records, fitted at up to "
        f"{FITTED:,} records (medians; least squares of relative errors); of SQLite it is that of "
        "the processor."
    )
    rows = []
    for name, one in measured.items():
        for search in (*SEARCHES, "bytes"):
            values = {
                size: value
                for size, at in one.sizes.items()
                if (value := at.bytes if search == "bytes" else _median(name, at, search))
            }
            if sum(size <= FITTED for size in values) < 3:
                continue
            fixed, each = _fitted(values)
            unit = 1e-6 if search == "bytes" else 1.0
            rows += [
                [
                    name,
                    "megabytes" if search == "bytes" else search,
                    f"{size:,}",
                    f"{(fixed + each * size) * unit:,.0f}",
                    f"{value * unit:,.0f}",
                    f"{(fixed + each * size) / value:.2f}",
                ]
                for size, value in values.items()
                if size > FITTED
            ]
    yield table(["database", "", "records", "predicted", "measured", "predicted ÷ measured"], rows)


def _median(database: str, one: Size, search: str) -> float:
    """Return the median of a search; 0 where it was not measured."""
    times = (one.processor if database in EMBEDDED else one.searches).get(search, [])
    return float(np.median(times)) if times else 0.0


def _recall(measured: Mapping[str, Measured]) -> Iterator[str]:
    name, one = max(measured.items(), key=lambda pair: (pair[0] == "sqlite", pair[0]))
    yield (
        f"## Recall\n\nThe share of {one.queries} altered copies whose original is found (fewer at "
        f"level 2 and in all orientations, see above), in {name}; with `candidates` at level 1."
    )
    ways = [*SEARCHES, *(f"{number:,}" for number in CANDIDATES)]
    yield table(
        ["", *(f"{size:,} records" for size in one.sizes)],
        [
            [
                f"candidates={way}" if way not in SEARCHES else way,
                *(f"{at.recall.get(way, 0):.3f}" for at in one.sizes.values()),
            ]
            for way in ways
        ],
    )


if __name__ == "__main__":
    main()
