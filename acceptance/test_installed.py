"""What a user meets who installs the wheels: every database, the same answers."""

from itertools import pairwise
from pathlib import Path

import pytest
from conftest import Run

import imagematch_core as imagematch

INDEX = ("--index", "acceptance")
COPY = "acceptance-copy"


def test_the_wheels_bring_their_drivers(installed: Run) -> None:
    listed = installed("drivers")
    for scheme in ("elasticsearch", "memory", "mongodb", "postgresql", "sqlite"):
        assert scheme in listed


@pytest.fixture(scope="module")
def filled(installed: Run, urls: dict[str, str], pictures: tuple[Path, Path]) -> dict[str, str]:
    """The databases, each with an index of the pictures."""
    for url in urls.values():
        assert "9 added" in installed("add", str(pictures[0]), "--url", url, *INDEX)
    return urls


def test_a_search_prints_the_same_lines_on_every_database(
    installed: Run, filled: dict[str, str], pictures: tuple[Path, Path]
) -> None:
    for query in sorted(pictures[1].iterdir())[::3]:
        printed = {
            name: installed("search", str(query), "--all-orientations", "--url", url, *INDEX)
            for name, url in filled.items()
        }
        assert len(set(printed.values())) == 1, printed
        assert query.stem.split()[0] in printed["sqlite"]


def test_adding_again_changes_nothing(
    installed: Run, filled: dict[str, str], pictures: tuple[Path, Path]
) -> None:
    for url in filled.values():
        assert "9 unchanged" in installed("add", str(pictures[0]), "--url", url, *INDEX)


def test_a_copy_goes_around_all_databases_and_comes_back_the_same(
    installed: Run, filled: dict[str, str], pictures: tuple[Path, Path], tmp_path: Path
) -> None:
    start = filled["sqlite"]
    ring = [start, *(url for url in filled.values() if url != start), f"sqlite:///{tmp_path}/b.db"]
    names = ["acceptance", *[COPY] * (len(ring) - 1)]
    for (source, target), (name, copy) in zip(pairwise(ring), pairwise(names), strict=True):
        copied = installed("copy", source, target, "--index", name, "--to-index", copy)
        assert "9 copied" in copied
        again = installed("copy", source, target, "--index", name, "--to-index", copy)
        assert "9 unchanged" in again
    with (
        imagematch.open(start, index="acceptance") as first,
        imagematch.open(ring[-1], index=COPY) as last,
        imagematch.open("memory://", index=COPY, algorithm=first.info.algorithm) as middle,
    ):
        last.copy_to(middle)
        for query in pictures[1].iterdir():
            hits = first.search(query, all_orientations=True)
            assert list(last.search(query, all_orientations=True)) == list(hits)
            assert list(middle.search(query, all_orientations=True)) == list(hits)
        assert list(middle.entries()) == list(last.entries()) == list(first.entries())
