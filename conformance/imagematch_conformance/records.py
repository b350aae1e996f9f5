"""Records to write in tests: ordinary ones, and those at the edges of what is allowed."""

import json
from collections.abc import Iterable
from itertools import chain

from imagematch_core.protocol import MAX_BODY_BYTES, Record
from imagematch_core.records.bodies import dump_info

LOWEST, HIGHEST = -(2**31), 2**31 - 1
"""The smallest and the largest word."""

INFO = '{"imagematch-conformance": 1, "text": "\\u0000 é 😀"}'
"""The description of the suite's own indexes, by which it knows them."""


def description(algorithm: str) -> str:
    """Return a description that the core reads, and by which the suite knows its own index."""
    return json.dumps({**json.loads(dump_info(algorithm)), **json.loads(INFO)})


def record(
    record_id: str,
    words: Iterable[int] = (1,),
    tags: Iterable[str] = (),
    signature: bytes = b"signature",
    body: str = '{"v": 1}',
) -> Record:
    """Return a record within the protocol's bounds: words and tags in order, each once."""
    return Record(record_id, tuple(sorted(set(words))), tuple(sorted(set(tags))), signature, body)


def numbered(count: int, words: Iterable[int] = (1,), prefix: str = "n") -> list[Record]:
    """`count` records whose ids, signatures and bodies tell them apart, in id order."""
    return [
        record(
            f"{prefix}{number:06}",
            words,
            signature=number.to_bytes(4, "big"),
            body=f'{{"number": {number}}}',
        )
        for number in range(count)
    ]


def in_order(records: Iterable[Record]) -> list[Record]:
    """As `put` takes them: by code point of their ids."""
    return sorted(records, key=lambda one: one.id.encode())


COLLIDING: dict[str, tuple[str, str]] = {
    "CRC-32": ("plumless", "buckeroo"),
    "Adler-32": ("silqfql", "qhpwddt"),
    "FNV-1": ("pbmlcus", "ftnxmgt"),
    "FNV-1a": ("irwxsfq", "wvdzkas"),
    "Java": ("rjujbse", "cyslfhx"),
    "djb2": ("dwoucfy", "nvwqpad"),
    "djb2a": ("qgagpxh", "nwvwczq"),
    "sdbm": ("hkdjwue", "jsnjmmc"),
    "MurmurHash3": ("qbameqd", "mkfqial"),
    "MD5": ("xwohyba", "xbbwhae"),
    "SHA-1": ("phmvgxs", "sclzfbm"),
    "SHA-256": ("hkpybhx", "seuxfsn"),
    "BLAKE2b": ("tgyhwtu", "cblvknh"),
}
"""Words with one and the same hash of 32 bits: of the longer hashes, the first four bytes."""

IDS = sorted(
    [
        *("a", "A", "b", "B", "aa", "ab", "a b", "a\tb", "a\nb", "a\r\nb", "a  b"),
        *("a ", " a", "a.", "a\u00a0", "a\u200b", "\ufeffa"),  # white space of all kinds counts
        *("é", "e\u0301", "É", "ß", "ss", "ſ", "İ", "i\u0307", "ı", "K", "\u212a", "Å", "\u212b"),
        *("\u0430", "\u03bf", "o", "ﬁ", "fi", "１", "1", "²", "2"),  # look-alikes
        *("\ud7ff", "\ue000", "\uffee", "\uffff", "\U00010000", "\U0010ffff", "😀", "😀\u200d🔥"),
        *("0", "00", "0.0", "-1", "1e3", "true", "null", "None", "NaN", "{}", "[]", '"', "'", "''"),
        *("%", "%25", "%00", "_", "*", "?", "\\", "\\0", "/", "//", "a/b", "../a", ".", "..", "~"),
        *("$ref", "_id", "a$b", "a.b", "#", "&", ";--", "`", "\x01", "\x1f", "\x7f", "\u0085"),
        *("\u202ea", "\u2028", "\u0300", "ا", "字", "𝒳", "🏳️\u200d🌈"),
        "0123456789abcdef0123456789abcdef",
        "x" * 512,
        "x" * 511 + "y",
        "y" + "x" * 511,
        "x" * 256 + "y" + "x" * 255,
        *chain(*COLLIDING.values()),
        "é" * 256,
        "😀" * 128,
    ],
    key=str.encode,
)
"""Ids that databases like to confuse, drop, fold or order in their own way."""

BODIES = [
    "{}",
    "null",
    '""',
    '{"float": 1e16, "minus zero": -0.0, "long": 0.1000000000000000055511151231257827}',
    '{"big": 123456789012345678901234567890, "1e400": 1e400, "one": 1.0}',
    '{"z": 1, "a": 2, "z": 3}',
    '{"$ref": "c", "$id": 1, "$db": "d", "a.b": 1, "$set": {}, "": 1, "_id": 5}',
    '{"nul": "\\u0000", "lone": "\\ud800", "pair": "\\ud83d\\ude00", "slash": "\\/"}',
    ' {\n\t"space" :  [ 1 ,2 ]\r\n} ',
    '{"é": "😀", "e\u0301": "\u202e\u2028\ufeff"}',
    '{"quote": "\\"\'`;--%s%(a)s{}$1?:x"}',
    '{"date": "2024-02-30T25:61:61Z", "number": "1", "binary": "\\u00ff"}',
    json.dumps({"deep": json.loads("[" * 90 + "]" * 90)}),
]
"""JSON texts that come back changed from a database that parses them."""

LARGE = {
    "letters": "a",
    "quotes": '\\"',
    "backslashes": "\\\\",
    "single quotes": "'",
    "signs that HTML escapes": "<",
    "accents": "é",
    "four bytes": "😀",
    "escaped pairs": "\\ud83d\\ude00",
}
"""Texts that fill a body, and may grow when they are quoted or encoded on the way."""


def large_body(unit: str, first: str) -> str:
    """Return a JSON string of about 1 MiB: `first`, and then `unit` over and over."""
    room = MAX_BODY_BYTES - len(f'"{first}"'.encode())
    return f'"{first}{unit * (room // len(unit.encode()))}"'
