"""One line that stands for every hit of the corpus: equal digests, equal hits, to the last bit."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files

from imagematch_core.protocol import Candidate

from . import oracle
from .corpus import Corpus, sixteen, sixty_three

ALGORITHM = "goldberg-1"
"""Each algorithm has a digest of its own, so that a new one leaves the old digests as they are."""

CUTOFF = 0.6
MEASURED = 1_000
"""Hits are strictly nearer than the cutoff; so many candidates are measured for each view."""

Answers = Sequence[Sequence[Candidate]]
Hits = Sequence[Sequence[oracle.Hit]]


def digest(candidates: Mapping[str, Answers], hits: Hits) -> str:
    """SHA-256 of the canonical text of all answers.

    The text is ASCII with a line feed after each line. For each corpus, by name, and each of its
    queries there is a line `candidates NAME NUMBER`, then one for each candidate, in order: the
    JSON `["id", shared, "signature in hex"]`. Then for each query of `sixty-three` a line
    `goldberg-1 NUMBER`, and one for each hit: the JSON `["id", "distance"]`, the distance as
    `float.hex()` writes it.
    """
    found = hashlib.sha256()
    for line in _lines(candidates, hits):
        found.update(f"{line}\n".encode("ascii"))
    return found.hexdigest()


def _lines(candidates: Mapping[str, Answers], hits: Hits) -> Iterable[str]:
    for name, answers in sorted(candidates.items()):
        for number, answer in enumerate(answers):
            yield f"candidates {name} {number}"
            for one in answer:
                yield json.dumps([one.id, one.shared, one.signature.hex()])
    for number, found in enumerate(hits):
        yield f"{ALGORITHM} {number}"
        for record_id, distance in found:
            yield json.dumps([record_id, distance.hex()])


def expected_candidates(corpus: Corpus) -> list[list[Candidate]]:
    """What the oracle finds for each query."""
    return [oracle.candidates(corpus.records, query) for query in corpus.queries]


def expected_hits() -> list[list[oracle.Hit]]:
    """goldberg-1's hits for each query of `sixty_three`, as the oracle finds them."""
    corpus = sixty_three()
    return [
        oracle.hits(corpus.records, asked, cutoff=CUTOFF, limit=MEASURED, tags=query.tags)
        for asked, query in zip(corpus.asked, corpus.queries, strict=True)
    ]


def oracle_digest() -> str:
    """The digest of what the oracle finds."""
    corpora = (sixty_three(), sixteen())
    return digest({one.name: expected_candidates(one) for one in corpora}, expected_hits())


def shipped_digest() -> str:
    """The digest that every certified driver has."""
    text = files(__package__).joinpath("data", "digests.json").read_text("ascii")
    shipped: str = json.loads(text)[ALGORITHM]
    return shipped
