"""Make the corpus's data files anew: `python conformance/tools/make_corpus.py`.

Every number comes from SHAKE-256 and whole-number arithmetic, so every machine makes the same
bytes. Data that was released once is never made differently: its digest is in certificates.
The digests are made anew as well; each belongs to one algorithm, and changes only with it.
"""

import hashlib
import json
import lzma
from collections.abc import Iterable, Sequence
from pathlib import Path

DATA = Path(__file__).parents[1] / "imagematch_conformance" / "data"

Means = list[int]
"""The brightness of 81 blocks, 0 to 255."""


class Numbers:
    """A stream of whole numbers that depends on nothing but its name."""

    def __init__(self, name: str) -> None:
        self._bytes = iter(hashlib.shake_256(f"imagematch {name}".encode()).digest(1 << 23))

    def below(self, limit: int) -> int:
        return int.from_bytes([next(self._bytes) for _ in range(3)], "big") * limit >> 24


def scene(numbers: Numbers) -> Means:
    """A smooth random picture: a 13 × 13 field of bytes, averaged over 5 × 5 places, stretched."""
    field = [[numbers.below(256) for _ in range(13)] for _ in range(13)]
    sums = [
        sum(field[row + down][column + right] for down in range(5) for right in range(5))
        for row in range(9)
        for column in range(9)
    ]
    low, high = min(sums), max(sums)
    return [(value - low) * 255 // (high - low) for value in sums]


def altered(means: Means, strength: int, numbers: Numbers) -> Means:
    """A near copy: each block brighter or darker by up to `strength`."""
    return [min(255, max(0, mean + numbers.below(2 * strength + 1) - strength)) for mean in means]


def half_flat(means: Means) -> Means:
    """The upper rows of one grey: their words are those of every other such picture."""
    return [128] * 45 + means[45:]


def levels(means: Means) -> list[int]:
    """The 272 levels, from -2 to 2, of each block against those right of and below it."""
    steps = [
        means[row * 9 + column] - means[(row + down) * 9 + column + right]
        for row in range(9)
        for column in range(9)
        for down, right in ((0, 1), (1, -1), (1, 0), (1, 1))
        if row + down < 9 and 0 <= column + right < 9
    ]
    larger = sorted(abs(step) for step in steps if abs(step) >= 2)
    middle = larger[len(larger) // 2] if larger else 0
    return [
        (0 if abs(step) < 2 else 1 if abs(step) <= middle else 2) * (1 if step > 0 else -1)
        for step in steps
    ]


def packed(values: Sequence[int]) -> bytes:
    """Three levels a byte, as goldberg-1 stores them."""
    padded = [*values, *[0] * (-len(values) % 3)]
    return bytes(
        (padded[at] + 2) + 5 * (padded[at + 1] + 2) + 25 * (padded[at + 2] + 2)
        for at in range(0, len(padded), 3)
    )


def sixty_three() -> tuple[list[bytes], list[bytes]]:
    numbers = Numbers("sixty-three")
    originals = [scene(numbers) for _ in range(250)]
    pictures = [*originals, *(scene(numbers) for _ in range(700))]
    for strength in (2, 5, 10, 20):
        pictures += [altered(original, strength, numbers) for original in originals]
    pictures += [half_flat(scene(numbers)) for _ in range(400)]
    crowd = scene(numbers)
    pictures += [crowd] * 300
    pictures += [altered(crowd, 3, numbers) for _ in range(150)]
    signatures = [packed(levels(means)) for means in pictures]
    # Rounding breaks the symmetry of a few signatures; those tell both halves.
    for means in originals[:20]:
        forward = levels(means)
        backward = [-level for level in forward]
        backward[numbers.below(272)] = 1
        signatures.append(packed([*forward, *backward]))
    asked = [altered(original, 4 + at % 12, numbers) for at, original in enumerate(originals[:40])]
    asked += [scene(numbers) for _ in range(6)]
    asked += [crowd, altered(crowd, 2, numbers)] * 5
    asked += [half_flat(scene(numbers)) for _ in range(4)]
    queries = [packed(levels(means)) for means in asked]
    queries += [packed([-level for level in levels(means)]) for means in originals[40:43]]
    queries.append(signatures[-1])
    return signatures, queries


def sixteen() -> tuple[list[bytes], list[bytes]]:
    numbers = Numbers("sixteen")
    originals = [scene(numbers) for _ in range(350)]
    pictures = [*originals, *(scene(numbers) for _ in range(900))]
    for strength in (1, 3, 6, 10, 16):
        pictures += [altered(original, strength, numbers) for original in originals]
    crowd = scene(numbers)
    pictures += [crowd] * 300
    pictures += [altered(crowd, 2, numbers) for _ in range(200)]
    asked = [altered(original, 1 + at % 9, numbers) for at, original in enumerate(originals[:46])]
    asked += [scene(numbers) for _ in range(6)]
    asked += [crowd, altered(crowd, 1, numbers)] * 6
    return [bytes(means) for means in pictures], [bytes(means) for means in asked]


def joined(signatures: Iterable[bytes]) -> bytes:
    """Each signature after a byte with its length."""
    return b"".join(bytes([len(signature)]) + signature for signature in signatures)


def made() -> dict[str, bytes]:
    """The contents of the data files, not compressed, by name."""
    goldberg, goldberg_asked = sixty_three()
    few, few_asked = sixteen()
    return {
        "sixty-three": joined(goldberg),
        "sixty-three-queries": joined(goldberg_asked),
        "sixteen": joined(few),
        "sixteen-queries": joined(few_asked),
    }


if __name__ == "__main__":
    for name, content in made().items():
        compressed = lzma.compress(content, preset=9)
        (DATA / f"{name}.xz").write_bytes(compressed)
        print(f"{name}: {len(content):,} bytes, {len(compressed):,} compressed")
    # Read after the data files were written, which some of the answers come from.
    from imagematch_conformance import digest

    digests = {
        digest.ALGORITHM: digest.oracle_digest(),
        digest.DEFAULT: digest.picture_digest(digest.picture_answers_in_memory()),
    }
    (DATA / "digests.json").write_text(json.dumps(digests, indent=2) + "\n")
    print(*(f"{name}: {found}" for name, found in digests.items()), sep="\n")
