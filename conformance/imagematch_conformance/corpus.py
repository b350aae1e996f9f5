"""The fixed records and queries whose answers every certified driver gives to the last bit.

Two sets. Of `sixty_three`, each record has the 63 words of a goldberg-1 signature, and a query
asks for 63. Of `sixteen`, each record has 16 words of 24 bits, and a query asks for 60 neighbours
of each of its own: 960 words. Both have families of near copies, crowds of equal signatures, and
ids whose order differs between UTF-8, UTF-16 and locales. Signatures are shipped as bytes; words,
ids, tags and limits follow from them by the rules below, which never change.
"""

import hashlib
import json
import lzma
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain, combinations, islice

from imagematch_core.protocol import Query, Record

from .oracle import entries, goldberg_words

PROBES = 60
LIMITS = (1_000, 1, 7, 150, 299, 1_000, 301, 2_500)
ID_BEGINNINGS = ("", "", "", "a", "A", "é", "\ue000", "\uffee", "😀", "z ")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Records, and the queries to ask of them.

    Attributes:
        name: 'sixty-three' or 'sixteen'.
        records: by code point of their ids.
        queries: 64; their limits add up to less than 64,000.
        asked: the signature that each query was made from.
    """

    name: str
    records: tuple[Record, ...]
    queries: tuple[Query, ...]
    asked: tuple[bytes, ...]


@cache
def sixty_three() -> Corpus:
    """Return the set of goldberg-1 signatures."""
    asked = _read("sixty-three-queries")
    return Corpus(
        "sixty-three",
        _records(
            "sixty-three", ((data, goldberg_words(entries(data))) for data in _read("sixty-three"))
        ),
        _queries(goldberg_words(entries(data)) for data in asked),
        asked,
    )


@cache
def sixteen() -> Corpus:
    """Return the set of 81-byte signatures with few words."""
    asked = _read("sixteen-queries")
    return Corpus(
        "sixteen",
        _records("sixteen", ((data, words_of_81(data)) for data in _read("sixteen"))),
        _queries(map(probes_of_81, asked)),
        asked,
    )


def words_of_81(signature: bytes) -> tuple[int, ...]:
    """16 words: which of two bytes is larger, for 24 fixed pairs of bytes each."""
    return tuple(
        _word(slot, [signature[one] > signature[other] for one, other in pairs])
        for slot, pairs in enumerate(_compared())
    )


def probes_of_81(signature: bytes) -> tuple[int, ...]:
    """60 words for each of the 16: itself, and those that differ from it in one or two bits."""
    words = []
    for slot, pairs in enumerate(_compared()):
        bits = [signature[one] > signature[other] for one, other in pairs]
        ones = combinations(range(24), 1)
        twos = combinations(range(24), 2)
        words += [
            _word(slot, [bit ^ (at in flipped) for at, bit in enumerate(bits)])
            for flipped in islice(chain([()], ones, twos), PROBES)
        ]
    return tuple(sorted(words))


def _word(slot: int, bits: Sequence[bool]) -> int:
    return (slot << 24) + sum(bit << at for at, bit in enumerate(bits)) - 2**31


@cache
def _compared() -> tuple[tuple[tuple[int, int], ...], ...]:
    stream = hashlib.shake_256(b"imagematch conformance: pairs").digest(16 * 24 * 2)
    places = [byte % 81 for byte in stream]
    pairs = [(one, other if other != one else (one + 1) % 81) for one, other in _twos(places)]
    return tuple(tuple(pairs[slot * 24 : slot * 24 + 24]) for slot in range(16))


def _twos(numbers: Sequence[int]) -> Iterable[tuple[int, int]]:
    return zip(numbers[::2], numbers[1::2], strict=True)


def _records(name: str, signed: Iterable[tuple[bytes, tuple[int, ...]]]) -> tuple[Record, ...]:
    records = [
        Record(_id(name, number), words, _tags(number), signature, f'{{"number": {number}}}')
        for number, (signature, words) in enumerate(signed)
    ]
    return tuple(sorted(records, key=lambda record: record.id.encode()))


def _id(name: str, number: int) -> str:
    digest = hashlib.sha256(f"{name} {number}".encode()).hexdigest()
    return ID_BEGINNINGS[number % len(ID_BEGINNINGS)] + digest[:32]


def _tags(number: int) -> tuple[str, ...]:
    tags = {json.dumps(["third", number % 3]), json.dumps(["odd", bool(number % 2)])}
    return tuple(sorted(tags))


def _queries(asked: Iterable[tuple[int, ...]]) -> tuple[Query, ...]:
    # Every fourth query asks for one tag, every eighth for two.
    filters = ((), (), (), ('["third", 1]',), (), (), (), ('["odd", true]', '["third", 2]'))
    return tuple(
        Query(words, filters[number % 8], LIMITS[number // 2 % len(LIMITS)])
        for number, words in enumerate(asked)
    )


def _read(name: str) -> tuple[bytes, ...]:
    """Return the signatures in a data file: each after a byte with its length, all compressed."""
    data = lzma.decompress(files(__package__).joinpath("data", f"{name}.xz").read_bytes())
    signatures, at = [], 0
    while at < len(data):
        signatures.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return tuple(signatures)
