"""Copying an index into another one, whatever database that is in."""

from contextlib import nullcontext
from dataclasses import dataclass

from more_itertools import chunked

from ..model import Progress
from ..protocol.values import MAX_BATCH_RECORDS
from ..records.bodies import copy_of, is_newer, with_words
from ..signatures.algorithm import Algorithm
from ..store import Store


@dataclass(slots=True)
class CopyResult:
    """The result of copying an index.

    Attributes:
        copied: pictures that were written.
        unchanged: pictures that the other index already held unchanged.
        newer: pictures left alone, since the other index's were written later.
    """

    copied: int = 0
    unchanged: int = 0
    newer: int = 0


def copy(
    source: Store, target: Store, algorithm: Algorithm, progress: Progress | None
) -> CopyResult:
    """Copy every record; `algorithm` is the target's, and has the same signatures."""
    result = CopyResult()
    with target.loading() if target.is_empty() else nullcontext():
        for page in chunked(source.scan(), MAX_BATCH_RECORDS):
            there = {found.id: found for found in target.get(kept.id for kept in page)}
            changed = [kept for kept in page if there.get(kept.id) != kept]
            new = [
                copy_of(kept)
                for kept in changed
                if kept.id not in there or not is_newer(there[kept.id], kept)
            ]
            target.put_all(with_words(algorithm, new))
            result.copied += len(new)
            result.unchanged += len(page) - len(changed)
            result.newer += len(changed) - len(new)
            if progress:
                progress(len(page))
    return result
