"""Thumbnails: of every kind of picture, as it is meant to be seen, within the limits."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imagematch_core import Limits, PictureTooLarge
from imagematch_core.report.thumbnails import thumbnail, thumbnails
from imagematch_core.sources import open_picture
from tests.samples import FORMATS, encoded, photo


def seen(data: bytes) -> Image.Image:
    with open_picture(data) as picture, Image.open(BytesIO(thumbnail(picture, 40))) as image:
        return image.convert("RGB")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_and_mode_looks_like_itself(name: str) -> None:
    small = seen(FORMATS[name])
    assert small.size == photo().size
    grey = [np.asarray(one.convert("L"), np.float64) for one in (small, photo())]
    assert np.corrcoef(grey[0].ravel(), grey[1].ravel())[0, 1] > 0.6


def test_turned_as_its_exif_says() -> None:
    exif = Image.Exif()
    exif[0x112] = 6
    assert seen(encoded("JPEG", exif=exif.tobytes())).size == photo().size[::-1]


def test_white_behind_what_is_transparent() -> None:
    buffer = BytesIO()
    Image.new("RGBA", (40, 30)).save(buffer, "PNG")
    assert seen(buffer.getvalue()).getextrema() == ((255, 255),) * 3


def test_over_a_limit(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(encoded("PNG"))
    (found,) = thumbnails([str(tmp_path / "p.png")], 40, Limits(max_pixels=100))
    assert isinstance(found, PictureTooLarge)
