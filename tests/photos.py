"""A folder of pictures that are alike to different degrees."""

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from tests.drawings import drawing, saved

HOSTILE = [
    b"<img src=x onerror=alert(1)>.png",
    b"a\"b'c&amp;.png",
    b"new\nline.png",
    "🎨 \u202egnp.png".encode(),
    b"caf\xe9.png",
    b"{{ 7 * 7 }}.png",
    b"<!--<script>.png",
    b"%3Cb%3E?#.png",
]


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures that are alike to different degrees, exact copies, and names that do harm."""
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(2):
        one, other = (drawing(number, (240, 180)) for number in (seed, seed + 100))
        saved(folder, f"{seed}/0.png", one)
        for percent in (10, 25, 35, 45, 50):
            blended = Image.blend(one, other, percent / 100).resize((200, 150))
            saved(folder, f"{seed}/{percent}.png", blended)
        saved(folder, f"{seed}/small.jpg", one.resize((120, 90)))
    shutil.copy(folder / "0" / "0.png", folder / "0" / "again.png")
    shutil.copy(folder / "0" / "0.png", folder / "0" / "once more.png")
    mirrored = ImageOps.mirror(drawing(7, (240, 180)))
    saved(folder, "turned/7.png", drawing(7, (240, 180)))
    saved(folder, "turned/7 mirrored.png", mirrored.resize((200, 150)))
    hostile = folder / "<"
    hostile.mkdir()
    source = saved(folder, "<source.png", drawing(9, (160, 120)))
    shutil.copy(source, hostile / "script><script>alert(2)<.png")
    for name in HOSTILE:
        shutil.copy(source, hostile / os.fsdecode(name))
    return folder
