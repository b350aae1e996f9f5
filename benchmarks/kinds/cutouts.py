"""Photographs cut out in one outline, as avatars, stickers and map pins show them."""

from collections.abc import Iterator
from functools import partial
from math import cos, pi, sin

from PIL import Image, ImageDraw

from .halves import Half
from .photographs import cut, landscapes
from .series import Kind, Random, Series

SIDE = 256
_FINER = 4
_OUTLINES = {
    "tuning": ("circle", "heart", "star"),
    "judging": ("circle", "hexagon", "pin"),
}
"""Of each half; only the circle, which is everywhere, is of both."""

Point = tuple[float, float]


def kinds(half: Half, count: int) -> Iterator[Kind]:
    """All of them, with series of so many pictures."""
    for outline in _OUTLINES[half.name]:
        for ground in ("white", "black"):
            draw = partial(_drawn, outline=outline, ground=ground)
            name = f"{outline}, {ground}"
            series = Series(name, half, 2 * count, draw, _smaller, drawn=True)
            yield Kind("cut out", name, (series,))


def _drawn(half: Half, count: int, *, outline: str, ground: str) -> list[Image.Image]:
    mask = Image.new("L", (SIDE * _FINER, SIDE * _FINER))
    draw = ImageDraw.Draw(mask)
    for box in _ROUND[outline]:
        draw.ellipse([SIDE * _FINER * place for place in box], 255)
    for corners in _CORNERS[outline]:
        draw.polygon([(x * SIDE * _FINER, y * SIDE * _FINER) for x, y in corners], 255)
    mask = mask.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    found = []
    for image in landscapes(half, count):
        square = cut(image, 1).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        canvas = Image.new("RGB", (SIDE, SIDE), ground)
        canvas.paste(square, (0, 0), mask)
        found.append(canvas)
    return found


def _smaller(image: Image.Image, _: Random, __: Half) -> Image.Image:
    return image.resize((180, 180), Image.Resampling.BICUBIC)


def _around(corners: int, inner: float = 1) -> list[Point]:
    """Corners around the middle, every other one nearer to it."""
    return [
        (
            0.5 + sin(2 * pi * at / corners) / 2 * (inner if at % 2 else 1),
            0.5 - cos(2 * pi * at / corners) / 2 * (inner if at % 2 else 1),
        )
        for at in range(corners)
    ]


_ROUND: dict[str, list[tuple[float, float, float, float]]] = {
    "circle": [(0, 0, 1, 1)],
    "heart": [(0, 0, 0.5, 0.5), (0.5, 0, 1, 0.5)],
    "star": [],
    "hexagon": [],
    "pin": [(0.1, 0, 0.9, 0.8)],
}
_CORNERS: dict[str, list[list[Point]]] = {
    "circle": [],
    "heart": [[(0.07, 0.42), (0.93, 0.42), (0.5, 1)]],
    "star": [_around(10, 0.45)],
    "hexagon": [_around(6)],
    "pin": [[(0.16, 0.6), (0.84, 0.6), (0.5, 1)]],
}
