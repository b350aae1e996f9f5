"""One picture and what is stored of it → the record to write, if any."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..matching.comparing import data_for
from ..model import Orientation, Signature
from ..protocol.values import Record, Stored
from ..records.bodies import load_body, new_body, record_of
from ..records.metadata import tags
from ..signatures.algorithm import DEFAULT_LEVEL, Algorithm
from ..sources.limits import Limits
from .items import Item, Task, resolve
from .signing import Job, Signed, Unchanged


@dataclass(frozen=True, slots=True)
class Work:
    """A task whose picture must be looked at.

    Attributes:
        task: what to store.
        previous: the record that it may replace.
        job: what a worker is to do.
    """

    task: Task
    previous: Stored | None
    job: Job


class Recorder:
    """Decides what is written to an index of `algorithm`.

    Its records get their words last, many at a time, by `indexed`.

    Args:
        algorithm: that signs.
        limits: bounds on what is read and decoded for one picture.
    """

    orientations: tuple[Orientation, ...] = ()
    """Those whose views `record` needs."""
    thorough: int = DEFAULT_LEVEL
    """The level of these views."""

    def __init__(self, algorithm: Algorithm, limits: Limits) -> None:
        self._algorithm = algorithm
        self._limits = limits

    def resolve(self, item: Item) -> Task:
        """Decide under which id, path and revision `item` is stored.

        Raises:
            ItemError: an id, path or metadata that can't be stored.
            PictureError: a file object that can't be read.
        """
        return resolve(item, self._algorithm.signature_format, self._limits)

    def compare(self, task: Task, previous: Stored | None) -> Work | Record | None:
        """What there is to do: look at the picture, write a record, or nothing."""
        known = load_body(previous)["revision"] if previous else None
        if previous and known == task.revision:
            return self._renewed(task, previous)
        if isinstance(task.picture, Signature):
            return self._signed_before(task, task.picture, previous)
        return Work(
            task,
            previous,
            Job(
                task.picture,
                self._algorithm.name,
                self._limits,
                task.revision,
                known,
                self.orientations,
                self.thorough,
            ),
        )

    def finish(self, work: Work, result: Signed | Unchanged) -> Record | None:
        """The record to write for what was seen of a picture; None if it is there already."""
        if isinstance(result, Signed):
            return self.record(work.task, result, _body(work.previous))
        return self._renewed(work.task, work.previous) if work.previous else None

    def record(self, task: Task, signed: Signed, previous: Mapping[str, Any] | None) -> Record:
        """What is written for a picture that was just signed, replacing the body `previous`."""
        body = new_body(task.path, task.metadata, signed.revision, signed.picture, previous)
        return record_of(task.id, (), signed.signature, body)

    def indexed(self, records: Sequence[Record]) -> list[Record]:
        """The same records, to be found by their words."""
        return indexed(self._algorithm, records)

    def _signed_before(self, task: Task, signature: Signature, previous: Stored | None) -> Record:
        data = data_for(self._algorithm, signature)
        body = new_body(task.path, task.metadata, task.revision or "", None, _body(previous))
        return record_of(task.id, (), data, body)

    def _renewed(self, task: Task, previous: Stored) -> Record | None:
        body = load_body(previous)
        metadata = body["metadata"] if task.metadata is None else task.metadata
        if (body["path"], body["metadata"]) == (task.path, metadata):
            return None
        return rewritten(previous, {"path": task.path, "metadata": metadata})


def _body(stored: Stored | None) -> dict[str, Any] | None:
    return load_body(stored) if stored else None


def rewritten(previous: Stored, changes: Mapping[str, Any]) -> Record:
    """`previous` with some keys of its body changed, without words."""
    return record_of(previous.id, (), previous.signature, {**load_body(previous), **changes})


def copied(stored: Stored) -> Record:
    """`stored` to the letter, without words."""
    metadata = load_body(stored)["metadata"]
    return Record(stored.id, (), tags(metadata), stored.signature, stored.body)


def indexed(algorithm: Algorithm, records: Sequence[Record]) -> list[Record]:
    """The same records with the words by which `algorithm` finds them."""
    words = algorithm.stored_words([record.signature for record in records])
    return [replace(record, words=some) for record, some in zip(records, words, strict=True)]
