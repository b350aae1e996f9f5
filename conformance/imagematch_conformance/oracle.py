"""Brute force: the right answers. It shares no code with imagematch's own search."""

import math
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product

import numpy as np
from imagematch_core.protocol import Candidate, Query, Record
from numpy.typing import NDArray

Entries = NDArray[np.int64]
Hit = tuple[str, float]


def candidates(records: Iterable[Record], query: Query) -> list[Candidate]:
    """Return the answer to `query`: compare every record, sort, cut."""
    words, tags = set(query.words), set(query.tags)
    found = [
        Candidate(record.id, len(words.intersection(record.words)), record.signature)
        for record in records
        if tags.issubset(record.tags)
    ]
    sharing = [candidate for candidate in found if candidate.shared]
    sharing.sort(key=lambda candidate: (-candidate.shared, candidate.id.encode()))
    return sharing[: query.limit]


@cache
def entries(signature: bytes) -> Entries:
    """Return the 648 entries of a stored goldberg-1 signature of 91 bytes, or 182 without symmetry.

    The grid is 9 × 9. Each block has eight neighbours, in the order UL, U, UR, L, R, LL, D, LR;
    an entry says, from -2 to 2, how a block compares to a neighbour. A byte holds three of them
    plus 2 as digits in base 5, the first one least. The first half tells R, LL, D and LR of each
    block that has that neighbour; the second half, where it is left out, is the opposite.
    """
    told = (np.frombuffer(signature, np.uint8)[:, None] // [1, 5, 25] % 5 - 2).ravel()
    there, back = _places()
    result = np.zeros(648, np.int64)
    result[there] = told[: len(there)]
    short = len(signature) == 91
    result[back] = -told[: len(back)] if short else told[len(there) : len(there) + len(back)]
    return result


@cache
def _places() -> tuple[list[int], list[int]]:
    """Where each pair of neighbours stands among the entries, seen from either block."""
    there, back = [], []
    for row, column in product(range(9), range(9)):
        for place, (down, right) in enumerate(((0, 1), (1, -1), (1, 0), (1, 1)), start=4):
            if row + down < 9 and 0 <= column + right < 9:
                there.append((row * 9 + column) * 8 + place)
                back.append(((row + down) * 9 + column + right) * 8 + 7 - place)
    return there, back


def goldberg_words(seen: Entries) -> tuple[int, ...]:
    """goldberg-1's 63 words: signs of 16 entries as digits in base 3, the first one least."""
    signs = [*np.sign(seen).tolist(), *[0] * 16]
    words = []
    for slot in range(63):
        start = slot * 648 // 63
        value = sum((signs[start + place] + 1) * 3**place for place in range(16))
        words.append(slot * 3**16 + value - 2**31)
    return tuple(words)


def distance(one: Entries, other: Entries) -> float:
    """|a - b| / (|a| + |b|). All three norms are roots of whole numbers, so each bit is certain."""
    return _norm(one - other) / (_norm(one) + _norm(other))


def _norm(of: Entries) -> float:
    return math.sqrt(int((of**2).sum()))


def hits(
    records: Sequence[Record], asked: bytes, *, cutoff: float, limit: int, tags: tuple[str, ...]
) -> list[Hit]:
    """goldberg-1's hits for a signature and its negative, by (distance, id).

    Args:
        records: to search.
        asked: the signature of the query.
        cutoff: hits are strictly nearer.
        limit: the number of candidates that are measured of those that each of the two finds.
        tags: that hits must carry.
    """
    views = [entries(asked), -entries(asked)]
    found = {
        candidate.id: candidate.signature
        for view in views
        for candidate in candidates(records, Query(goldberg_words(view), tags, limit))
    }
    measured = [
        (min(distance(view, entries(signature)) for view in views), record_id)
        for record_id, signature in found.items()
    ]
    measured.sort(key=lambda pair: (pair[0], pair[1].encode()))
    return [(record_id, far) for far, record_id in measured if far < cutoff]
