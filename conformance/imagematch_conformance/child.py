"""The part of another process in a test."""

from collections.abc import Iterator
from itertools import count
from multiprocessing.connection import Connection
from typing import Any

from imagematch_core.drivers.registry import find_driver
from imagematch_core.protocol import Driver, ErrorKind, Record, StorageError

from .records import numbered, record

BATCH = 20
"""Records in each batch that `put` acknowledges by a line."""


def batch_of(number: int) -> list[Any]:
    """Return the records of a batch of the endless writer."""
    return numbered(BATCH, words=[number], prefix=f"batch{number:05}-")


VERSIONS = (
    [record(one.id, [1, 2], ["x"], b"first", '"first"') for one in numbered(60)],
    [record(one.id, [2, 3], ["y"], b"second", f'"{"second" * 200}"') for one in numbered(60)],
)
"""Two versions of the same records; nothing of them but the word 2 is in both."""


def version(number: int) -> list[Record]:
    """Return the version that is written at the turn of this number."""
    return VERSIONS[number % 2]


def _see(driver: Driver, _given: dict[str, Any]) -> Iterator[Any]:
    """Yield what a newcomer sees: the description, and the number of records if there is one."""
    info = driver.info()
    yield {"info": info, "count": None if info is None else driver.count()}


def _create(driver: Driver, given: dict[str, Any]) -> Iterator[Any]:
    yield "ready"
    yield driver.create(given["info"])


def _drop(driver: Driver, _given: dict[str, Any]) -> Iterator[Any]:
    yield "ready"
    yield driver.drop()


def _write(driver: Driver, _given: dict[str, Any]) -> Iterator[Any]:
    """Write, replace and delete a little, and say when."""
    driver.put(
        [
            record("ours", [2], ["y"], b"new", "2"),
            record("theirs", [1], ["x"]),
            record("theirs too", [2]),
        ]
    )
    yield driver.delete(["gone"])


def _rewrite(driver: Driver, _given: dict[str, Any]) -> Iterator[Any]:
    """Put the same records in two versions by turns, until killed."""
    for number in count():
        driver.put(version(number))
        yield number


def _remove(driver: Driver, _given: dict[str, Any]) -> Iterator[Any]:
    """Delete and put the same records by turns, until killed."""
    for number in count():
        if number % 2:
            driver.put(version(0))
        else:
            driver.delete([one.id for one in version(0)])
        yield number


DOOMED = -9
"""The word of the records that `forget` deletes, which no batch has."""


def doomed() -> list[Record]:
    """Return the records that `forget` deletes."""
    return [record(f"old{number:05}", [DOOMED]) for number in range(3_000)]


def _forget(driver: Driver, _given: dict[str, Any]) -> Iterator[Any]:
    """Delete one record after the other."""
    for number, one in enumerate(doomed()):
        driver.delete([one.id])
        yield number


def _replace_forever(driver: Driver, _given: dict[str, Any]) -> Iterator[Any]:
    """Replace records by ones with the same words, until killed."""
    for turn in count():
        text = f"{turn}"
        mine = [record(one.id, [1, 2, 3], (), text.encode(), text) for one in numbered(150)]
        while True:
            try:
                driver.put(mine)
                break
            except Exception as err:
                if _kind(driver, err) is not ErrorKind.TRANSIENT:
                    raise
        yield turn


def _put(driver: Driver, _given: dict[str, Any]) -> Iterator[Any]:
    """Write batches until killed; print the number of each once it is acknowledged."""
    for number in count():
        driver.put(batch_of(number))
        yield number


def _replace(driver: Driver, given: dict[str, Any]) -> Iterator[Any]:
    """Write the same ids over and over, as the core does."""
    yield "ready"
    for turn in range(given["turns"]):
        mine = [
            record(one.id, one.words, body=f'{{"of": "{given["name"]}", "turn": {turn}}}')
            for one in numbered(given["count"])
        ]
        while True:
            try:
                driver.put(mine)
                break
            except Exception as err:
                if _kind(driver, err) is not ErrorKind.TRANSIENT:
                    raise
    yield "done"


def _delete(driver: Driver, _given: dict[str, Any]) -> Iterator[Any]:
    """Delete batches until killed."""
    for number in count():
        driver.delete([one.id for one in batch_of(number)])
        yield number


def _load(driver: Driver, _given: dict[str, Any]) -> Iterator[Any]:
    """Write inside `loading`, and wait there to be killed."""
    with driver.loading():
        for number in range(5):
            driver.put(batch_of(number))
            yield number
        for number in count(5):
            driver.put(batch_of(number))
            yield number


ACTIONS = {
    "see": _see,
    "create": _create,
    "drop": _drop,
    "write": _write,
    "rewrite": _rewrite,
    "remove": _remove,
    "forget": _forget,
    "replace forever": _replace_forever,
    "put": _put,
    "replace": _replace,
    "delete": _delete,
    "load": _load,
}


def _kind(driver: Driver | type[Driver], err: Exception) -> ErrorKind | None:
    return err.kind if isinstance(err, StorageError) else driver.classify(err)


def main(work: dict[str, Any], say: Connection) -> None:
    """Do some work, and say what comes of it; an error is the last that is said."""
    driver_type = find_driver(work["url"])
    connect = driver_type.connect
    try:
        with connect(work["url"], work["index"], timeout=work["timeout"]) as driver:
            for one in ACTIONS[work["action"]](driver, work):
                say.send(one)
    except Exception as err:  # noqa: BLE001 - told to the test
        say.send({"error": _kind(driver_type, err), "text": f"{type(err).__name__}: {err}"})
