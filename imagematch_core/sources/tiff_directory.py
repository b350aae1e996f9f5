"""The directory of a TIFF file, read before a decoder makes long lists of it."""

import struct
from contextlib import suppress
from typing import BinaryIO, NamedTuple

_BIG = 43
_STRIP_OFFSETS, _TILE_OFFSETS = 273, 324
_MOST_PAGES = 65_536
_DAMAGE = (struct.error, OSError, OverflowError, ValueError)


class _Layout(NamedTuple):
    """How numbers lie in a file: where the first page is; in it the number of entries, each of
    them, and where the page after it is."""

    first: str
    number: str
    entry: str
    after: str


def count_strips(file: BinaryIO) -> int:
    """Return the number of strips or tiles of the first page; 0 where the file is damaged."""
    with suppress(*_DAMAGE):  # what is wrong with it, its decoder says
        layout, offset = _opened(file)
        file.seek(offset)
        (entries,) = _read(file, layout.number)
        for _ in range(min(entries, 1 << 16)):
            tag, _, count = _read(file, layout.entry)
            if tag in (_STRIP_OFFSETS, _TILE_OFFSETS):
                return count
    return 0


def count_pages(file: BinaryIO) -> int:
    """Return the number of pages up to the first that is damaged; beyond 65,536 none is counted."""
    seen: set[int] = set()
    with suppress(*_DAMAGE):
        layout, offset = _opened(file)
        while offset and offset not in seen and len(seen) < _MOST_PAGES:
            file.seek(offset)
            (entries,) = _read(file, layout.number)
            file.seek(entries * struct.calcsize(layout.entry), 1)
            (after,) = _read(file, layout.after)
            seen.add(offset)
            offset = after
    return max(1, len(seen))


def _opened(file: BinaryIO) -> tuple[_Layout, int]:
    file.seek(0)
    header = file.read(16)
    order = "<" if header.startswith(b"I") else ">"
    parts = ("8xQ", "Q", "HHQ8x", "Q") if _BIG in header[2:4] else ("4xI", "H", "HHI4x", "I")
    layout = _Layout(*(order + part for part in parts))
    return layout, struct.unpack_from(layout.first, header)[0]


def _read(file: BinaryIO, layout: str) -> tuple[int, ...]:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))
