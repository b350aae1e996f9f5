"""Servers that refuse: rights that are missing, blocks, databases that take no writes."""

import json
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Set
from contextlib import ExitStack
from urllib.parse import urlsplit

import psycopg

import imagematch_core as imagematch
from devtools.faults.tally import Tally
from devtools.faults.traffic import INDEX, check, item, name, signature
from devtools.servers import private
from imagematch_core import ErrorKind, Index, Item

NUMBERS = range(40)
ANY = frozenset(ErrorKind) - {ErrorKind.BAD_REQUEST, ErrorKind.UNAVAILABLE}
BLOCKS = ("read_only", "read_only_allow_delete", "write", "read", "metadata")


def run(*, short: bool) -> Iterator[Tally]:
    """Yield a row for each server."""
    yield _postgresql()
    if not short:
        yield _elasticsearch()


def _postgresql() -> Tally:
    tally = Tally("postgresql: rights that are missing, transactions that only read")
    with private("postgresql") as server:
        _prepare(server.url)
        with psycopg.connect(server.url, autocommit=True) as admin:
            admin.execute("CREATE ROLE reader LOGIN PASSWORD 'only-for-tests'")
            parts = urlsplit(server.url)
            reader = server.url.replace(f"{parts.username}:", "reader:", 1)
            _try(reader, tally, kinds={ErrorKind.DENIED}, reads=False)
            admin.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
            _try(reader, tally, kinds={ErrorKind.DENIED})
            only = "default_transaction_read_only%3Don"
            _try(f"{server.url}?options=-c%20{only}", tally, kinds={ErrorKind.READ_ONLY})
            admin.execute("ALTER ROLE reader NOLOGIN")
            _try(reader, tally, kinds={ErrorKind.AUTH}, reads=False)
        check(server.url, set(NUMBERS), len(NUMBERS), tally)
    return tally


def _elasticsearch() -> Tally:
    tally = Tally(f"elasticsearch: {', '.join(BLOCKS)} blocked")
    with private("elasticsearch") as server:
        _prepare(server.url)
        for block in BLOCKS:
            _block(server.url, block, on=True)
            reads = block not in ("read", "metadata")
            _try(server.url, tally, kinds=ANY, reads=reads, writes=False)
            _block(server.url, block, on=False)
        check(server.url, set(NUMBERS), len(NUMBERS), tally)
    return tally


def _prepare(url: str) -> None:
    with imagematch.open(url, index=INDEX) as index:
        index.add_many(map(item, NUMBERS), workers=1)


def _try(
    url: str,
    tally: Tally,
    *,
    kinds: Set[ErrorKind],
    reads: bool = True,
    writes: bool = True,
) -> None:
    """Call everything; what is refused must say so by one of `kinds`.

    Args:
        reads: whether reads must succeed.
        writes: whether writes must be refused; otherwise they may succeed.
    """
    with ExitStack() as stack:
        opened: list[Index] = []

        def open_it() -> bool:
            index = imagematch.open(url, index=INDEX, create=False, timeout=10.0)
            opened.append(stack.enter_context(index))
            return True

        if _call(open_it, tally, kinds):
            tally.expect(not reads, "refused: opening")
            return
        (index,) = opened
        for call in _reads(index):
            refused = _call(call, tally, kinds)
            tally.expect(not (reads and refused), f"refused: {call.__name__}")
        for call in _writes(index):
            refused = _call(call, tally, kinds)
            tally.expect(refused or not writes, f"not refused: {call.__name__}")


def _call(call: Callable[[], bool], tally: Tally, kinds: Set[ErrorKind]) -> bool:
    """Return whether a call was refused."""
    tally.tried += 1
    raised = tally.raised
    with tally.judged():
        try:
            tally.expect(call(), f"a wrong answer of {call.__name__}")
        except imagematch.StorageError as err:
            tally.expect(err.kind in kinds, f"{call.__name__}: {err.kind}: {err}")
            raise
    return tally.raised > raised


def _reads(index: Index) -> list[Callable[[], bool]]:
    def get() -> bool:
        entry = index.get(name(3))
        return entry is not None and entry.signature == signature(3)

    def search() -> bool:
        return [hit.id for hit in index.search(signature(3))] == [name(3)]

    def count() -> bool:
        return index.count() == len(NUMBERS)

    def scan() -> bool:
        return [entry.id for entry in index.entries()] == [name(number) for number in NUMBERS]

    return [get, search, count, scan]


def _writes(index: Index) -> list[Callable[[], bool]]:
    def add() -> bool:
        return index.add(signature(3), id=name(3), metadata={"a": 1}) == name(3)

    def update() -> bool:
        index.update(name(3), {"a": 2})
        return True

    def add_many() -> bool:
        changed = Item(signature(3), id=name(3), metadata={"at": time.monotonic()})
        report = index.add_many([changed], workers=1)
        if report.failed:
            raise report.failed[0][1]
        return True

    return [add, update, add_many]


def _block(url: str, block: str, *, on: bool) -> None:
    parts = urlsplit(url)
    request = urllib.request.Request(
        f"http://{parts.hostname}:{parts.port}/imagematch-{INDEX}/_settings",
        json.dumps({f"index.blocks.{block}": on or None}).encode(),
        method="PUT",
    )
    login = b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    request.add_header("Authorization", f"Basic {login}")
    request.add_header("Content-Type", "application/json")
    urllib.request.urlopen(request, timeout=30).close()
