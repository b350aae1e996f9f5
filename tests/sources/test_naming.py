"""Errors name what was given, without secrets, and can be printed anywhere."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imagematch_core.sources import open_picture
from imagematch_core.sources.source import name_of
from tests.samples import encoded


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("photos/ä 🦆.png", "photos/ä 🦆.png"),
        ("", "''"),
        (Path("a.png"), "a.png"),
        (os.fsdecode(b"caf\xe9.png"), r"caf\udce9.png"),
        ("a\u2028b\u200f\u061c.png", r"a\u2028b\u200f\u061c.png"),
        ("\ud800\x1b[2J\n\u202egpj.exe", r"\ud800\x1b[2J\n\u202egpj.exe"),
        ("http://example.com/@me/a.jpg?b=c:d@e", "http://example.com/@me/a.jpg?b=c:d@e"),
        ("http://[::1]:80/@", "http://[::1]:80/@"),
        ("HTTPS://me:se%40cret@example.com/a", "HTTPS://***@example.com/a"),
        ("http://me:se/cret@example.com/a", "http://***@example.com/a"),
        ("http://token@example.com", "http://***@example.com"),
        (" ftp://me:secret@example.com/a", " ftp://***@example.com/a"),
        (b"123", "<bytes, 3 bytes>"),
        (bytearray(4), "<bytearray, 4 bytes>"),
        (memoryview(b"12345678").cast("I"), "<memoryview, 8 bytes>"),
        (np.zeros((4, 5, 3), np.uint8), "<array (4, 5, 3) uint8>"),
        (Image.new("CMYK", (6, 4)), "<Pillow image 6x4 CMYK>"),
        (io.BytesIO(), "<BytesIO>"),
        (3, "<int>"),
    ],
)
def test_names_of_sources(source: Any, name: str) -> None:
    assert name_of(source) == name


@given(st.text(st.characters()) | st.binary().map(os.fsdecode))
def test_every_name_can_be_printed(name: str) -> None:
    name_of(name).encode()
    assert "\x1b" not in name_of(name)


def test_a_file_whose_name_is_not_utf_8(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png")
    Path(name).write_bytes(encoded("PNG"))
    with open_picture(name) as picture:
        assert picture.source.endswith(r"caf\udce9.png")
    with Path(name).open("rb") as file:
        assert name_of(file).endswith(r"caf\udce9.png>")
