"""What finds the near copies in a folder: imagematch, and what people use besides.

    python -m benchmarks.finders NAME FOLDER

runs one that is a library, as its own documentation does it, and prints the pairs it finds as
JSON. It is a command so that time and memory are those of a process that does nothing else.
"""

import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from itertools import combinations
from pathlib import Path

Pairs = set[frozenset[str]]
"""Of names of files."""

CZKAWKA_BITS = 5
"""Of 64, by which czkawka's hashes of one group differ at most: its program's number."""
IMAGE_MATCH = "image-match"


class Finder(ABC):
    """Finds near copies in a folder.

    Attributes:
        name: in tables.
        how: the command or the call, for people.
        plotted: whether its time is drawn over the size of folders.
        statuses: with which it may exit.
    """

    name: str
    how: str
    plotted: bool
    statuses: Collection[int] = (0,)

    @abstractmethod
    def command(self, folder: Path, answer: Path) -> list[str]:
        """What runs it. Its standard output, or what it writes itself, is `answer`."""

    @abstractmethod
    def pairs(self, answer: Path) -> Pairs:
        """What it says is near: all pairs of a group, where it makes groups."""


class ImageMatch(Finder):
    """`imagematch dedupe`, which makes groups."""

    statuses = (0, 1)  # 1: some are flat, each is named

    def __init__(self, *options: str) -> None:
        self.name = " ".join(["imagematch", *options])
        self.how = " ".join(["`imagematch dedupe FOLDER", *options]) + "`"
        self.plotted = not options
        self._options = options

    def command(self, folder: Path, answer: Path) -> list[str]:  # noqa: ARG002
        command = [str(Path(sys.executable).with_name("imagematch")), "dedupe", str(folder)]
        return [*command, "--no-cache", "--json", *self._options]

    def pairs(self, answer: Path) -> Pairs:
        groups = json.loads(answer.read_text(encoding="utf-8"))["groups"]
        return _within([one["path"] for one in group["pictures"]] for group in groups)


class Library(Finder):
    """A library, run by this module."""

    def __init__(self, name: str, how: str) -> None:
        self.name = name
        self.how = how
        self.plotted = name != IMAGE_MATCH  # takes as long as all others together

    def command(self, folder: Path, answer: Path) -> list[str]:  # noqa: ARG002
        return [sys.executable, "-m", "benchmarks.finders", self.name, str(folder)]

    def pairs(self, answer: Path) -> Pairs:
        return {frozenset(pair) for pair in json.loads(answer.read_text(encoding="utf-8"))}


def _within(groups: Iterator[list[str]]) -> Pairs:
    return {
        frozenset(Path(path).name for path in pair)
        for group in groups
        for pair in combinations(group, 2)
    }


def _czkawka(folder: Path) -> Iterator[tuple[str, str]]:
    for group in czkawka_groups(folder):
        yield from combinations((path.name for path in group), 2)


def czkawka_groups(folder: Path) -> list[list[Path]]:
    """The groups that czkawka's library finds, as its program sets it."""
    import czkawka

    finder = czkawka.ImageSimilarity()
    finder.set_directories([folder])
    finder.set_similarity(CZKAWKA_BITS)
    groups: list[list[Path]] = finder.find_similar()
    return groups


def _imagehash(folder: Path) -> Iterator[tuple[str, str]]:
    import imagehash
    from PIL import Image

    hashes = {}
    for path in sorted(folder.iterdir()):
        with Image.open(path) as image:
            hashes[path.name] = imagehash.phash(image)
    for (one, first), (other, second) in combinations(hashes.items(), 2):
        if first - second <= 10:
            yield one, other


def _imagededup(folder: Path) -> Iterator[tuple[str, str]]:
    from .rivals import imagededup_hashing

    found = imagededup_hashing().PHash(verbose=False).find_duplicates(image_dir=str(folder))
    for name, copies in found.items():
        yield from ((name, copy) for copy in copies)


def _image_match(folder: Path) -> Iterator[tuple[str, str]]:
    from .rivals import ImageMatch as Signer

    signer = Signer()
    paths = sorted(folder.iterdir())
    features = [signer.sign(path.read_bytes()) for path in paths]
    for at, feature in enumerate(features[:-1]):
        near = signer.distances(feature, features[at + 1 :]) < 0.45
        yield from ((paths[at].name, paths[at + 1 + other].name) for other in near.nonzero()[0])


_LIBRARIES: dict[str, tuple[str, Callable[[Path], Iterator[tuple[str, str]]]]] = {
    "czkawka's library": (f"`ImageSimilarity().find_similar()`, {CZKAWKA_BITS} bits", _czkawka),
    "imagededup PHash": ("`PHash().find_duplicates(image_dir=FOLDER)`, 10 bits", _imagededup),
    "ImageHash phash": ("`imagehash.phash(Image.open(path))`, every pair, 10 bits", _imagehash),
    IMAGE_MATCH: ("`generate_signature`, every pair nearer than 0.45", _image_match),
}


def finders(*, more: bool) -> Iterator[Finder]:
    """All of them as they are by default; `more` adds settings."""
    yield ImageMatch()
    if more:
        yield ImageMatch("--cutoff", "0.34")
        yield ImageMatch("--all-orientations")
    for name, (how, _) in _LIBRARIES.items():
        yield Library(name, how)


def main(name: str, folder: str) -> None:
    _, find = _LIBRARIES[name]
    json.dump([*find(Path(folder))], sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
