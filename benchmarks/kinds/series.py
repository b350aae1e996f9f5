"""A kind of altered or drawn picture, as series of different pictures of which there are copies."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np
from PIL import Image

from .files import jpeg, png
from .halves import Half

Random = np.random.Generator
Originals = Callable[[Half, int], list[Image.Image]]
"""Makes so many different pictures of a half, the first ones the same whatever the number."""
Copy = Callable[[Image.Image, Random, Half], Image.Image]
"""Makes a copy as people make them; the generator tells one copy of a series from another."""


@dataclass(frozen=True)
class Series:
    """Different pictures, and a copy of each; all copies are made in one way.

    Attributes:
        name: of what the copies have in common.
        half: what they are made of.
        count: of pictures.
        draw: makes the originals.
        change: makes a copy of one.
        drawn: whether the originals are graphics, which people save as PNG, not photographs.
    """

    name: str
    half: Half
    count: int
    draw: Originals
    change: Copy
    drawn: bool = False

    @cached_property
    def originals(self) -> list[bytes]:
        """Files: photographs as JPEG, graphics as PNG."""
        return [png(image) if self.drawn else jpeg(image, 92) for image in self._images]

    @cached_property
    def copies(self) -> list[bytes]:
        """Files: the copy of each original, as JPEG."""
        return [jpeg(image, 80) for image in self.copied()]

    def copied(self) -> Iterator[Image.Image]:
        """The copies before they are saved."""
        for number, image in enumerate(self._images):
            yield self.change(image, self.half.random(crc32(self.name.encode()), number), self.half)

    @cached_property
    def _images(self) -> list[Image.Image]:
        return self.draw(self.half, self.count)


@dataclass(frozen=True)
class Kind:
    """Series that are reported together.

    Attributes:
        group: of kinds, in the report.
        name: of the kind.
        series: only copies of one series are held against each other as different pictures.
    """

    group: str
    name: str
    series: tuple[Series, ...]
