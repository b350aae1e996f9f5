"""Kinds of pictures that goldberg-2 was not tuned to: in frames, turned, cut out, drawn, and more.

    python -m benchmarks.kinds

reports how each is found. `every` makes them, for one half; `Series.originals` and
`Series.copies` are files that belong together by their place, all of different pictures.
"""

from collections.abc import Iterator

from . import charts, cutouts, documents, frames, interfaces, marks, mixed, overlays, screens, turns
from .halves import HALVES, Half
from .series import Kind, Series

__all__ = ["HALVES", "Half", "Kind", "Series", "every"]


def every(half: Half, count: int = 40) -> Iterator[Kind]:
    """All kinds, most with some `count` pictures; which those are depends on nothing else."""
    modules = (frames, screens, overlays, turns, marks, documents, interfaces, charts)
    kinds = [kind for module in modules for kind in module.kinds(half, count)]
    yield from kinds
    yield from cutouts.kinds(half, count)
    yield from mixed.kinds(half, count, kinds)
