"""The ground of a page, such as a screen or a post: pixels of the colours of which it has much."""

from typing import NamedTuple, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .canvas import Canvas

Lines = NDArray[np.bool_]

EVEN = 5
"""Grey levels by which the ground of a page may differ from its colour."""
_NEXT = 1
"""The same of a colour that stands alone."""
_STEEP, _FAR = 10, 10
"""It does if it has so many times the pixels of any other up to so many levels from it."""
_MUCH = 3
"""Percent of a page."""
_MOST, _NEARLY_ALL = 75, 95
"""Percent of the pixels that are somewhat like a colour, up to 15 levels, and have it."""
_MOST_LEVELS = 8
"""So many of the most frequent ones may be ground."""
_EXACTLY = np.zeros(256, np.intp)
_BARS = (5, 13)
"""Grey levels between a page and its bars, which often have nearly its colour."""


def ground(canvas: Canvas, flat: Lines) -> Lines:
    """Which pixels have a colour of which there is much.

    What is only like it is ground at flat parts, or if there is hardly anything of that elsewhere.
    Of a colour that stands alone, as that of bubbles in a chat, only the next levels are: else
    parts of a picture that are nearly as dark would be.
    """
    counts, even = _Counts.of(canvas, canvas.size), _Counts.of(canvas[flat], canvas.size)
    alone = even.alone
    near = np.where(alone, _NEXT, EVEN)
    colours = [colour_of_edge(canvas), *counts.mostly(_MOST), *_drawn(even)]
    colours += even.frequent(even.much & alone)
    anywhere = _levels(colours) | _levels(counts.mostly(_NEARLY_ALL), near)
    return _which(canvas, flat, anywhere, _levels(colours, near))


def around(canvas: Canvas, flat: Lines) -> Lines:
    """Which pixels have the colour of most of the edge."""
    colour = [colour_of_edge(canvas)]
    return _which(canvas, flat, _levels(colour), _levels(colour, np.full(256, EVEN)))


def colour_of_edge(canvas: Canvas) -> int:
    """Return the level that most pixels of the edge have."""
    edge = np.concatenate([canvas[0], canvas[-1], canvas[:, 0], canvas[:, -1]])
    return int(np.bincount(edge, minlength=256).argmax())


def _levels(colours: list[int], near: NDArray[np.intp] = _EXACTLY) -> Lines:
    """Mark each colour, and the levels up to so many from it."""
    found = np.zeros(256, np.bool_)
    for colour in colours:
        found[max(0, colour - near[colour]) : colour + near[colour] + 1] = True
    return found


def _which(canvas: Canvas, flat: Lines, anywhere: Lines, like: Lines) -> Lines:
    """Which pixels have one of some levels anywhere, or one of others at flat parts."""
    alike = like.take(canvas)
    return anywhere.take(canvas) | alike & _spread(alike & flat)


def _spread(lines: Lines) -> Lines:
    """Return the pixels and those next to them."""
    found = lines.copy()
    found[1:] |= lines[:-1]
    found[:-1] |= lines[1:]
    rows = found.copy()
    found[:, 1:] |= rows[:, :-1]
    found[:, :-1] |= rows[:, 1:]
    return found


class _Counts(NamedTuple):
    """How many pixels have each level, or one up to 2, or up to 15 from it: shape (256,).

    Attributes:
        size: of the page, in pixels.
    """

    size: int
    exact: NDArray[np.intp]
    tight: NDArray[np.intp]
    loose: NDArray[np.intp]

    @classmethod
    def of(cls, levels: NDArray[np.uint8], size: int) -> Self:
        exact = np.bincount(levels.ravel(), minlength=256)
        every = np.arange(256)
        sums = np.concatenate([[0], np.cumsum(exact)])
        tight, loose = (
            sums[np.minimum(256, every + near + 1)] - sums[np.maximum(0, every - near)]
            for near in (2, 15)
        )
        return cls(size, exact, tight, loose)

    @property
    def much(self) -> Lines:
        """Of which levels there is much."""
        return np.asarray(100 * self.tight >= _MUCH * self.size)

    def frequent(self, marked: Lines) -> list[int]:
        """Return those of the most frequent levels that are marked."""
        most = np.argsort(-self.exact, kind="stable")[:_MOST_LEVELS]
        return [int(level) for level in most if marked[level]]

    @property
    def alone(self) -> Lines:
        """Which levels stand alone: of others up to 10 from them there is hardly anything."""
        width = 2 * _NEXT + 1
        own = np.convolve(self.exact, np.ones(width, np.intp), "same")
        others = sliding_window_view(np.pad(own, _FAR), 2 * _FAR + 1)
        apart = np.abs(np.arange(-_FAR, _FAR + 1)) >= width
        return np.asarray(own >= _STEEP * others[:, apart].max(axis=1))

    def mostly(self, share: int) -> list[int]:
        """Return the levels of which there is much, so many percent of what is like them."""
        return self.frequent(self.much & (100 * self.tight >= share * self.loose))


def _drawn(flat: _Counts) -> list[int]:
    """Return the levels of flat parts that have exactly one, whatever else is like it elsewhere."""
    drawn = flat.much & (10 * flat.exact >= 6 * flat.tight)
    every = np.arange(256)
    found = []
    for level in flat.frequent(drawn):
        tight, loose = flat.tight[level], flat.loose[level]
        apart = np.abs(every - level)
        bars = drawn & (apart >= _BARS[0]) & (apart <= _BARS[1])
        both = tight + flat.tight[bars].max(initial=0)
        if 4 * tight >= 3 * loose or 10 * both >= 9 * loose:
            found.append(level)
    return found


def is_flat(canvas: Canvas) -> Lines:
    """Which pixels are as bright as the next ones at the right and below."""
    levels = canvas.astype(np.int16)
    across = np.abs(np.diff(levels, axis=1, append=levels[:, -1:])) <= 1
    down = np.abs(np.diff(levels, axis=0, append=levels[-1:])) <= 1
    return np.asarray(across & down)
