"""Documents of image-match, as it stored them, and what searching them must find."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from imagematch_core import compat
from tests.drawings import drawing, encoded

Document = dict[str, Any]

GOLDEN: dict[str, Document] = json.loads(
    Path(__file__).with_name("image-match-1.1.2.json").read_text()
)
"""What `make_record` of image-match 1.1.2 made of the four paintings."""

FIRST = datetime(2016, 3, 1, 12, 30, 15, 250_000)


def documents(count: int) -> list[Document]:
    """Records with the time that `insert_single_record` adds: the paintings, and drawings.

    Every third drawing is a darker copy of the one before it.
    """
    gis = compat.ImageSignature()
    made = list(GOLDEN.values())
    for number in range(count - len(made)):
        image = drawing(number - (number % 3 == 2))
        if number % 3 == 2:
            image = image.point(lambda value: value * 0.8).resize((80, 64))
        metadata = {"number": number, "even": number % 2 == 0}
        path = f"https://example.org/{number}.png"
        made.append(
            compat.make_record(
                path, gis, 16, 63, encoded(image), bytestream=True, metadata=metadata
            )
        )
    return [
        {**record, "timestamp": FIRST + timedelta(minutes=number)}
        for number, record in enumerate(made)
    ]


def brute_force(
    query: Mapping[str, Any], documents: Sequence[Document], cutoff: float = 0.45
) -> list[tuple[float, str, int]]:
    """(distance, path, shared words) of all that share a word and are near, in order."""
    names = [f"simple_word_{place}" for place in range(63)]
    signatures = np.array([document["signature"] for document in documents])
    distances = compat.normalized_distance(signatures, np.array(query["signature"]))
    found = []
    for document, distance in zip(documents, distances.tolist(), strict=True):
        shared = sum(document[name] == query[name] for name in names)
        if shared and distance < cutoff:
            found.append((distance, document["path"], shared))
    return sorted(found)


def damaged() -> dict[str, tuple[Document, str]]:
    """Documents that can't be imported, by id, and a part of the reason."""
    sound = next(iter(GOLDEN.values()))
    other = [*sound["signature"]]
    other[3] = -other[3] or 1
    return {
        "no-signature": ({"path": "a", "title": "a post"}, "no signature"),
        "other-signature": ({**sound, "signature": other}, "disagree"),
        "other-word": ({**sound, "simple_word_7": 1}, "disagree"),
        "lost-word": ({k: v for k, v in sound.items() if k != "simple_word_7"}, "missing"),
        "small-grid": ({**sound, "signature": [0, 1] * 100}, "other settings"),
        "far-numbers": ({**sound, "signature": [7] * 648}, "-2 to 2"),
        "texts": ({**sound, "signature": ["a"] * 648}, "not a list of numbers"),
        "flat": ({**sound, "signature": [0] * 648}, "flat"),
        "path": ({**sound, "path": ["a"]}, "a path must be a string"),
        "time": ({**sound, "timestamp": "2016-13-01"}, "timestamp"),
    }
