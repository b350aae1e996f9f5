"""The fixed pictures of which every certified driver finds the same copies.

They come from SHAKE-256 and whole-number arithmetic alone, so they are the same on every machine.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

ORIGINALS = 20
HEIGHT, WIDTH = 144, 192
OCTAVES = ((24, 5), (12, 2), (4, 1))
"""Sizes of the blocks, in pixels, that a scene is put together from, and what each counts."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to be stored, or to be searched with.

    Attributes:
        id: of the entry.
        pixels: uint8, height × width × 3.
        metadata: to be stored.
    """

    id: str
    pixels: Pixels
    metadata: dict[str, int]


def stored() -> list[Picture]:
    """Return the originals, and of each a copy."""
    return [
        Picture(f"{name} {number:02}", pixels, {"third": number % 3})
        for number in range(ORIGINALS)
        for name, pixels in (
            ("original", scene(number)),
            ("copy", _copy(number, number)),
        )
    ]


def asked() -> list[Picture]:
    """Return another copy of each original, and pictures of which there is no copy."""
    copies = [
        Picture(f"asked {number:02}", _copy(number, number + 3), {"third": number % 3})
        for number in range(ORIGINALS)
    ]
    strangers = [
        Picture(f"stranger {number}", scene(ORIGINALS + number), {"third": number % 3})
        for number in range(4)
    ]
    return copies + strangers


def scene(number: int) -> Pixels:
    """Return a coloured picture of soft and hard edges."""
    total = np.zeros((HEIGHT, WIDTH, 3), np.int64)
    for size, weight in OCTAVES:
        blocks = _noise(f"scene {number} {size}", (HEIGHT // size + 2, WIDTH // size + 2, 3))
        large = blocks.repeat(size, axis=0).repeat(size, axis=1)
        # A mean over a block's width turns steps into slopes.
        sums = large.cumsum(axis=0).cumsum(axis=1)
        total += (
            weight
            * (
                sums[size : size + HEIGHT, size : size + WIDTH]
                - sums[:HEIGHT, size : size + WIDTH]
                - sums[size : size + HEIGHT, :WIDTH]
                + sums[:HEIGHT, :WIDTH]
            )
            // size**2
        )
    low, high = int(total.min()), int(total.max())
    return ((total - low) * 255 // (high - low)).astype(np.uint8)


def _noise(name: str, shape: tuple[int, ...]) -> NDArray[np.int64]:
    count = int(np.prod(shape))
    stream = hashlib.shake_256(f"imagematch {name}".encode()).digest(count)
    return np.frombuffer(stream, np.uint8).astype(np.int64).reshape(shape)


def _copy(number: int, way: int) -> Pixels:
    changes: tuple[Callable[[Pixels], Pixels], ...] = (
        lambda pixels: pixels[12:132, 10:182],
        lambda pixels: pixels[:, ::-1],
        lambda pixels: np.pad(pixels, ((60, 60), (0, 0), (0, 0))),
        np.rot90,
        lambda pixels: 255 - pixels,
        lambda pixels: np.pad(pixels, ((30, 90), (20, 20), (0, 0)), constant_values=250),
        lambda pixels: _noisy(pixels, number),
        lambda pixels: (pixels.astype(np.int64) * 2 // 3 + 60).astype(np.uint8),
        lambda pixels: pixels[::2, ::2],
    )
    change = changes[way % len(changes)]
    return np.ascontiguousarray(change(scene(number)), dtype=np.uint8)


def _noisy(pixels: Pixels, number: int) -> Pixels:
    noise = _noise(f"grain {number}", pixels.shape) % 41 - 20
    noisy: Pixels = np.clip(pixels.astype(np.int64) + noise, 0, 255).astype(np.uint8)
    return noisy
