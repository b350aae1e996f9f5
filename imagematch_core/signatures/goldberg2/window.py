"""A window: the part of a canvas that is looked at as if it were a picture."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from .canvas import Canvas

SMALLEST = 8
"""Pixels: a window has at least so many a side."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which pixels of a canvas a window consists of, the ends not included."""

    left: int
    top: int
    right: int
    bottom: int

    def of(self, canvas: NDArray[Any]) -> NDArray[Any]:
        """That part of a canvas, or of what is as large."""
        return canvas[self.top : self.bottom, self.left : self.right]

    def within(self, outer: "Window") -> "Window":
        """Return the same box, if it was told in the pixels of `outer`."""
        return Window(
            outer.left + self.left,
            outer.top + self.top,
            outer.left + self.right,
            outer.top + self.bottom,
        )

    def clipped(self, outer: "Window") -> "Window":
        """Return what of the box lies in `outer`; the box itself if more than a line does not."""
        box = Window(
            max(self.left, outer.left),
            max(self.top, outer.top),
            min(self.right, outer.right),
            min(self.bottom, outer.bottom),
        )
        beyond = (
            box.left - self.left,
            box.top - self.top,
            self.right - box.right,
            self.bottom - box.bottom,
        )
        return box if max(beyond) <= 1 else self

    @property
    def area(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)


def everything(canvas: Canvas) -> Window:
    """Return the whole canvas."""
    height, width = canvas.shape
    return Window(0, 0, width, height)
