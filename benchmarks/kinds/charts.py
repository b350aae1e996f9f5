"""Charts as notebooks and spreadsheets draw them."""

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager, style
from matplotlib.figure import Figure
from PIL import Image

from .drawn import drawn
from .halves import Half
from .series import Kind, Random

Plot = Callable[[Any, Random, Half], None]


def kinds(half: Half, count: int) -> Iterator[Kind]:
    """All of them, with series of so many pictures."""
    for name, plot in (
        ("line charts", _line),
        ("bar charts", _bar),
        ("scatter charts", _scatter),
        ("pie charts", _pie),
    ):
        yield from drawn(name, half, count, partial(_charts, plot=plot))


def _charts(half: Half, count: int, *, plot: Plot) -> list[Image.Image]:
    """Charts of one sort; what they show and its names differ."""
    path = half.font_path("sans")
    font_manager.fontManager.addfont(path)
    family = font_manager.FontProperties(fname=path).get_name()
    look = "default" if half.seed % 2 else "ggplot"
    pictures = []
    for number in range(count):
        random = half.random(400, number)
        with style.context(look), mpl.rc_context({"font.family": family}):
            figure = Figure(figsize=(6.4, 4.8))
            axes = figure.subplots()
            plot(axes, random, half)
            axes.set_title(half.say(random, 3).capitalize())
            file = io.BytesIO()
            figure.savefig(file, format="png", dpi=110)
        pictures.append(Image.open(file).convert("RGB"))
    return pictures


def _line(axes: Any, random: Random, half: Half) -> None:
    for _ in range(int(random.integers(1, 4))):
        axes.plot(np.cumsum(random.normal(size=200)), label=half.say(random, 1))
    axes.legend()
    axes.set_xlabel(half.say(random, 1))
    axes.set_ylabel(half.say(random, 1))


def _bar(axes: Any, random: Random, half: Half) -> None:
    count = int(random.integers(5, 10))
    names = [half.say(random, 1)[:7] for _ in range(count)]
    axes.bar(range(count), random.uniform(5, 100, count))
    axes.set_xticks(range(count), names)
    axes.set_ylabel(half.say(random, 1))


def _scatter(axes: Any, random: Random, half: Half) -> None:
    slope = float(random.uniform(-1.5, 1.5))
    for _ in range(int(random.integers(1, 3))):
        x = random.normal(size=120)
        axes.scatter(x, slope * x + random.normal(size=120), s=14)
    axes.set_xlabel(half.say(random, 1))
    axes.set_ylabel(half.say(random, 1))


def _pie(axes: Any, random: Random, half: Half) -> None:
    shares = random.dirichlet(np.ones(int(random.integers(3, 8))) * 2)
    axes.pie(shares, labels=[half.say(random, 1) for _ in shares], autopct="%1.0f%%")
