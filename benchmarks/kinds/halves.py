"""What the half that chooses and the half that judges draw with: nothing is in both.

Photographs come out of the packages of `benchmarks.sets`. Fonts, icons, words, colours and the
seeds of all that is drawn at random are each of one half only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import ImageFont

from ..pictures import Package
from ..sets import JUDGING as JUDGING_PACKAGES
from ..sets import TUNING as TUNING_PACKAGES
from . import words

T = TypeVar("T")
Colour = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Half:
    """What one half draws with.

    Attributes:
        name: 'tuning' or 'judging', as in the other benchmarks.
        packages: of its photographs.
        fonts: of its text, by family and weight: the package and the name of the file.
        glyphs: the package of its icons as a font.
        icons: the package of its icons in colour.
        vocabulary: its words.
        names: of people.
        colours: strong ones, for grounds and marks.
        seed: of all that is drawn at random.
    """

    name: str
    packages: tuple[str, ...]
    fonts: dict[str, tuple[str, str]]
    glyphs: str
    icons: str
    vocabulary: tuple[str, ...]
    names: tuple[str, ...]
    colours: tuple[Colour, ...]
    seed: int

    def random(self, *keys: int) -> np.random.Generator:
        """A generator of its own for these keys, the same every time."""
        return np.random.default_rng([self.seed, *keys])

    def font(self, family: str, size: float) -> ImageFont.FreeTypeFont:
        """'sans', 'bold', 'serif', 'mono' or 'display'."""
        package, file = self.fonts[family]
        return _font(_path(package, file), round(size))

    def glyph_font(self, size: float) -> ImageFont.FreeTypeFont:
        """The font of icons."""
        return _font(Package("debian", self.glyphs).fonts[0], round(size))

    def font_path(self, family: str) -> Path:
        """Where the font of a family is."""
        return _path(*self.fonts[family])

    def say(self, random: np.random.Generator, count: int) -> str:
        """So many words."""
        return " ".join(pick(random, self.vocabulary) for _ in range(count))

    def person(self, random: np.random.Generator) -> str:
        """First and last name."""
        return f"{pick(random, self.names)} {pick(random, self.vocabulary).title()}"


def pick(random: np.random.Generator, some: Sequence[T]) -> T:
    """One of them."""
    return some[int(random.integers(len(some)))]


@cache
def signs(half: Half) -> list[str]:
    """The letters that the half's font of icons draws, at random."""
    font = half.glyph_font(40)
    nothing = bytes(font.getmask(chr(0xEFFFF)))
    found = [
        chr(code)
        for code in range(0xE000, 0xF300)
        if bytes(mask := font.getmask(chr(code))) != nothing and mask.getbbox()
    ]
    return [found[at] for at in half.random(105).permutation(len(found))]


@cache
def _path(package: str, file: str) -> Path:
    return next(path for path in Package("debian", package).fonts if path.name == file)


@cache
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


TUNING = Half(
    "tuning",
    TUNING_PACKAGES,
    {
        "sans": ("fonts-liberation", "LiberationSans-Regular.ttf"),
        "bold": ("fonts-liberation", "LiberationSans-Bold.ttf"),
        "serif": ("fonts-liberation", "LiberationSerif-Regular.ttf"),
        "mono": ("fonts-liberation", "LiberationMono-Regular.ttf"),
        "display": ("fonts-lato", "Lato-Black.ttf"),
    },
    "fonts-font-awesome",
    "gnome-icon-theme",
    words.TUNING,
    words.TUNING_NAMES,
    ((178, 34, 34), (0, 90, 156), (34, 120, 60), (90, 50, 140), (210, 120, 20), (40, 44, 52)),
    15,
)
JUDGING = Half(
    "judging",
    JUDGING_PACKAGES,
    {
        "sans": ("fonts-open-sans", "OpenSans-Regular.ttf"),
        "bold": ("fonts-open-sans", "OpenSans-Bold.ttf"),
        "serif": ("fonts-dejavu-core", "DejaVuSerif.ttf"),
        "mono": ("fonts-dejavu-core", "DejaVuSansMono.ttf"),
        "display": ("fonts-cantarell", "Cantarell-ExtraBold.otf"),
    },
    "fonts-material-design-icons-iconfont",
    "oxygen-icon-theme",
    words.JUDGING,
    words.JUDGING_NAMES,
    ((200, 30, 90), (20, 60, 110), (0, 128, 128), (110, 70, 30), (230, 170, 0), (70, 80, 90)),
    2_026,
)
HALVES = {half.name: half for half in (TUNING, JUDGING)}
