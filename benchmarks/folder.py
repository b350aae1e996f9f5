"""Near copies in a folder of 2,000 pictures: what finds them, how many, and what that takes.

    python -m benchmarks.folder [--more]

Each finder is a process of its own with its defaults, as its documentation runs it, and remembers
nothing of earlier runs. The folder is that of `benchmarks.album`; smaller ones are parts of it.
`--more` also runs some with other settings, to look for turned pictures among them; it takes some
minutes more.
"""

import argparse
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .album import KINDS, album, kind_of, original_of, photographs
from .finders import Finder, Pairs, finders
from .pictures import cache
from .plots import Panel, panels
from .processes import Cost, run
from .report import table, write

SHARES = (0.25, 0.5)
"""Of the folder, that are deduplicated too, for the plot."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one finder found in a folder, and what that took.

    Attributes:
        copies: how many of each kind it puts together with their originals.
        false: pairs of different originals; of each it puts two pictures together.
    """

    cost: Cost
    copies: Counter[str]
    false: Pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--more", action="store_true")
    options = parser.parse_args()
    folder = album()
    names = sorted(path.name for path in folder.iterdir())
    measured: dict[Finder, Found] = {}
    times: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory(dir=cache()) as scratch:
        for finder in finders(more=options.more):
            measured[finder] = found = _find(finder, folder, Path(scratch))
            print(finder.name, found.cost, found.copies.total(), len(found.false), flush=True)
        for share in SHARES:
            some = _part(folder, names, share, Path(scratch))
            for finder in (one for one in measured if one.plotted):
                cost = _find(finder, some, Path(scratch)).cost
                times.setdefault(finder.name, []).append((len(os.listdir(some)), cost.seconds))
    for name, points in times.items():
        (whole,) = (found for finder, found in measured.items() if finder.name == name)
        points.append((len(names), whole.cost.seconds))
    title = "Near copies in a folder of pictures"
    panels("folder-time", [Panel(title, "pictures in the folder", "seconds", times)])
    write("folder", "Near copies in a folder", _report(names, measured))


def _find(finder: Finder, folder: Path, scratch: Path) -> Found:
    for path in folder.iterdir():
        path.read_bytes()  # so that none waits for the disk
    answer = scratch / "answer.json"
    cost = run(finder.command(folder, answer), answer, finder.statuses)
    copies: Counter[str] = Counter()
    false = set()
    for pair in finder.pairs(answer):
        one, other = sorted(pair, key=kind_of)
        originals = frozenset(map(original_of, pair))
        if len(originals) > 1:
            false.add(originals)
        elif not kind_of(one):
            copies[kind_of(other)] += 1
    return Found(cost, copies, false)


def _part(folder: Path, names: Sequence[str], share: float, scratch: Path) -> Path:
    """A folder with some of the pictures, the same ones every time."""
    part = scratch / f"part-{share}"
    part.mkdir()
    random = np.random.default_rng(3)
    for at in random.choice(len(names), round(share * len(names)), replace=False):
        os.link(folder / names[at], part / names[at])
    return part


def _report(names: Sequence[str], measured: Mapping[Finder, Found]) -> Iterator[str]:
    made = Counter(filter(None, map(kind_of, names)))
    different = len(names) - made.total()
    yield (
        f"One folder of {different:,} different pictures and {made.total()} altered copies of "
        "some, deduplicated by each in a process of its own, with its defaults unless options "
        "are named, and without a cache of its own. Copies are found if they are put together "
        "with their original. False pairs are those of different pictures that are put together, "
        f"of {different * (different - 1) // 2:,}: as pairs by a finder that reports pairs, as "
        "members of a group by one that makes groups, where one wrong link makes many of them. "
        "Memory is that of all its processes together at their peak. imagededup runs without the "
        "PyTorch that it asks for and its hashes don't use; importing it would come on top."
    )
    head = ["", "seconds", "CPU seconds", "memory, MB"]
    head += ["copies found", "missed", "false pairs", "of photographs"]
    real = photographs()
    yield table(head, [_row(*one, made.total(), real) for one in measured.items()])
    yield "Copies found, by what was done to them:"
    yield table(
        ["", "copies", *(finder.name for finder in measured)],
        [
            [kind, made[kind], *(found.copies[kind] for found in measured.values())]
            for kind in KINDS
        ],
    )
    yield "Seconds by the number of pictures:"
    yield "![Seconds over the number of pictures](folder-time.png)"
    yield "\n".join(f"- {finder.name}: {finder.how}" for finder in measured)


def _row(finder: Finder, found: Found, made: int, real: Set[str]) -> list[object]:
    cost, copies = found.cost, found.copies.total()
    measured = [cost.seconds, cost.cpu, cost.memory, copies, made - copies]
    return [finder.name, *measured, len(found.false), sum(pair <= real for pair in found.false)]


if __name__ == "__main__":
    main()
