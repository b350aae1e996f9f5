"""One small photograph in every format and mode."""

import io
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import skimage
from numpy.typing import NDArray
from PIL import Image

from imagematch_core.sources import Picture

WIDTH, HEIGHT = 40, 30
SAMPLES = Path(skimage.__file__).parent / "data"


@cache
def photo() -> Image.Image:
    with Image.open(SAMPLES / "astronaut.png") as image:
        small = image.convert("RGB").resize((WIDTH, HEIGHT))
    small.info.clear()
    return small


def in_mode(mode: str) -> Image.Image:
    if mode == "I;16":
        return photo().convert("I").point(lambda value: value * 257).convert("I;16")
    if mode in {"I", "F"}:
        return photo().convert("L").convert(mode)
    return photo().convert("P").convert("PA") if mode == "PA" else photo().convert(mode)


@cache
def encoded(form: str, mode: str = "RGB", frames: int = 1, **options: Any) -> bytes:
    if form == "HEIF":
        return heic(mode)
    file = io.BytesIO()
    image = in_mode(mode)
    if frames > 1:
        more = [image.transpose(Image.Transpose.ROTATE_180)] * (frames - 1)
        options |= {"save_all": True, "append_images": more}
    image.save(file, form, **options)
    return file.getvalue()


def heic(mode: str) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(in_mode(mode)).save(file)
    return file.getvalue()


def tiff_in(mode: str, compression: str) -> bytes:
    return encoded("TIFF", mode, compression=compression)


FORMATS = {
    **{
        f"PNG-{mode}": encoded("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
    },
    **{f"JPEG-{mode}": encoded("JPEG", mode) for mode in ("L", "RGB", "CMYK")},
    **{f"WEBP-{mode}": encoded("WEBP", mode) for mode in ("RGB", "RGBA")},
    **{f"AVIF-{mode}": encoded("AVIF", mode) for mode in ("L", "RGB", "RGBA")},
    **{f"HEIF-{mode}": encoded("HEIF", mode) for mode in ("L", "RGB", "RGBA")},
    **{f"GIF-{mode}": encoded("GIF", mode) for mode in ("1", "L", "P", "RGBA")},
    **{
        f"TIFF-{mode}": encoded("TIFF", mode)
        for mode in ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "I;16", "I", "F", "LAB")
    },
    **{
        f"TIFF-{compression}": tiff_in("1" if compression == "group4" else "RGB", compression)
        for compression in ("tiff_lzw", "jpeg", "tiff_adobe_deflate", "packbits", "group4")
    },
    **{f"BMP-{mode}": encoded("BMP", mode) for mode in ("1", "L", "P", "RGB", "RGBA")},
    **{f"{form}-RGB": encoded(form) for form in ("JPEG2000", "PPM", "TGA", "PCX", "QOI", "SGI")},
    "JPEG-progressive": encoded("JPEG", progressive=True),
    **{
        f"{form}-animated": encoded(form, frames=3)
        for form in ("GIF", "PNG", "WEBP", "AVIF", "TIFF", "MPO")
    },
}


def decoded(picture: Picture) -> NDArray[np.float64]:
    with picture.decoding():
        return np.asarray(picture.load().convert("RGB"), np.float64)
