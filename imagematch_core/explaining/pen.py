"""Drawing smooth shapes and text that always fits, with what every Pillow has."""

import unicodedata
from functools import cache
from typing import cast

from PIL import Image, ImageDraw, ImageFont

from ..sources.naming import shortened

Colour = str | tuple[int, int, int] | tuple[int, int, int, int]
Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels."""

_DASH, _SPACING = 6, 9
"""The length of a dash, and from one line of a hatching to the next."""
_FINER = 2
"""Everything is drawn so much larger, and reduced at the end: lines become smooth."""


class Pen:
    """Draws on a picture; all places and sizes are pixels of the finished one."""

    def __init__(self, width: int, height: int, paper: Colour) -> None:
        self._image = Image.new("RGB", (width * _FINER, height * _FINER), paper)
        self._draw = ImageDraw.Draw(self._image, "RGBA")

    def finished(self) -> Image.Image:
        """Return the picture."""
        return self._image.reduce(_FINER)

    def box(
        self, box: Box, fill: Colour | None = None, outline: Colour | None = None, width: float = 1
    ) -> None:
        """A rectangle; its outline lies inside."""
        self._draw.rectangle(_edges(box), fill, outline, _finer(width))

    def ring(self, x: float, y: float, radius: float, colour: Colour, width: float) -> None:
        """A circle that is not filled; its line reaches outwards to `radius`."""
        box = _edges((x - radius, y - radius, x + radius, y + radius))
        self._draw.ellipse(box, None, colour, _finer(width))

    def line(self, *points: tuple[float, float], colour: Colour, width: float) -> None:
        """Straight lines from point to point."""
        finer = [(x * _FINER, y * _FINER) for x, y in points]
        self._draw.line(finer, colour, _finer(width))

    def dashes(self, box: Box, colour: Colour, width: float) -> None:
        """A dashed rectangle."""
        left, top, right, bottom = box
        for x, y, to_x, to_y in (
            (left, top, right, top),
            (left, bottom, right, bottom),
            (left, top, left, bottom),
            (right, top, right, bottom),
        ):
            count = max(1, round(max(to_x - x, to_y - y) / _DASH / 2))
            for step in range(count):
                start, stop = step / count, (step + 0.5) / count
                self.line(
                    (x + (to_x - x) * start, y + (to_y - y) * start),
                    (x + (to_x - x) * stop, y + (to_y - y) * stop),
                    colour=colour,
                    width=width,
                )

    def hatch(self, box: Box, colour: Colour) -> None:
        """Diagonal lines from edge to edge."""
        left, top, right, bottom = box
        width, height = right - left, bottom - top
        for step in range(int((width + height) / _SPACING) + 1):
            at = step * _SPACING
            self.line(
                (left + min(at, width), top + max(0.0, at - width)),
                (left + max(0.0, at - height), top + min(at, height)),
                colour=colour,
                width=1,
            )

    def picture(self, image: Image.Image, box: Box) -> None:
        """An image, made to fill the box."""
        left, top, right, bottom = map(round, _edges(box))
        size = (max(1, right - left + 1), max(1, bottom - top + 1))
        is_tiny = size[0] > 4 * image.width or size[1] > 4 * image.height
        how = Image.Resampling.NEAREST if is_tiny else Image.Resampling.LANCZOS
        self._image.paste(image.resize(size, how), (left, top))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: Colour,
        *,
        anchor: str = "ls",
        bold: bool = False,
    ) -> None:
        """One line of text, at `x` and its base line `y`; `anchor` as Pillow has it."""
        self._draw.text(
            (x * _FINER, y * _FINER),
            drawable(text),
            colour,
            _font(size),
            anchor,
            stroke_width=size * _FINER / 45 if bold else 0,
        )


def width_of(text: str, size: float) -> float:
    """Return the width of a line of text, in pixels."""
    return float(_font(size).getlength(drawable(text))) / _FINER


def fitted(text: str, size: float, width: float) -> str:
    """`text`, with as much left out of its middle as has to be to fit into `width` pixels."""
    return shortened(drawable(text), width, lambda some: width_of(some, size))


def drawable(text: str) -> str:
    """`text` in characters of the font: without accents that it lacks, '?' for others."""
    return "".join(map(_drawable, text))


@cache
def _drawable(character: str) -> str:
    plain = unicodedata.normalize("NFKD", character)[:1]
    return next((some for some in (character, plain) if _has(some)), "?")


@cache
def _font(size: float) -> ImageFont.FreeTypeFont:
    return cast("ImageFont.FreeTypeFont", ImageFont.load_default(size * _FINER))


@cache
def _has(character: str) -> bool:
    """Return whether the font has the character, and draws no box in its place."""
    font = _font(20)
    mask, box = (font.getmask(some) for some in (character, "\uffff"))
    return character == " " or (mask.size != box.size or bytes(mask) != bytes(box))


def _edges(box: Box) -> Box:
    left, top, right, bottom = (value * _FINER for value in box)
    return left, top, max(left, right - 1), max(top, bottom - 1)


def _finer(width: float) -> int:
    return max(1, round(width * _FINER))
