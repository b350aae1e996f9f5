"""Photographs of a half that no two of which are alike, in the sizes that people send."""

import shutil
from functools import cache as remembered
from pathlib import Path

from PIL import Image

from ..pictures import cache
from ..sets import MORE_WALLPAPERS, on_white, originals
from ..speed import PHOTOGRAPHS
from .halves import Half

MOST = 96
LONGEST = 800
"""Pixels of the longer side."""
FLATTEST = 0.12
"""Share of one grey level: with more it is a drawing, or has a ground of its own."""


def landscapes(half: Half, count: int) -> list[Image.Image]:
    """Wider than high, by 1.2 at least: as they are or cut to 4:3."""
    return [
        image if image.width >= 1.2 * image.height else cut(image, 4 / 3)
        for image in _photographs(half)[:count]
    ]


def portraits(half: Half, count: int) -> list[Image.Image]:
    """The middle of photographs, higher than wide: 3:4."""
    return [cut(image, 3 / 4) for image in _photographs(half)[:count]]


def cut(image: Image.Image, ratio: float) -> Image.Image:
    """The middle of a photograph, so many times as wide as high."""
    width = min(image.width, round(image.height * ratio))
    height = min(image.height, round(image.width / ratio))
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


@remembered
def _photographs(half: Half) -> list[Image.Image]:
    images = []
    for path in sorted(_folder(half).iterdir()):
        with Image.open(path) as image:
            images.append(image.convert("RGB"))
    return images


def _folder(half: Half) -> Path:
    """Where they are kept, since telling which are alike takes a minute."""
    folder = cache() / f"kinds-{half.name}"
    if not folder.is_dir():
        part = cache() / f"kinds-{half.name}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        names = PHOTOGRAPHS | {package.name for package in MORE_WALLPAPERS}
        found = [
            path
            for path, image in originals(half.packages)
            if _package(path) in names and _flat(image) < FLATTEST
        ]
        order = half.random().permutation(len(found))[:MOST]
        for number, at in enumerate(order):
            with Image.open(found[at]) as opened:
                opened.draft("RGB", (2 * LONGEST, 2 * LONGEST))
                image = on_white(opened)
            image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
            image.save(part / f"{number:02}.jpg", quality=95)
        part.rename(folder)
    return folder


def _flat(image: Image.Image) -> float:
    return max(image.convert("L").histogram()) / (image.width * image.height)


def _package(path: Path) -> str:
    return path.relative_to(cache()).parts[0]
