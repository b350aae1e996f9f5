"""Small graphics on white: words, marks, logos, icons, codes, products."""

from collections.abc import Iterator
from functools import cache, partial

import numpy as np
import segno
from PIL import Image, ImageDraw

from ..pictures import Package
from ..sets import on_white
from .drawn import drawn
from .halves import Half, pick, signs
from .pen import Pen
from .series import Kind, Random, Series

_WORDS, _MARKS, _LOGOS, _BARCODES, _PRODUCTS = range(100, 105)


def kinds(half: Half, count: int) -> Iterator[Kind]:
    """All of them, with series of so many pictures."""
    yield from drawn("words", half, count, _words)
    yield from drawn("marks, a letter in a shape", half, count, _marks)
    yield from drawn("logos, a sign and a word", half, count, _logos)
    yield from drawn("icons of one colour", half, count, _glyphs, paper=False)
    yield from drawn("icons in colour", half, count, _icons, paper=False)
    for ground in ("white", "black", "grey", "steelblue"):
        change = partial(_flattened, ground=ground)
        series = Series(f"flattened on {ground}", half, count, _cut_out, change, drawn=True)
        yield Kind("transparent icons", f"flattened on {ground}", (series,))
    yield from drawn("QR codes", half, count, _codes)
    yield from drawn("barcodes", half, count, _barcodes)
    yield from drawn("products, one package", half, count, _products)


def _words(half: Half, count: int) -> list[Image.Image]:
    """Different words in the middle of a white square, in one of two fonts and colours."""
    random = half.random(_WORDS)
    order = random.permutation(len(half.vocabulary))[:count]
    pictures = []
    for number, at in enumerate(order):
        canvas = Image.new("RGB", (600, 600), "white")
        word = half.vocabulary[at].upper()
        colour = half.colours[number % 2]
        Pen(canvas, half).text((300, 300), word, 84, colour, "display", "mm")
        pictures.append(canvas)
    return pictures


def _shape(draw: ImageDraw.ImageDraw, which: int, colour: tuple[int, int, int]) -> None:
    """A disc, a square with round corners or a hexagon in the middle of 500 × 500."""
    if which == 0:
        draw.ellipse((60, 60, 440, 440), colour)
    elif which == 1:
        draw.rounded_rectangle((70, 70, 430, 430), 70, colour)
    else:
        draw.regular_polygon((250, 250, 210), 6, fill=colour)


def _marks(half: Half, count: int) -> list[Image.Image]:
    """One or two letters in a shape; no two have the same ones."""
    random = half.random(_MARKS)
    letters = [*"ABCDEFGHJKLMNOPQRSTUVWXYZ"] + [a + b for a in "BDHMRS" for b in "AEIOUX"]
    order = random.permutation(len(letters))
    pictures = []
    for number in range(count):
        said = letters[order[number % len(letters)]]
        canvas = Image.new("RGB", (500, 500), "white")
        pen = Pen(canvas, half)
        _shape(pen.draw, number // len(letters) + (0 if half.seed % 2 else 1), half.colours[0])
        pen.text((250, 250), said, 230 if len(said) == 1 else 170, "white", "display", "mm")
        pictures.append(canvas)
    return pictures


def _logos(half: Half, count: int) -> list[Image.Image]:
    """A sign of simple shapes beside or above a word."""
    random = half.random(_LOGOS)
    order = random.permutation(len(half.vocabulary))
    pictures = []
    for number in range(count):
        canvas = Image.new("RGB", (800, 500), "white")
        pen = Pen(canvas, half)
        word = half.vocabulary[order[number]].title()
        beside = bool(number % 2)
        x, y = (190, 250) if beside else (400, 190)
        first, second = random.permutation(len(half.colours))[:2]
        for part in range(int(random.integers(2, 5))):
            colour = half.colours[first if part % 2 == 0 else second]
            offset = random.uniform(-45, 45, 2)
            radius = float(random.uniform(35, 80))
            around = (x + offset[0], y + offset[1], radius)
            sides = int(random.integers(3, 9))
            if sides > 6:
                box = (
                    around[0] - radius,
                    around[1] - radius,
                    around[0] + radius,
                    around[1] + radius,
                )
                pen.draw.pieslice(
                    box, float(random.uniform(0, 180)), float(random.uniform(200, 360)), colour
                )
            else:
                pen.draw.regular_polygon(around, sides, float(random.uniform(0, 90)), fill=colour)
        if beside:
            pen.text((330, 250), word, 92, half.colours[first], "display", "lm")
        else:
            pen.text((400, 390), word, 92, half.colours[first], "display", "mm")
        pictures.append(canvas)
    return pictures


def _glyphs(half: Half, count: int) -> list[Image.Image]:
    """Icons of a font of icons, as large as their square but for a margin."""
    font = half.glyph_font(360)
    kept: list[Image.Image] = []
    for letter in signs(half):
        if len(kept) == count:
            break
        canvas = Image.new("RGB", (512, 512), "white")
        ImageDraw.Draw(canvas).text((256, 256), letter, (45, 50, 56), font, "mm")
        if _differs(canvas, kept):
            kept.append(canvas)
    return kept


def _icons(half: Half, count: int) -> list[Image.Image]:
    """Icons of a desktop, on white."""
    return [on_white(image) for image in _cut_out(half, count)]


@cache
def _cut_out(half: Half, count: int) -> list[Image.Image]:
    """Icons of a desktop, transparent around."""
    package = Package("debian", half.icons, ("/256x256/",))
    kept: list[Image.Image] = []
    seen: list[Image.Image] = []
    for at in half.random(106).permutation(len(package.pictures)):
        if len(kept) == count:
            break
        with Image.open(package.pictures[at]) as opened:
            image = opened.convert("RGBA")
        if _differs(on_white(image), seen):
            kept.append(image)
            seen.append(on_white(image))
    return kept


def _flattened(image: Image.Image, _: Random, __: Half, *, ground: str) -> Image.Image:
    behind = Image.new("RGBA", image.size, ground)
    return Image.alpha_composite(behind, image).convert("RGB")


def _differs(image: Image.Image, others: list[Image.Image]) -> bool:
    """Whether people would not take it for a variant: a tenth of what is drawn differs."""
    one = _ink(image)
    return all(
        np.abs(one - _ink(other)).sum() > 0.25 * max(one.sum(), _ink(other).sum())
        for other in others
    )


def _ink(image: Image.Image) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    small = image.convert("L").resize((48, 48), Image.Resampling.BOX)
    return 255 - np.asarray(small, np.float64)


def _codes(half: Half, count: int) -> list[Image.Image]:
    """QR codes of addresses of one site."""
    random = half.random(107)
    site = half.vocabulary[3]
    pictures = []
    for _ in range(count):
        code = segno.make_qr(f"https://{site}.example/{random.integers(10**9, 10**10)}", error="m")
        modules = np.array([[*row] for row in code.matrix_iter(scale=12, border=4)], np.uint8)
        pictures.append(Image.fromarray(np.where(modules, 0, 255).astype(np.uint8)).convert("RGB"))
    return pictures


def _barcodes(half: Half, count: int) -> list[Image.Image]:
    """Bars of four widths above their number."""
    random = half.random(_BARCODES)
    pictures = []
    for _ in range(count):
        canvas = Image.new("RGB", (640, 360), "white")
        pen = Pen(canvas, half)
        left = 60.0
        while left < 570:
            bar, gap = random.integers(1, 5, 2) * 3.0
            pen.draw.rectangle((left, 50, left + bar - 1, 270), "black")
            left += bar + gap
        digits = "".join(map(str, random.integers(0, 10, 12)))
        pen.text((320, 305), " ".join(digits), 30, "black", "mono", "mm")
        pictures.append(canvas)
    return pictures


def _products(half: Half, count: int) -> list[Image.Image]:
    """One package of one brand, whose names and small print differ."""
    random = half.random(_PRODUCTS)
    pictures = []
    for _ in range(count):
        canvas = Image.new("RGB", (600, 800), "white")
        pen = Pen(canvas, half)
        pen.draw.ellipse((130, 715, 470, 755), (225, 225, 225))
        pen.draw.rounded_rectangle((150, 130, 450, 740), 40, (238, 234, 224))
        pen.draw.rounded_rectangle((215, 50, 385, 140), 14, half.colours[1])
        pen.draw.rectangle((150, 250, 450, 600), half.colours[0])
        pen.draw.rectangle((170, 270, 430, 580), outline="white", width=3)
        pen.text((300, 310), half.vocabulary[7].upper(), 42, "white", "display", "mm")
        pen.text((300, 390), half.say(random, 1).title(), 34, "white", "serif", "mm")
        pen.text((300, 430), half.say(random, 2), 20, "white", "serif", "mm")
        pen.lines((190, 470), half.say(random, 16), 13, 220, "white", most=5)
        pen.text((300, 555), f"{pick(random, (250, 330, 500, 750))} ml", 20, "white", "bold", "mm")
        pen.draw.polygon(((160, 170), (185, 160), (185, 710), (160, 700)), (250, 248, 244))
        pictures.append(canvas)
    return pictures
