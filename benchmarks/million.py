"""Search in indexes that grow to a million records and more, in each database.

    python -m benchmarks.million [--count N] [--at-once] [--queries N] [--url URL] [DATABASE…]

The crowd is drawn as it is stored, see `crowd.endless`; among it are pictures of which altered
copies are searched for. Real servers are started for it, or those that the environment names are
used; see devtools. With `--url` the index stays, and a further run goes on where it ended. With
`--at-once` all are stored before anything is searched, as who moves to a database does.

What is measured is kept in results/million.json, a size at a time, and the report is of all of it:
see `million_results` and `million_report`.
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from hashlib import sha256
from itertools import chain, islice
from typing import Any

import numpy as np
from more_itertools import chunked
from PIL import Image

import imagematch_core as imagematch
from imagematch_core import Hit, Signature
from imagematch_core.model import UPRIGHT
from imagematch_core.protocol.values import MAX_BATCH_RECORDS, Query
from imagematch_core.records.bodies import new_body, to_record, with_words
from imagematch_core.signatures import get_algorithm
from imagematch_core.store import Store

from . import million_report, million_results
from .alterations import CROPS_JUDGING, Alteration
from .alterations import UPRIGHT as ALTERATIONS
from .crowd import endless, kept
from .databases import DATABASES, empty_page_cache, restartable, size_on_disk
from .million_results import CANDIDATES, CLIENTS, SEARCHES, Measured, Size
from .sets import JUDGING, originals

INDEX = "million"
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
"""Records at which is searched."""
SLOW = {"level 2": 4, "all orientations": 12}
"""Of the queries of a search, every so many is enough."""
EACH = 12
"""Searches of each of the clients."""

Sought = tuple[str, Signature]
"""The id of the record that is sought, and an altered copy of it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--at-once", action="store_true", help="measure at the last size only")
    parser.add_argument("--queries", type=int, default=48, help="that are timed")
    parser.add_argument("--url", help="of one database, in which the index stays")
    parser.add_argument("--report", action="store_true", help="of what was measured before")
    parser.add_argument("--note", default="", help="to be told in the report")
    parser.add_argument("databases", nargs="*", help=" ".join(DATABASES))
    options = parser.parse_args()
    if options.url and len(options.databases) != 1:
        parser.error("--url is of one database: name it")
    measured = million_results.load()
    if not options.report:
        smaller = () if options.at_once else (size for size in SIZES if size < options.count)
        sizes = [*smaller, options.count]
        count = options.queries
        pictures = kept("million-pictures", "goldberg-2", partial(pictures_among, "goldberg-2"))
        altered = kept(
            f"million-sought-{count}", "goldberg-2", partial(altered_copies, "goldberg-2", count)
        )
        next(endless())  # what it is drawn from is made once, and takes a while
        places = spread(len(pictures), count)
        sought = [(id_of(at), one) for at, one in zip(places, altered, strict=True)]
        for database in options.databases or DATABASES:
            with restartable(database, options.url) as (url, restart):
                for one in _measure(database, url, restart, pictures, sought, sizes):
                    measured.setdefault(database, one).version = one.version
                    measured[database].queries = one.queries
                    for size, at in one.sizes.items():
                        before = measured[database].sizes.get(size)
                        if before and not at.added:  # they were there already
                            at.added, at.seconds = before.added, before.seconds
                        measured[database].sizes[size] = at
                    million_results.keep(measured)
                if not options.url:
                    with imagematch.open(url, index=INDEX) as index:
                        index.drop()
    million_report.publish(measured, options.note)


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
    sizes: Sequence[int],
) -> Iterator[Measured]:
    """Yield what is measured, at each size anew."""
    with imagematch.open(url, index=INDEX, algorithm="goldberg-2", timeout=600) as index:
        there = index.count()
        digest = sha256(b"".join(one.data for _, one in sought)).hexdigest()
        for size in sizes:
            if size < there:
                continue
            measured = Size(added=size - there, sought=digest)
            start = time.perf_counter()
            store(url, pictures, there, size)
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
            print(database, size, million_report.told(measured), flush=True)
            yield one


def store(url: str, pictures: Sequence[Signature], there: int, size: int) -> None:
    """Store those from one number on to the other, as `add_many` would, without looking them up.

    Args:
        url: of the database.
        pictures: the first ones; the crowd follows.
        there: how many are stored.
        size: how many are to be.
    """
    algorithm = get_algorithm("goldberg-2")
    opened = Store.open(url, INDEX, timeout=600)
    first = [(id_of(at), one) for at, one in enumerate(pictures)]
    start = max(there, len(pictures))
    crowd = ((f"{at:08}", one) for at, one in enumerate(endless(start), start))
    with opened.loading():
        for some in chunked(islice(chain(first[there:], crowd), size - there), MAX_BATCH_RECORDS):
            records = [to_record(name, one.data, _body(name, one)) for name, one in some]
            refused = opened.put(with_words(algorithm, records))
            assert not refused, refused
    opened.refresh()
    opened.close()


def _body(name: str, signature: Signature) -> dict[str, Any]:
    path, revision = f"/pictures/{name}.jpg", f"file:{name}:goldberg-2"
    return new_body(path, {"album": name[-2:]}, revision, None, detail=signature.detail)


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


if __name__ == "__main__":
    main()
