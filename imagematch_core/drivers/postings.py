"""An inverted index in memory: which records have which token."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

TokenPairs = tuple[NDArray[np.int32], NDArray[np.int32]]
"""Tokens, and for each the number of a record that has it: two arrays of one length."""

_FOLD = 65_536
"""Pairs that are gathered before they are sorted into a segment; a question sorts them too."""


class Postings:
    """Pairs of a token and a record's number, in segments sorted by token.

    As in a log-structured merge tree, each segment is at least twice as long as the next, so a
    pair is sorted a logarithmic number of times, however it came.
    """

    def __init__(self) -> None:
        self._segments: list[TokenPairs] = []
        self._fresh: list[TokenPairs] = []
        self._fresh_size = 0

    def add(self, tokens: Sequence[int] | NDArray[np.int32], record: int) -> None:
        """Add the distinct tokens of a record that has none so far."""
        self.add_pairs(
            (np.array(tokens, dtype=np.int32), np.full(len(tokens), record, dtype=np.int32))
        )

    def add_pairs(self, pairs: TokenPairs) -> None:
        """Add many at once."""
        self._fresh.append(pairs)
        self._fresh_size += len(pairs[0])
        if self._fresh_size >= _FOLD:
            self._fold()

    def counts(self, tokens: Sequence[int], size: int) -> NDArray[np.int64]:
        """For each record number below `size`, how many of the distinct `tokens` it has."""
        self._fold()
        wanted = np.array(tokens, dtype=np.int32)
        met = [np.empty(0, dtype=np.int32)]
        for segment_tokens, segment_records in self._segments:
            start = np.searchsorted(segment_tokens, wanted, side="left")
            length = np.searchsorted(segment_tokens, wanted, side="right") - start
            # The runs [start, start + length) one after the other, without a loop over them.
            before = np.cumsum(length) - length
            places = np.arange(length.sum()) + np.repeat(start - before, length)
            met.append(segment_records[places])
        return np.bincount(np.concatenate(met), minlength=size)

    def renumber(self, numbers: NDArray[np.int32]) -> None:
        """Give each record the number `numbers[old]`, and forget those for which it is -1."""
        self._fold()
        renumbered = [(tokens, numbers[records]) for tokens, records in self._segments]
        self._segments = [
            (tokens[records >= 0], records[records >= 0]) for tokens, records in renumbered
        ]

    def _fold(self) -> None:
        if self._fresh_size:
            self._segments.append(_sorted(self._fresh))
            self._fresh, self._fresh_size = [], 0
        while len(self._segments) > 1 and _size(self._segments[-2]) < 2 * _size(self._segments[-1]):
            self._segments[-2:] = [_sorted(self._segments[-2:])]


def best(counts: NDArray[np.int64], id_of: Callable[[int], str], limit: int) -> list[int]:
    """Return the first `limit` records with a count: by count descending, then by id ascending."""
    found = np.flatnonzero(counts)
    if len(found) > limit:
        # Ids are compared among those only that are above, or tie for, the last place.
        last = np.partition(counts[found], -limit)[-limit]
        found = found[counts[found] >= last]
    return sorted(found.tolist(), key=lambda record: (-int(counts[record]), id_of(record)))[:limit]


def _sorted(parts: list[TokenPairs]) -> TokenPairs:
    tokens = np.concatenate([part[0] for part in parts])
    records = np.concatenate([part[1] for part in parts])
    order = np.argsort(tokens, kind="stable")
    return tokens[order], records[order]


def _size(pairs: TokenPairs) -> int:
    return len(pairs[0])
