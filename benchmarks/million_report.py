"""What `million` measured: tables, a model of time and size, and plots."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from .million_results import CANDIDATES, CLIENTS, DEFAULT, SEARCHES, Measured, Size
from .plots import Panel, panels
from .report import table, write

_FITTED = 100_000
"""Up to so many records the model is fitted; what is above is predicted."""
_EMBEDDED = ("memory", "sqlite")


def publish(measured: Mapping[str, Measured], note: str) -> None:
    """Write the report of all databases, and its plots; `note` is told at its beginning."""
    _draw(measured)
    write("million", "Search in indexes that grow to a million", _report(measured, note))


def told(one: Size) -> str:
    """Return what was measured at one size, on a line."""
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
    """Return a and b of a + b·n, by least squares of relative errors up to `_FITTED` records."""
    points = [(size, value) for size, value in sizes.items() if size <= _FITTED]
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
    yield from _agreement(measured)
    yield f"With {', '.join(one.version for one in measured.values())}."
    yield from _model(measured)
    yield from _recall(measured)


def _agreement(measured: Mapping[str, Measured]) -> Iterator[str]:
    hits: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    for one in measured.values():
        for size, at in one.sizes.items():
            for search, digest in at.hits.items():
                hits[at.sought, search, size].add(digest)
    differ = [
        f"{search} at {size:,}" for (_, search, size), found in hits.items() if len(found) > 1
    ]
    yield (
        f"**The hits were not the same: {', '.join(differ)}.**"
        if differ
        else "At each size all databases in which the same copies were sought returned the same "
        "hits, the same to the last bit of the distances."
    )


def _model(measured: Mapping[str, Measured]) -> Iterator[str]:
    yield (
        "## Predicted and measured\n\nTime is taken for a + b · records, fitted at up to "
        f"{_FITTED:,} records (medians; least squares of relative errors); of SQLite it is that of "
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
            if sum(size <= _FITTED for size in values) < 3:
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
                if size > _FITTED
            ]
    yield table(["database", "", "records", "predicted", "measured", "predicted ÷ measured"], rows)


def _median(database: str, one: Size, search: str) -> float:
    """Return the median of a search; 0 where it was not measured."""
    times = (one.processor if database in _EMBEDDED else one.searches).get(search, [])
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
