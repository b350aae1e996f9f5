"""Pictures that tests make on the spot, and the four of image-match's README."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

PICTURES = Path(__file__).parent / "pictures"
WIKIPEDIA = PICTURES / "MonaLisa_Wikipedia.jpg"
WIKIIMAGES = PICTURES / "MonaLisa_WikiImages.jpg"
REMIX = PICTURES / "MonaLisa_Remix_Flickr.jpg"
CARAVAGGIO = PICTURES / "Caravaggio_Wikipedia.jpg"


def drawing(seed: int, size: tuple[int, int] = (96, 72)) -> Image.Image:
    """Soft blotches; drawings of different seeds are different pictures."""
    noise = np.random.default_rng(seed).integers(0, 256, (11, 11, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)


def encoded(image: Image.Image, file_format: str = "PNG", **options: Any) -> bytes:
    """The bytes of a picture file."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def saved(folder: Path, name: str, image: Image.Image) -> Path:
    """Save `image` in the format that the name calls for."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


def flat(size: tuple[int, int] = (64, 64)) -> Image.Image:
    """A picture without features."""
    return Image.new("RGB", size, (90, 120, 30))
