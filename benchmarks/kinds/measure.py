"""What is found of a kind, in both directions, and which different pictures match.

Only the public interface of imagematch is asked, with its defaults.
"""

import io
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from PIL import Image

import imagematch_core as imagematch

from . import HALVES, every
from .series import Kind, Series

PHASH_BITS = 10
"""Copies to imagededup, by default: of 64 bits these may differ."""


@dataclass
class Found:
    """What one method found.

    Attributes:
        back: copies whose stored original was found.
        forth: originals whose stored copy was found.
        grouped: copies that are in a group with their original.
        false: pairs of different pictures in the same frame of which one found the other.
        astray: searches with a copy that found the original of another one.
        chained: pairs of different pictures that are in one group.
        rarest: the largest rarity that was claimed of a false match.
    """

    back: int = 0
    forth: int = 0
    grouped: int = 0
    false: int = 0
    astray: int = 0
    chained: int = 0
    rarest: float = 0.0

    def add(self, other: "Found") -> None:
        """Count what was found elsewhere too."""
        for name in ("back", "forth", "grouped", "false", "astray", "chained"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.rarest = max(self.rarest, other.rarest)


@dataclass
class Measured:
    """What was measured of one kind.

    Attributes:
        pictures: of which there is a copy each.
        pairs: of different pictures in the same frame.
        found: by method.
        bits: of phash, that differ between copies and their originals, and
        false_bits: between different pictures in the same frame.
    """

    group: str
    name: str
    pictures: int = 0
    pairs: int = 0
    found: dict[str, Found] = field(default_factory=dict)
    bits: list[int] = field(default_factory=list)
    false_bits: list[int] = field(default_factory=list)

    def __iadd__(self, other: "Measured") -> "Measured":
        """Both together, under the name of this one."""
        self.pictures += other.pictures
        self.pairs += other.pairs
        self.bits += other.bits
        self.false_bits += other.false_bits
        for method, found in other.found.items():
            self.found.setdefault(method, Found()).add(found)
        return self


DEFAULT = "goldberg-2"
THOROUGH = "goldberg-2, thorough=2"
FIRST = "goldberg-1"

ORIGINAL, COPY = "original-", "copy-"


def measure_one(half: str, count: int, number: int, *, beside: bool) -> Measured:
    """Measure the kind with this number, in a process of its own."""
    return measure([*every(HALVES[half], count)][number], beside=beside)


def measure(kind: Kind, *, beside: bool) -> Measured:
    """Measure a kind; `beside` others too, which takes longer."""
    warnings.simplefilter("ignore")
    measured = Measured(kind.group, kind.name)
    for series in kind.series:
        count = len(series.originals)
        measured.pictures += count
        measured.pairs += count * (count - 1) // 2
        _ours(series, "goldberg-2", {DEFAULT: None, THOROUGH: 2}, measured.found)
        if beside:
            _ours(series, "goldberg-1", {FIRST: None}, measured.found)
            _phash(series, measured)
    return measured


def _ours(
    series: Series, algorithm: str, methods: dict[str, int | None], found: dict[str, Found]
) -> None:
    """Originals and copies are in one index; what a search finds of each is told apart by ids."""
    with imagematch.open("memory://", algorithm=algorithm) as index:
        for name, files in ((ORIGINAL, series.originals), (COPY, series.copies)):
            for number, file in enumerate(files):
                try:
                    index.add(file, id=f"{name}{number}")
                except imagematch.PictureError:
                    continue
        for method, level in methods.items():
            seen = found.setdefault(method, Found())
            _searched(series, index, level, seen)
            if level is None:
                _grouped(index, len(series.originals), seen)


def _searched(series: Series, index: imagematch.Index, level: int | None, found: Found) -> None:
    false = set()
    for number, (original, copy) in enumerate(zip(series.originals, series.copies, strict=True)):
        found.forth += f"{COPY}{number}" in _search(index, original, level)
        hits = _search(index, copy, level)
        found.back += hits.pop(f"{ORIGINAL}{number}", None) is not None
        hits.pop(f"{COPY}{number}", None)
        found.astray += any(hit.startswith(ORIGINAL) for hit in hits)
        for hit, rarity in hits.items():
            if hit.startswith(COPY):
                false.add(frozenset((number, int(hit.removeprefix(COPY)))))
                found.rarest = max(found.rarest, rarity)
    found.false += len(false)


def _search(index: imagematch.Index, file: bytes, level: int | None) -> dict[str, float]:
    """The rarity of each hit, by its id."""
    try:
        hits = index.search(file) if level is None else index.search(file, thorough=level)
    except imagematch.PictureError:
        return {}
    return {hit.id: hit.rarity or 0.0 for hit in hits}


def _grouped(index: imagematch.Index, count: int, found: Found) -> None:
    chained: set[frozenset[str]] = set()
    for group in index.duplicates():
        ids = [member.entry.id for member in group.members]
        numbers = {entry_id.rpartition("-")[2] for entry_id in ids}
        chained |= {frozenset(pair) for pair in combinations(numbers, 2)}
        found.grouped += sum(
            f"{ORIGINAL}{number}" in ids and f"{COPY}{number}" in ids for number in range(count)
        )
    found.chained += len(chained)


def _phash(series: Series, measured: Measured) -> None:
    originals, copies = _hashes(series.originals), _hashes(series.copies)
    measured.bits += (originals != copies).sum(axis=1).tolist()
    measured.false_bits += [int((one != other).sum()) for one, other in combinations(copies, 2)]


def _hashes(files: Iterable[bytes]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    import imagehash

    return np.array(
        [imagehash.phash(Image.open(io.BytesIO(file))).hash.ravel() for file in files], bool
    )


def at_bits(measured: Measured, cutoff: int) -> tuple[float, float]:
    """Recall of phash, and the share of different pairs, with up to so many bits."""
    return _share(measured.bits, cutoff), _share(measured.false_bits, cutoff)


def at_false_share(measured: Measured, share: float) -> tuple[float, int]:
    """Recall of phash where no larger share of different pairs match, and up to how many bits."""
    cutoff = max(bits for bits in range(-1, 65) if _share(measured.false_bits, bits) <= share)
    return _share(measured.bits, cutoff), cutoff


def _share(bits: Sequence[int], cutoff: int) -> float:
    return float(np.mean(np.array(bits) <= cutoff)) if bits else 0.0
