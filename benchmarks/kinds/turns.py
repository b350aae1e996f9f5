"""Photographs a little aslant: cropped to what is left, or with corners of black or white."""

from collections.abc import Iterator
from functools import partial
from math import cos, radians, sin

from PIL import Image

from .halves import Half
from .photographs import landscapes, portraits
from .series import Kind, Random, Series

DEGREES = (1, 2, 3, 4, 5, 7, 10)


def kinds(half: Half, count: int) -> Iterator[Kind]:
    """All of them, with series of so many pictures."""
    for degrees in DEGREES:
        for ground in ("cropped", "black", "white"):
            yield Kind(
                "turns",
                f"{degrees}°, {ground}",
                tuple(
                    Series(
                        f"{degrees} {ground} {way}",
                        half,
                        max(4, count // 2),
                        who,
                        partial(_turned, degrees=degrees * sign, ground=ground),
                    )
                    for way, sign, who in (("left", 1, landscapes), ("right", -1, portraits))
                ),
            )


def _turned(image: Image.Image, _: Random, __: Half, *, degrees: int, ground: str) -> Image.Image:
    if ground != "cropped":
        return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=ground)
    turned = image.rotate(degrees, Image.Resampling.BICUBIC)
    # The largest upright rectangle of the picture's own shape that has no corner in it.
    sine, cosine = sin(radians(abs(degrees))), cos(radians(degrees))
    long, short = max(image.size), min(image.size)
    share = short / (long * sine + short * cosine)
    width, height = image.width * share, image.height * share
    left, top = (image.width - width) / 2, (image.height - height) / 2
    return turned.crop((round(left), round(top), round(left + width), round(top + height)))
