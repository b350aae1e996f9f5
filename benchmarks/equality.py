"""Byte equality with image-match 1.1.2 on real pictures.

    python -m benchmarks.equality [--every N]

Compares the signature, the signature after storing it, its words, and its distance to the one
before. Whatever is not equal is listed with the reason; the exit status is 1 if a signature of
ours is not image-match's.
"""

import argparse
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from image_match.goldberg import ImageSignature as Original
from image_match.signature_database_base import get_words, max_contrast, words_to_int
from numpy.typing import NDArray
from PIL import Image

from imagematch_core import ImageSignature, PictureError, UnsupportedPicture
from imagematch_core.signatures.goldberg1.distance import distances
from imagematch_core.signatures.goldberg1.packing import pack, unpack
from imagematch_core.signatures.goldberg1.words import words

from .pictures import PACKAGES
from .report import table, write

LARGEST = 40_000_000
"""Pixels; image-match takes 40 bytes for each."""

EQUAL = "equal"
FLAT = "equal, without features"
REFUSED = "refused by name"
UNREADABLE = "no picture to either"
DIFFERENT = "different"

Entries = NDArray[np.int8]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every Nth picture only")
    every = parser.parse_args().every
    Image.MAX_IMAGE_PIXELS = None  # LARGEST is the limit here
    warnings.simplefilter("ignore")  # image-match's
    found: dict[str, Counter[str]] = {}
    kinds: Counter[str] = Counter()
    exceptions = []
    last: Entries | None = None
    for package in PACKAGES:
        counts = found[package.name] = Counter()
        for path in package.pictures[::every]:
            if _pixels(path) > LARGEST:
                continue
            outcome, detail, signature = _compare(path, last)
            last = signature if signature is not None and signature.any() else last
            counts[outcome] += 1
            if signature is not None:
                kinds[_kind(path)] += 1
            if outcome not in {EQUAL, FLAT}:
                exceptions.append((path.name, _kind(path), outcome, detail))
    total = sum(found.values(), Counter())
    outcomes = (EQUAL, FLAT, REFUSED, UNREADABLE, DIFFERENT)
    rows = [(name, *(counts[kind] for kind in outcomes)) for name, counts in found.items()]
    compared = sum(total[outcome] for outcome in (EQUAL, FLAT, DIFFERENT))
    write(
        "equality",
        "Byte equality with image-match 1.1.2",
        [
            f"Signatures equal on {total[EQUAL] + total[FLAT]} of {compared} pictures, with their "
            "words, their stored form and their distances.",
            table(
                ["package", *outcomes],
                [*rows, ("together", *(total[outcome] for outcome in outcomes))],
            ),
            "The compared pictures by format, mode and size: "
            + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
            + ".",
            table(["picture", "kind", "outcome", "why"], exceptions) if exceptions else "",
        ],
    )
    return 1 if total[DIFFERENT] else 0


def _compare(path: Path, last: Entries | None) -> tuple[str, str, Entries | None]:
    """What became of a picture, why, and its signature if both made one."""
    theirs = _original(path)
    try:
        ours = ImageSignature().generate_signature(path)
    except UnsupportedPicture as err:
        return REFUSED, err.reason, None
    except PictureError as err:
        return (UNREADABLE if theirs is None else DIFFERENT), err.reason, None
    if theirs is None:
        return DIFFERENT, "image-match can't read it", None
    last = theirs if last is None else last
    for name, of_theirs, of_ours in (
        ("type", theirs.dtype.str, ours.dtype.str),
        ("entries", theirs.tolist(), ours.tolist()),
        ("stored entries", theirs.tolist(), unpack(pack(ours)).tolist()),
        ("words", _original_words(theirs), words(ours).tolist()),
        ("distance", _original_distance(last, theirs), _distance(last, ours)),
    ):
        if of_theirs != of_ours:
            return DIFFERENT, f"{name}: {of_theirs} became {of_ours}", ours
    return (EQUAL if ours.any() else FLAT), "", ours


def _original(path: Path) -> Entries | None:
    try:
        return np.asarray(Original().generate_signature(path.read_bytes(), bytestream=True))
    except Exception:  # noqa: BLE001 - it lets through whatever Pillow raises, and more
        return None


def _original_words(entries: Entries) -> Any:
    pieces = get_words(entries, 16, 63)
    max_contrast(pieces)
    return words_to_int(pieces).tolist()


def _original_distance(a: Entries, b: Entries) -> float:
    return float(Original.normalized_distance(a, b)) if a.any() or b.any() else 1.0


def _distance(a: Entries, b: Entries) -> float:
    return float(distances(pack(a), [pack(b)])[0])


def _pixels(path: Path) -> int:
    try:
        with Image.open(path) as image:
            return image.width * image.height
    except OSError:
        return 0


def _kind(path: Path) -> str:
    try:
        with Image.open(path) as image:
            megapixels = image.width * image.height / 1e6
            size = "≥ 1 MP" if megapixels >= 1 else "≤ 0.3 MP" if megapixels <= 0.3 else "between"
            return f"{image.format} {image.mode} {size}"
    except OSError:
        return "?"


if __name__ == "__main__":
    sys.exit(main())
