"""Which records are meant: those with certain metadata or paths, in the order of ids."""

from collections.abc import Iterable, Iterator
from heapq import merge

from more_itertools import unique_justseen

from ..protocol.values import Stored
from ..records.bodies import load_body
from ..records.filtering import Filter
from ..records.identity import check_id, id_of_path
from ..store import Store


def listed(store: Store, wanted: Filter, after: str | None = None) -> Iterator[Stored]:
    """Yield the records that a filter wants, with ids above `after`, or raise `ItemError`."""
    start = None if after is None else check_id(after)
    streams: list[Iterable[Stored]] = [store.scan(tags, start) for tags in wanted.scanned]
    if wanted.path is not None:
        streams.append(_by_path(store, wanted, start))
    by_id = merge(*streams, key=lambda stored: stored.id)
    found = unique_justseen(by_id, key=lambda stored: stored.id)
    if wanted.is_answered_by_tags:
        return found
    return (stored for stored in found if wanted.holds(load_body(stored)))


def _by_path(store: Store, wanted: Filter, after: str | None) -> Iterator[Stored]:
    """Yield the record whose id follows from the path, which has no tag of it."""
    own_id = id_of_path(wanted.path or "")
    if after is None or own_id > after:
        for stored in store.get([own_id]):
            if wanted.is_tagged(load_body(stored)):
                yield stored
