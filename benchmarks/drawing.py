"""Draw docs/goldberg-2.png: from a picture to its entries, and how a crop is undone.

python -m benchmarks.drawing
"""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from imagematch_core.signatures.goldberg2.blocks import GRID, means, whole
from imagematch_core.signatures.goldberg2.canvas import Canvas, read
from imagematch_core.signatures.goldberg2.entries import LARGEST, NEIGHBOURS, entries
from imagematch_core.sources import open_picture

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "tests" / "pictures" / "MonaLisa_Wikipedia.jpg"
CENTRES = 0.15 + 0.07 * np.arange(1, GRID + 1)
BLOCK = 0.125
CUT = 16
"""Percent of the left side that the copy lost."""


def main() -> None:
    mpl.rcParams["font.size"] = 9
    with open_picture(PICTURE) as picture:
        canvas = read(picture)[0]
    figure = Figure(figsize=(12, 4), layout="constrained")
    axes = figure.subplots(1, 5)
    seen = whole(canvas)
    _show(axes[0], canvas, "1  the canvas, and its blocks")
    _blocks(axes[0], canvas.shape, CENTRES, BLOCK)
    _means(axes[1], seen, "2  81 means: the signature")
    _entries(axes[2], seen, "3  272 entries: neighbours\nagainst their surroundings")
    cropped = canvas[:, round(canvas.shape[1] * CUT / 100) :]
    _show(axes[3], cropped, f"4  a copy without {CUT} % on the\nleft: the blocks where they lay")
    left = CUT / 100
    _blocks(axes[3], cropped.shape, (CENTRES - left) / (1 - left), BLOCK / (1 - left))
    (undone,) = means(cropped, [((CUT, 0), (0, 0))])
    _means(axes[4], undone, "5  its means in this view:\nthe same again")
    figure.savefig(ROOT / "docs" / "goldberg-2.png", dpi=100)


def _show(axes: Axes, canvas: Canvas, title: str) -> None:
    axes.imshow(canvas, cmap="gray", vmin=0, vmax=255)
    axes.set_title(title)
    axes.axis("off")


def _blocks(axes: Axes, shape: tuple[int, ...], across: NDArray[Any], width: float) -> None:
    height, total = shape
    for i, down in enumerate(CENTRES):
        for j, centre in enumerate(across):
            # Blocks overlap: every other one is drawn as a block, each as a point.
            axes.plot(centre * total, down * height, ".", color="#ffca28", markersize=3)
            if i % 4 == 0 and j % 4 == 0:
                start = max(centre - width / 2, 0), down - BLOCK / 2
                axes.add_patch(
                    Rectangle(
                        (start[0] * total, start[1] * height),
                        width * total,
                        BLOCK * height,
                        fill=False,
                        color="#ffca28",
                    )
                )


def _means(axes: Axes, seen: NDArray[np.uint8], title: str) -> None:
    axes.imshow(seen.reshape(GRID, GRID), cmap="gray", vmin=0, vmax=255, aspect=1.4)
    axes.set_title(title)
    axes.axis("off")


def _entries(axes: Axes, seen: NDArray[np.uint8], title: str) -> None:
    found = entries(seen) / LARGEST
    lines = [
        [(first % GRID, first // GRID), (second % GRID, second // GRID)]
        for first, second in zip(*(pair.tolist() for pair in NEIGHBOURS), strict=True)
    ]
    drawn = LineCollection(lines, array=found, cmap="RdBu_r", clim=(-1, 1), linewidth=3)
    axes.add_collection(drawn)
    axes.set(xlim=(-0.5, GRID - 0.5), ylim=(GRID - 0.5, -0.5), aspect=1.4, title=title)
    axes.axis("off")


if __name__ == "__main__":
    main()
