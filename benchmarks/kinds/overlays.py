"""What people put over photographs, and memes: stickers, captions, watermarks."""

from collections.abc import Iterator
from math import cos, pi, sin

from PIL import Image, ImageDraw, ImageFont

from .halves import Half, pick
from .pen import Pen, wrapped
from .photographs import landscapes
from .series import Copy, Kind, Random, Series


def kinds(half: Half, count: int) -> Iterator[Kind]:
    """All of them, with series of so many pictures."""
    every: tuple[tuple[str, str, Copy], ...] = (
        ("over the picture", "one sticker", _one_sticker),
        ("over the picture", "five stickers", _five_stickers),
        ("over the picture", "caption on a strip", _strip),
        ("over the picture", "large caption", _large_caption),
        ("over the picture", "one large watermark", _watermark),
        ("over the picture", "watermarks all over", _watermarks),
        ("over the picture", "date and logo in corners", _corners),
        ("memes", "words at top and bottom", _classic),
        ("memes", "white bar above", _bar_above),
        ("memes", "bars above and below", _bars),
        ("memes", "black, title below", _demotivator),
    )
    for group, name, change in every:
        yield Kind(group, name, (Series(name, half, count, landscapes, change),))


def _sticker(canvas: Image.Image, random: Random, half: Half, size: float) -> None:
    """A face, a star, a heart or a bubble, with the white edge of a sticker."""
    draw = ImageDraw.Draw(canvas)
    radius = size / 2
    x = float(random.uniform(radius, canvas.width - radius))
    y = float(random.uniform(radius, canvas.height - radius))
    which = int(random.integers(4))
    colour = pick(random, half.colours)
    edge = max(2, round(size / 25))
    if which == 0:
        _round(draw, x, y, radius, (255, 204, 50), edge)
        for side in (-1, 1):
            eye = x + side * radius * 0.35
            _round(draw, eye, y - radius * 0.2, radius * 0.12, (60, 40, 20), 0)
        box = (x - radius * 0.5, y - radius * 0.4, x + radius * 0.5, y + radius * 0.55)
        draw.arc(box, 20, 160, (60, 40, 20), max(2, round(size / 16)))
    elif which == 1:
        points = [
            (
                x + cos(pi * at / 5 - pi / 2) * radius * (1 if at % 2 == 0 else 0.45),
                y + sin(pi * at / 5 - pi / 2) * radius * (1 if at % 2 == 0 else 0.45),
            )
            for at in range(10)
        ]
        draw.polygon(points, colour, "white", edge)
    elif which == 2:
        for side in (-1, 1):
            _round(draw, x + side * radius * 0.42, y - radius * 0.3, radius * 0.48, colour, 0)
        draw.polygon(
            (
                (x - radius * 0.86, y - radius * 0.1),
                (x + radius * 0.86, y - radius * 0.1),
                (x, y + radius * 0.9),
            ),
            colour,
        )
    else:
        box = (x - radius, y - radius * 0.6, x + radius, y + radius * 0.6)
        draw.rounded_rectangle(box, radius * 0.5, colour, "white", edge)
        said = half.say(random, 1).upper() + "!"
        draw.text((x, y), said, "white", half.font("display", size / 6), "mm")


def _round(
    draw: ImageDraw.ImageDraw,
    x: float,
    y: float,
    radius: float,
    fill: tuple[int, int, int],
    edge: int,
) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill, "white", edge)


def _one_sticker(image: Image.Image, random: Random, half: Half) -> Image.Image:
    canvas = image.copy()
    _sticker(canvas, random, half, min(image.size) * 0.4)
    return canvas


def _five_stickers(image: Image.Image, random: Random, half: Half) -> Image.Image:
    canvas = image.copy()
    for _ in range(5):
        _sticker(canvas, random, half, min(image.size) * float(random.uniform(0.15, 0.28)))
    return canvas


def _strip(image: Image.Image, random: Random, half: Half) -> Image.Image:
    """A dark strip across the picture with a line of text, as of stories."""
    canvas = image.copy()
    high = round(image.height * 0.09)
    top = round(image.height * float(random.uniform(0.15, 0.75)))
    strip = Image.new("RGB", (image.width, high), "black")
    box = (0, top, image.width, top + high)
    canvas.paste(Image.blend(image.crop(box), strip, 0.6), box)
    said = half.say(random, 4).capitalize()
    Pen(canvas, half).text(
        (image.width / 2, top + high / 2), said, high * 0.55, "white", anchor="mm"
    )
    return canvas


def _outlined(
    canvas: Image.Image, half: Half, said: str, top: float, size: float, *, up: bool = False
) -> None:
    """White capitals with a black outline, in the middle; upwards from a line or downwards."""
    font = half.font("display", size)
    lines = wrapped(said.upper(), font, canvas.width * 0.94)
    draw = ImageDraw.Draw(canvas)
    for number, line in enumerate(lines):
        row = number - len(lines) if up else number
        place = (canvas.width / 2, top + row * size * 1.1)
        draw.text(
            place, line, "white", font, "ma", stroke_width=round(size / 14), stroke_fill="black"
        )


def _large_caption(image: Image.Image, random: Random, half: Half) -> Image.Image:
    canvas = image.copy()
    top = image.height * float(random.uniform(0.3, 0.5))
    _outlined(canvas, half, half.say(random, 4), top, image.height * 0.11)
    return canvas


def _classic(image: Image.Image, random: Random, half: Half) -> Image.Image:
    canvas = image.copy()
    size = image.height * 0.11
    _outlined(canvas, half, half.say(random, 4), image.height * 0.02, size)
    _outlined(canvas, half, half.say(random, 4), image.height * 0.98, size, up=True)
    return canvas


def _marked(image: Image.Image, layer: Image.Image, strength: float) -> Image.Image:
    """White where the layer is, at a strength."""
    mask = layer.point([round(level * strength) for level in range(256)])
    canvas = image.copy()
    canvas.paste("white", (0, 0), mask)
    return canvas


def _turned_text(
    size: tuple[int, int], said: str, font: ImageFont.FreeTypeFont, places: list[tuple[int, int]]
) -> Image.Image:
    long = round((size[0] ** 2 + size[1] ** 2) ** 0.5)
    layer = Image.new("L", (long, long))
    draw = ImageDraw.Draw(layer)
    for x, y in places:
        draw.text((long / 2 + x, long / 2 + y), said, 255, font, "mm")
    layer = layer.rotate(28, Image.Resampling.BICUBIC)
    left, top = (long - size[0]) // 2, (long - size[1]) // 2
    return layer.crop((left, top, left + size[0], top + size[1]))


def _watermark(image: Image.Image, random: Random, half: Half) -> Image.Image:
    """One of three quarters of the width, aslant."""
    said = half.say(random, 1).upper()
    font = half.font("display", image.width / len(said) * 1.1)
    return _marked(image, _turned_text(image.size, said, font, [(0, 0)]), 0.6)


def _watermarks(image: Image.Image, random: Random, half: Half) -> Image.Image:
    """As agencies lay them over what they sell."""
    said = half.say(random, 1)
    font = half.font("bold", image.width / 16)
    step = (round(font.getlength(said) * 1.4), round(image.width / 9))
    places = [
        (step[0] * x + step[0] // 2 * (y % 2), step[1] * y)
        for x in range(-4, 5)
        for y in range(-6, 7)
    ]
    return _marked(image, _turned_text(image.size, said, font, places), 0.5)


def _corners(image: Image.Image, random: Random, half: Half) -> Image.Image:
    canvas = image.copy()
    pen = Pen(canvas, half)
    size = image.height * 0.05
    day = f"{random.integers(1, 29):02}.{random.integers(1, 13):02}.{random.integers(1998, 2025)}"
    place = (image.width - size, image.height - size)
    pen.text(place, day, size, (255, 150, 40), "mono", "rb")
    colour = pick(random, half.colours)
    wide = image.height * 0.16
    pen.draw.rounded_rectangle((size, size, size + wide * 1.6, size + wide), wide / 6, colour)
    said = half.say(random, 1).title()[:7]
    pen.text((size + wide * 0.8, size + wide / 2), said, wide * 0.34, "white", "display", "mm")
    return canvas


def _bar_above(image: Image.Image, random: Random, half: Half) -> Image.Image:
    """White with the joke in it, as wide as the picture."""
    size = image.width * 0.055
    said = half.say(random, int(random.integers(6, 16))).capitalize()
    lines = len(wrapped(said, half.font("bold", size), image.width * 0.92))
    high = round(size * (1.4 * lines + 0.8))
    canvas = Image.new("RGB", (image.width, image.height + high), "white")
    canvas.paste(image, (0, high))
    Pen(canvas, half).lines(
        (image.width * 0.04, size * 0.4), said, size, image.width * 0.92, "black", "bold"
    )
    return canvas


def _bars(image: Image.Image, random: Random, half: Half) -> Image.Image:
    """Black bars of a fifth of the height each, words in both."""
    high = round(image.height * 0.2)
    canvas = Image.new("RGB", (image.width, image.height + 2 * high), "black")
    canvas.paste(image, (0, high))
    for middle in (high / 2, canvas.height - high / 2):
        said = half.say(random, 3).upper()
        size = min(high * 0.6, image.width * 1.5 / len(said))
        Pen(canvas, half).text((image.width / 2, middle), said, size, "white", "display", "mm")
    return canvas


def _demotivator(image: Image.Image, random: Random, half: Half) -> Image.Image:
    """In a thin white frame on black, a title and a line below."""
    side, foot = round(image.width * 0.1), round(image.width * 0.24)
    size = (image.width + 2 * side, image.height + side + foot)
    canvas = Image.new("RGB", size, "black")
    pen = Pen(canvas, half)
    edge = (side - 6, side - 6, side + image.width + 5, side + image.height + 5)
    pen.draw.rectangle(edge, outline="white", width=2)
    canvas.paste(image, (side, side))
    top = side + image.height + foot * 0.2
    pen.text((size[0] / 2, top), half.say(random, 1).upper(), foot * 0.34, "white", "serif", "ma")
    pen.text(
        (size[0] / 2, top + foot * 0.46),
        half.say(random, 5).capitalize() + ".",
        foot * 0.14,
        "white",
        "serif",
        "ma",
    )
    return canvas
