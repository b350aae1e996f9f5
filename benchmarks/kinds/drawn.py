"""Kinds of graphics: what is drawn, and the copies that people make of it."""

import io
from collections.abc import Iterator
from functools import cache, partial

import numpy as np
from PIL import Image, ImageEnhance

from .files import jpeg
from .halves import Half
from .series import Kind, Originals, Random, Series


def drawn(
    name: str, half: Half, count: int, draw: Originals, *, paper: bool = True
) -> Iterator[Kind]:
    """A kind of graphics, once for copies of the same layout and once with other margins.

    What people print, `paper`, is scanned too.
    """
    draw = cache(draw)  # once for all series
    ways = {"smaller": _smaller, "grey": _grey, "worn": _scanned if paper else _sent_on}
    yield Kind(
        "graphics",
        name,
        tuple(
            Series(f"{name} {way}", half, max(4, count // 2), draw, change, drawn=True)
            for way, change in ways.items()
        ),
    )
    yield Kind(
        "graphics, other margins",
        name,
        tuple(
            Series(
                f"{name} margin {share}",
                half,
                max(4, count // 2),
                draw,
                partial(_margins, share=share),
                drawn=True,
            )
            for share in (-1.0, 0.15, 0.6)
        ),
    )


def _smaller(image: Image.Image, _: Random, __: Half) -> Image.Image:
    """Two thirds as large."""
    size = (image.width * 2 // 3, image.height * 2 // 3)
    return image.resize(size, Image.Resampling.BICUBIC)


def _grey(image: Image.Image, _: Random, __: Half) -> Image.Image:
    """Half as large, grey and paler."""
    small = image.resize((image.width // 2, image.height // 2), Image.Resampling.BICUBIC)
    return ImageEnhance.Contrast(small.convert("L").convert("RGB")).enhance(0.8)


def _sent_on(image: Image.Image, _: Random, __: Half) -> Image.Image:
    """Larger by a quarter, and twice saved with few bytes."""
    size = (image.width * 5 // 4, image.height * 5 // 4)
    larger = image.resize(size, Image.Resampling.BILINEAR)
    return Image.open(io.BytesIO(jpeg(Image.open(io.BytesIO(jpeg(larger, 25))), 40)))


def _scanned(image: Image.Image, random: Random, _: Half) -> Image.Image:
    """From paper: yellowish, uneven light, noise, half a degree aslant, a little off its place."""
    degrees = float(random.uniform(0.2, 0.7)) * (1 if random.integers(2) else -1)
    across = round(image.width * random.uniform(-0.01, 0.01))
    down = round(image.height * random.uniform(-0.01, 0.01))
    turned = image.rotate(
        degrees,
        Image.Resampling.BICUBIC,
        translate=(across, down),
        fillcolor=image.getpixel((0, 0)),
    )
    levels = np.asarray(turned, np.float64)
    shade = np.linspace(1, 0.93, levels.shape[1])[None, :, None]
    levels = levels * shade * np.array([0.99, 0.97, 0.92])
    levels = levels + random.normal(0, 5, levels.shape[:2])[..., None] + 4
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def _margins(image: Image.Image, _: Random, __: Half, *, share: float) -> Image.Image:
    """More white around it, by a share of its size; a negative one cuts all but a little off."""
    if share < 0:
        apart = np.asarray(image).min(axis=2) < 231
        rows, columns = np.flatnonzero(apart.any(axis=1)), np.flatnonzero(apart.any(axis=0))
        rest = round(0.02 * max(image.size))
        return image.crop(
            (
                max(0, int(columns[0]) - rest),
                max(0, int(rows[0]) - rest),
                min(image.width, int(columns[-1]) + 1 + rest),
                min(image.height, int(rows[-1]) + 1 + rest),
            )
        )
    wide, high = round(image.width * share / 2), round(image.height * share / 2)
    canvas = Image.new("RGB", (image.width + 2 * wide, image.height + 2 * high), "white")
    canvas.paste(image, (wide, high))
    return canvas
