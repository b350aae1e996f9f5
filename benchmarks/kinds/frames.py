"""Frames around photographs: bars, mats, polaroids, and bars that are the picture, blurred."""

from collections.abc import Iterator
from functools import partial

from PIL import Image, ImageFilter

from .halves import Half
from .photographs import landscapes, portraits
from .series import Kind, Originals, Random, Series

SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Of the canvas that is bars."""
COLOURS = {
    "black": "#000000",
    "white": "#ffffff",
    "grey": "#808080",
    "coloured": "#31597f",
}
_ORIENTATIONS = {"top and bottom": (0.0, 1.0), "left and right": (1.0, 0.0)}
_SHAPES = {"a square": (1, 1), "9:16": (9, 16), "16:9": (16, 9), "4:3": (4, 3), "3:4": (3, 4)}


def kinds(half: Half, count: int) -> Iterator[Kind]:
    """All of them, with series of so many pictures."""
    few = max(4, count // 4)
    for share in SHARES:
        yield Kind(
            "frames",
            f"bars of {share:.0%}",
            tuple(
                Series(
                    f"bars of {share:.0%} {colour} {name}",
                    half,
                    few,
                    landscapes if name == "top and bottom" else portraits,
                    partial(_bars, share=share, sides=sides, colour=COLOURS[colour]),
                )
                for colour in COLOURS
                for name, sides in _ORIENTATIONS.items()
            ),
        )
    for share in SHARES:
        yield Kind(
            "frames",
            f"all around, {share:.0%}",
            tuple(
                Series(
                    f"all around {share:.0%} {colour}",
                    half,
                    few,
                    landscapes if colour in ("black", "grey") else portraits,
                    partial(_around, share=share, colour=COLOURS[colour]),
                )
                for colour in COLOURS
            ),
        )
    for share in (0.1, 0.3, 0.5):
        yield Kind(
            "frames",
            f"one bar of {share:.0%}",
            tuple(
                Series(
                    f"one bar {share:.0%} {colour} {side}",
                    half,
                    few,
                    landscapes if side in ("top", "bottom") else portraits,
                    partial(_one_bar, share=share, side=side, colour=COLOURS[colour]),
                )
                for colour in ("black", "white")
                for side in ("top", "bottom", "left", "right")
            ),
        )
    for shape, (width, height) in _SHAPES.items():
        yield Kind(
            "frames",
            f"padded to {shape}",
            tuple(
                Series(
                    f"padded to {shape} {colour} {_name(pictures)}",
                    half,
                    few,
                    pictures,
                    partial(_padded, ratio=width / height, colour=COLOURS[colour]),
                )
                for colour in COLOURS
                for pictures in _who_needs(width / height)
            ),
        )
    yield Kind(
        "frames",
        "anywhere on a page",
        tuple(
            Series(
                f"on a page {colour}",
                half,
                max(4, count // 2),
                landscapes,
                partial(_on_a_page, colour=COLOURS[colour]),
            )
            for colour in ("white", "black")
        ),
    )
    yield Kind("frames", "polaroid", (Series("polaroid", half, count, landscapes, _polaroid),))
    yield Kind("frames", "mat in a frame", (Series("mat", half, count, landscapes, _mat),))
    for shape in ("a square", "9:16", "16:9"):
        width, height = _SHAPES[shape]
        yield Kind(
            "blurred bars",
            f"padded to {shape} with itself, blurred",
            tuple(
                Series(
                    f"blurred to {shape} {_name(pictures)}",
                    half,
                    max(4, count // len(_who_needs(width / height))),
                    pictures,
                    partial(_blurred, ratio=width / height),
                )
                for pictures in _who_needs(width / height)
            ),
        )


def _who_needs(ratio: float) -> tuple[Originals, ...]:
    """The photographs that people pad to this shape."""
    if ratio == 1:
        return (landscapes, portraits)
    return (portraits,) if ratio > 1 else (landscapes,)


def _name(pictures: Originals) -> str:
    return "landscapes" if pictures is landscapes else "portraits"


def _bars(
    image: Image.Image,
    _: Random,
    __: Half,
    *,
    share: float,
    sides: tuple[float, float],
    colour: str,
) -> Image.Image:
    """Bars on two opposite sides that together take this share of the canvas."""
    grown = 1 / (1 - share)
    width = round(image.width * (grown if sides[0] else 1))
    height = round(image.height * (grown if sides[1] else 1))
    return _centred(image, (width, height), colour)


def _around(image: Image.Image, _: Random, __: Half, *, share: float, colour: str) -> Image.Image:
    """As wide on all sides; together they take this share of the canvas."""
    # (width + 2b)(height + 2b)(1 − share) = width · height
    width, height = image.size
    half_sum = (width + height) / 2
    bar = (-half_sum + (half_sum**2 + width * height * share / (1 - share)) ** 0.5) / 2
    return _centred(image, (width + 2 * round(bar), height + 2 * round(bar)), colour)


def _one_bar(
    image: Image.Image, _: Random, __: Half, *, share: float, side: str, colour: str
) -> Image.Image:
    grown = 1 / (1 - share)
    size = (
        (image.width, round(image.height * grown))
        if side in ("top", "bottom")
        else (round(image.width * grown), image.height)
    )
    canvas = Image.new("RGB", size, colour)
    place = (size[0] - image.width, size[1] - image.height) if side in ("top", "left") else (0, 0)
    canvas.paste(image, place)
    return canvas


def _on_a_page(image: Image.Image, random: Random, _: Half, *, colour: str) -> Image.Image:
    """A page of the shape of paper; the picture takes a half of its width, anywhere."""
    width = image.width * 2
    height = round(width * 1.4)
    page = Image.new("RGB", (width, height), colour)
    left = int(random.integers(width // 20, width - width // 20 - image.width))
    page.paste(image, (left, int(random.integers(height // 20, height - image.height))))
    return page


def _shape(image: Image.Image, ratio: float) -> tuple[int, int]:
    """The smallest canvas of a shape that holds the picture."""
    if image.width / image.height > ratio:
        return image.width, round(image.width / ratio)
    return round(image.height * ratio), image.height


def _padded(image: Image.Image, _: Random, __: Half, *, ratio: float, colour: str) -> Image.Image:
    return _centred(image, _shape(image, ratio), colour)


def _blurred(image: Image.Image, _: Random, __: Half, *, ratio: float) -> Image.Image:
    width, height = _shape(image, ratio)
    grown = max(width / image.width, height / image.height)
    behind = image.resize((round(image.width * grown), round(image.height * grown)))
    left, top = (behind.width - width) // 2, (behind.height - height) // 2
    behind = behind.crop((left, top, left + width, top + height))
    behind = behind.filter(ImageFilter.GaussianBlur(max(width, height) / 30))
    return _centred(image, (width, height), behind)


def _polaroid(image: Image.Image, _: Random, __: Half) -> Image.Image:
    side, foot = round(image.width * 0.06), round(image.width * 0.2)
    canvas = Image.new("RGB", (image.width + 2 * side, image.height + side + foot), "#f7f5f0")
    canvas.paste(image, (side, side))
    return canvas


def _mat(image: Image.Image, _: Random, __: Half) -> Image.Image:
    """Behind glass on the wall: a dark frame, a wide mat, a thin line."""
    wide = round(image.width * 0.12)
    canvas = _centred(image, (image.width + 6, image.height + 6), "#6b6459")
    canvas = _centred(canvas, (canvas.width + 2 * wide, canvas.height + 2 * wide), "#f2efe6")
    frame = round(image.width * 0.035)
    return _centred(canvas, (canvas.width + 2 * frame, canvas.height + 2 * frame), "#1d1a17")


def _centred(image: Image.Image, size: tuple[int, int], ground: str | Image.Image) -> Image.Image:
    canvas = Image.new("RGB", size, ground) if isinstance(ground, str) else ground
    canvas.paste(image, ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
    return canvas
