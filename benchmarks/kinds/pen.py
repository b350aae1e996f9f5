"""Drawing of text and of what interfaces are made of."""

from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from .halves import Half

Fill = str | tuple[int, int, int]


@dataclass
class Pen:
    """Draws on an image with the fonts of a half."""

    image: Image.Image
    half: Half

    def __post_init__(self) -> None:
        self.draw = ImageDraw.Draw(self.image)

    def text(
        self,
        place: tuple[float, float],
        words: str,
        size: float,
        fill: Fill = "black",
        family: str = "sans",
        anchor: str = "la",
    ) -> None:
        """One line."""
        self.draw.text(place, words, fill, self.half.font(family, size), anchor)

    def lines(
        self,
        place: tuple[float, float],
        words: str,
        size: float,
        width: float,
        fill: Fill = "black",
        family: str = "sans",
        spacing: float = 1.4,
        most: int = 99,
    ) -> float:
        """Text that is broken into lines; where the next one would begin."""
        left, top = place
        for line in wrapped(words, self.half.font(family, size), width)[:most]:
            self.text((left, top), line, size, fill, family)
            top += size * spacing
        return top

    def glyph(
        self, place: tuple[float, float], letter: str, size: float, fill: Fill = "black"
    ) -> None:
        """An icon of the half's font of icons, about a place."""
        self.draw.text(place, letter, fill, self.half.glyph_font(size), "mm")

    def width(self, words: str, size: float, family: str = "sans") -> float:
        """Pixels that one line takes."""
        return self.half.font(family, size).getlength(words)


def wrapped(words: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Lines no wider than this, but for single words."""
    lines: list[str] = []
    line = ""
    for word in words.split():
        longer = f"{line} {word}".strip()
        if line and font.getlength(longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line] if line else lines
