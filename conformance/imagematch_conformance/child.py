"""What another process does in a test. It reads its work from standard input, and prints lines."""

import json
import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

from imagematch_core.drivers.registry import find_driver
from imagematch_core.protocol import Driver, ErrorKind, StorageError

from .records import numbered, record

BATCH = 20
"""Records in each batch that `put` acknowledges by a line."""


def batch_of(number: int) -> list[Any]:
    """The records of a batch of the endless writer."""
    return numbered(BATCH, words=[number], prefix=f"batch{number:05}-")


def _see(driver: Driver, _given: dict[str, Any]) -> Iterator[Any]:
    """What a newcomer sees: the description, and the number of records if there is one."""
    info = driver.info()
    yield {"info": info, "count": None if info is None else driver.count()}


def _create(driver: Driver, given: dict[str, Any]) -> Iterator[Any]:
    yield "ready"
    yield driver.create(given["info"])


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
        sys.stdin.close()
        for number in count(5):
            driver.put(batch_of(number))
            yield number


ACTIONS = {
    "see": _see,
    "create": _create,
    "put": _put,
    "replace": _replace,
    "delete": _delete,
    "load": _load,
}


def _kind(driver: Driver | type[Driver], err: Exception) -> ErrorKind | None:
    return err.kind if isinstance(err, StorageError) else driver.classify(err)


def main() -> None:
    """Do the work that standard input describes; an error is the last line."""
    given = json.loads(sys.stdin.read())
    driver_type = find_driver(given["url"])
    try:
        with driver_type.connect(given["url"], given["index"]) as driver:
            for line in ACTIONS[given["action"]](driver, given):
                print(json.dumps(line), flush=True)
    except Exception as err:  # noqa: BLE001 - told to the test
        text = f"{type(err).__name__}: {err}"
        print(json.dumps({"error": _kind(driver_type, err), "text": text}), flush=True)


if __name__ == "__main__":
    main()
