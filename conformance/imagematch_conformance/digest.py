"""A line for each algorithm that stands for all hits: equal digests, equal hits to the last bit."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

import imagematch_core
from imagematch_core import Index, Item
from imagematch_core.protocol import Candidate
from imagematch_core.signatures import get_algorithm

from . import oracle, pictures
from .corpus import Corpus, sixteen, sixty_three

ALGORITHM = "goldberg-1"
"""Each algorithm has a digest of its own, so that a new one leaves the old digests as they are."""

DEFAULT = get_algorithm(None).name
"""The algorithm that people use unless they ask for another."""

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
    """Return what the oracle finds for each query."""
    return [oracle.candidates(corpus.records, query) for query in corpus.queries]


def expected_hits() -> list[list[oracle.Hit]]:
    """goldberg-1's hits for each query of `sixty_three`, as the oracle finds them."""
    corpus = sixty_three()
    return [
        oracle.hits(corpus.records, asked, cutoff=CUTOFF, limit=MEASURED, tags=query.tags)
        for asked, query in zip(corpus.asked, corpus.queries, strict=True)
    ]


def oracle_digest() -> str:
    """Return the digest of what the oracle finds."""
    corpora = (sixty_three(), sixteen())
    return digest({one.name: expected_candidates(one) for one in corpora}, expected_hits())


def fill_pictures(index: Index) -> None:
    """Add the fixed pictures to an empty index."""
    items = [Item(one.pixels, id=one.id, metadata=one.metadata) for one in pictures.stored()]
    index.add_many(items, workers=1)


def picture_answers(index: Index) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Ask an index of the fixed pictures in the ways that people ask.

    Yields:
        What was asked; and, for each hit or member of a group, its id, its distance as
        `float.hex()` writes it, and its orientation.
    """
    asked = pictures.asked()
    searches: Iterable[tuple[pictures.Picture, dict[str, Any]]] = (
        *((one, {}) for one in asked),
        *((one, {"thorough": 2}) for one in asked[::2]),
        *((one, {"all_orientations": True}) for one in asked[::6]),
        *((one, {"where": {"third": 1}, "cutoff": 0.5, "thorough": 0}) for one in asked),
    )
    for picture, options in searches:
        hits = index.search(picture.pixels, **options)
        yield (
            f"search {picture.id} {json.dumps(options)}",
            [(hit.id, hit.distance.hex(), str(hit.score), str(hit.orientation)) for hit in hits],
        )
    for picture in pictures.stored()[::3]:
        hits = index.search(id=picture.id)
        yield f"search id={picture.id}", [(hit.id, hit.distance.hex()) for hit in hits]
    for number, group in enumerate(index.duplicates()):
        yield (
            f"group {number}",
            [
                (member.entry.id, member.distance.hex(), str(member.orientation))
                for member in group.members
            ],
        )


def picture_answers_in_memory() -> list[tuple[str, list[tuple[str, ...]]]]:
    """Return what `picture_answers` yields of an index in memory."""
    with imagematch_core.open("memory://") as index:
        fill_pictures(index)
        return [*picture_answers(index)]


def picture_digest(answers: Iterable[tuple[str, Sequence[tuple[str, ...]]]]) -> str:
    """SHA-256 of what `picture_answers` yields: a JSON array a line, each with a line feed."""
    found = hashlib.sha256()
    for what, answer in answers:
        found.update(f"{json.dumps([what, *answer])}\n".encode("ascii"))
    return found.hexdigest()


def shipped_digests() -> dict[str, str]:
    """Return the digests, by algorithm, that every certified driver has."""
    text = files(__package__).joinpath("data", "digests.json").read_text("ascii")
    shipped: dict[str, str] = json.loads(text)
    return shipped
