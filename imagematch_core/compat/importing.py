"""Import an index of image-match, without its pictures."""

from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from shlex import quote
from typing import Any

from ..arguments import check_seconds
from ..drivers.registry import describe_target
from ..errors import ErrorKind, ImageMatchError, IndexNotFound, ItemError, StorageError
from ..index import open_index
from ..model import Progress
from ..protocol.legacy import LegacyPage
from ..protocol.values import Record
from ..records.identity import check_id
from ..signatures.goldberg1 import Goldberg1
from ..store import Store
from .documents import Translator
from .readers import reader_of


@dataclass(slots=True)
class ImportResult:
    """The result of an import.

    Attributes:
        imported: the number of pictures that were written.
        unchanged: the number that the index already held unchanged.
        left_out: the number that could not be imported; `on_left_out` was called with each.
        point: pass it as `after` to go on after the documents that are done.
    """

    imported: int = 0
    unchanged: int = 0
    left_out: int = 0
    point: str | None = None

    @property
    def done(self) -> int:
        """The number of documents that were read."""
        return self.imported + self.unchanged + self.left_out


def import_legacy(
    source: str,
    to: Any,
    *,
    index: str = "images",
    after: str | None = None,
    timeout: float = 30.0,
    on_left_out: Callable[[str, ImageMatchError], object] | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Import what image-match stored, with path, metadata and time, into an index of goldberg-1.

    Pictures keep their ids, so an import can be interrupted and run again: what the index already
    holds unchanged is not written again. The source is not changed; what is added to it meanwhile
    may be missed, until the import is run again from the beginning.

    Args:
        source: 'elasticsearch://host:9200/images', or 'mongodb://host/images.images', database
            and collection.
        to: the storage URL of the index, which is created if it is absent, or a client object.
        index: its name.
        after: the `point` of an import that was interrupted, to go on from there.
        timeout: seconds for one call to a database.
        on_left_out: called with the id of each document that can't be imported, and the reason.
        progress: called with the number of documents read since the last call.

    Raises:
        ArgumentError: `timeout` is not a positive number.
        IndexNotFound: the source holds nothing that image-match made.
        DriverError: there is no usable driver, or reader, for one of the two.
        AlgorithmError: the index holds signatures of another algorithm than goldberg-1.
        StorageError: a database failed. What was imported stays.
    """
    check_seconds("timeout", timeout)
    with reader_of(source, timeout=timeout) as reader:
        if not reader.is_legacy():
            raise IndexNotFound(f"{describe_target(source)} holds nothing that image-match made")
        with open_index(to, index=index, algorithm=Goldberg1.name, timeout=timeout):
            store = Store.open(to, index, timeout=timeout)
        run = _Run(store, on_left_out, ImportResult(point=after))
        try:
            with store.loading() if store.is_empty() else nullcontext():
                for page in reader.pages(after):
                    run.take(page)
                    if progress:
                        progress(len(page.documents))
            store.refresh()
        except BaseException as err:
            if point := run.result.point:
                shown = quote(point)
                err.add_note(f"to go on from here: --after {shown}, in Python after={point!r}")
            raise
        finally:
            store.close()
        return run.result


@dataclass(slots=True)
class _Run:
    _store: Store
    _on_left_out: Callable[[str, ImageMatchError], object] | None
    result: ImportResult
    _translator: Translator = field(default_factory=Translator)

    def take(self, page: LegacyPage) -> None:
        """Import a page of documents."""
        there = {found.id: found for found in self._store.get(_ids(page))}
        new: list[Record] = []
        for document in page.documents:
            previous = there.get(document.id)
            try:
                record = self._translator.record(document, previous)
            except ImageMatchError as err:
                self._leave_out(document.id, err)
                continue
            if previous and (previous.signature, previous.body) == (record.signature, record.body):
                self.result.unchanged += 1
            else:
                new.append(record)
        failures = self._store.put(new)
        for record_id, failure in failures.items():
            error = StorageError(failure.kind, failure.reason)
            if failure.kind is not ErrorKind.BAD_REQUEST:
                # It is not the record's fault: it would be the same with all that follow.
                raise error
            self._leave_out(record_id, error)
        self.result.imported += len(new) - len(failures)
        self.result.point = page.point

    def _leave_out(self, document_id: str, error: ImageMatchError) -> None:
        self.result.left_out += 1
        if self._on_left_out:
            self._on_left_out(document_id, error)


def _ids(page: LegacyPage) -> list[str]:
    """Return the ids that a record can have, and so can be asked for."""
    found = []
    for document in page.documents:
        with suppress(ItemError):
            found.append(check_id(document.id))
    return found
