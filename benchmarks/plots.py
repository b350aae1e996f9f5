"""Plots of recall and of time, as PNG and SVG beside the tables."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Protocol

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from .alterations import Alteration
from .report import RESULTS

mpl.rcParams["svg.hashsalt"] = "imagematch"  # the same plot, the same bytes
mpl.rcParams["font.size"] = 9
_WIDE = 50
"""How much larger the end of an axis is than its beginning, from which on powers of ten do."""
_STYLES = ("-", "--", "-.", ":")
"""In turn, so that a line can be seen where another one covers it."""


class Measured(Protocol):
    """Recall of one method; see benchmarks.judge."""

    def cutoff(self, rate: float) -> float: ...

    def recall(self, alterations: dict[str, Alteration], cutoff: float) -> float: ...

    def recall_of(self, alteration: str, cutoff: float) -> float: ...


def curves(
    measured: Mapping[str, Measured],
    names: Sequence[str],
    upright: dict[str, Alteration],
    crops: dict[str, Alteration],
) -> None:
    """Mean recall over the false rate: upright alterations on the left, crops on the right."""
    figure = Figure(figsize=(11, 5), layout="constrained")
    rates = np.logspace(-5, -2, 13)
    for axes, title, some in zip(
        figure.subplots(1, 2, sharey=True),
        (f"{len(upright)} upright alterations", f"{len(crops)} crops"),
        (upright, crops),
        strict=True,
    ):
        for name in names:
            recall = [measured[name].recall(some, measured[name].cutoff(rate)) for rate in rates]
            axes.plot(rates, recall, label=name, **_look(name, names))
        axes.set(xscale="log", xlabel="false rate", title=title, ylim=(0, 1.01))
        axes.grid(alpha=0.3)
        axes.set_ylabel("mean recall")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right center")
    _save(figure, "recall-curves")


def heat(
    measured: Mapping[str, Measured],
    names: Sequence[str],
    alterations: Collection[str],
    cutoffs: Mapping[str, float],
) -> None:
    """Recall of each alteration by each method at its cutoff."""
    shares = np.array(
        [[measured[name].recall_of(one, cutoffs[name]) for name in names] for one in alterations]
    )
    figure = Figure(figsize=(9, 0.24 * len(alterations) + 1.8), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="RdYlGn", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(names)), names, rotation=35, ha="left")
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(alterations)), alterations)
    for (row, column), share in np.ndenumerate(shares):
        colour = "black" if 0.2 < share < 0.85 else "white"
        axes.text(column, row, f"{share:.2f}", ha="center", va="center", fontsize=7, color=colour)
    _save(figure, "recall-alterations")


@dataclass(frozen=True, slots=True)
class Panel:
    """One part of a plot.

    Attributes:
        title: above it.
        x, y: what the axes show.
        lines: the points of each line, by its label.
        log: whether both axes are logarithmic; else both begin at 0.
        top: where the y axis ends; None leaves it to the points.
    """

    title: str
    x: str
    y: str
    lines: Mapping[str, Sequence[tuple[float, float]]]
    log: bool = False
    top: float | None = None


def panels(name: str, parts: Sequence[Panel]) -> None:
    """Draw parts, two in a row; where the lines are the same ones, they share the legend."""
    columns = min(2, len(parts))
    rows = -(-len(parts) // columns)
    figure = Figure(figsize=(4.4 * columns + 2, 3.6 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, part in zip(grid, parts, strict=True):
        for style, (label, points) in zip(cycle(_STYLES), part.lines.items()):
            x, y = zip(*sorted(points), strict=True)
            width = 2.2 if label.startswith("imagematch") else 1.4
            axes.plot(x, y, style, label=label, linewidth=width, marker="o", markersize=3.5)
        axes.set(title=part.title, xlabel=part.x, ylabel=part.y)
        if part.log:
            axes.set(xscale="log", yscale="log")
            for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
                axis.set_major_locator(LogLocator(subs=(1,) if high > _WIDE * low else (1, 2, 5)))
                axis.set_minor_locator(NullLocator())
                axis.set_major_formatter(_number)
        else:
            axes.set(xlim=0, ylim=(0, part.top))
            axes.xaxis.set_major_locator(MaxNLocator(5))
            axes.xaxis.set_major_formatter(_number)
        axes.grid(alpha=0.3)
    if all(part.lines.keys() == parts[0].lines.keys() for part in parts):
        figure.legend(*grid[0].get_legend_handles_labels(), loc="outside right center")
    else:
        for axes in grid:
            axes.legend()
    _save(figure, name)


def _number(number: float, _: int) -> str:
    return f"{number:,.0f}" if number >= 1 else f"{number:g}"


def _look(name: str, names: Sequence[str]) -> dict[str, Any]:
    """Ours thick in shades of one colour, image-match black, each of the others in its own."""
    ours = [one for one in names if one.startswith("goldberg")]
    if name in ours:
        shade = (ours.index(name) + 2) / (len(ours) + 1)
        return {"color": mpl.colormaps["Blues"](shade), "linewidth": 2.4}
    if name == "image-match":
        return {"color": "black", "linewidth": 1.4, "linestyle": "--"}
    colour = mpl.colormaps["Set2"](names.index(name) % 8)
    return {"color": colour, "linewidth": 1.4, "linestyle": _STYLES[names.index(name) % 4]}


def _save(figure: Figure, name: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    figure.savefig(RESULTS / f"{name}.png", dpi=110)
    figure.savefig(RESULTS / f"{name}.svg", metadata={"Date": None})
