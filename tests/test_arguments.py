"""Wrong arguments are one error, which is a `ValueError`, wherever they are given."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import imagematch_core as imagematch
from imagematch_core import ArgumentError
from tests.drawings import drawing, saved

WRONG: dict[str, list[dict[str, Any]]] = {
    "search": [
        *({"limit": limit} for limit in ("5", 1.5, -1)),
        *({"cutoff": cutoff} for cutoff in ("x", 1.1, float("nan"))),
        *({"candidates": candidates} for candidates in (0, 10_001, "all")),
        {"thorough": 3},
        {"source": None},
        {"id": "a"},
    ],
    "search_many": [{"limit": 1.5}, {"cutoff": -1}, {"candidates": 1.5}, {"sources": "a.jpg"}],
    "duplicates": [{"cutoff": "x"}, {"candidates": 0}],
    "add_many": [{"sources": "a.jpg"}, {"workers": 0}, {"workers": "two"}],
    "delete": [{}, {"ids": 5}, {"ids": "a", "where": {"b": 1}}],
    "update": [{"id": "a", "metadata": None}],
    "open": [{"timeout": 0}, {"timeout": "5"}],
    "compare": [{"thorough": 3}],
    "explain": [{"thorough": "1"}],
    "dedupe": [
        *({"files": files} for files in ("a.jpg", Path("a.jpg"), 5)),
        *({"cutoff": cutoff} for cutoff in ("x", 2)),
        *({"candidates": candidates} for candidates in (0, "5")),
        {"workers": 0},
        {"thorough": -1},
        {"keep_in": "photos"},
    ],
}
RIGHT: dict[str, dict[str, Any]] = {
    "search": {"source": drawing(1)},
    "search_many": {"sources": [drawing(1)]},
    "add_many": {"sources": [drawing(2)]},
    "open": {"target": "memory://"},
    "compare": {"a": drawing(1), "b": drawing(1)},
    "explain": {"a": drawing(1), "b": drawing(1)},
    "dedupe": {"files": []},
}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        pytest.param(name, wrong, id=f"{name} {number}")
        for name, cases in WRONG.items()
        for number, wrong in enumerate(cases)
    ],
)
def test_wrong_arguments(name: str, wrong: dict[str, Any]) -> None:
    with imagematch.open("memory://") as index:
        index.add(drawing(1), id="a", metadata={"b": 1})
        call = getattr(index, name, None) or getattr(imagematch, name)
        with pytest.raises(ArgumentError) as caught:
            call(**{**RIGHT.get(name, {}), **wrong})
        assert isinstance(caught.value, ValueError)
        assert [entry.metadata for entry in index.entries()] == [{"b": 1}]


def test_numbers_of_numpy_are_numbers() -> None:
    with imagematch.open("memory://") as index:
        index.add(drawing(1))
        (hit,) = index.search(drawing(1), limit=int(np.int64(3)), cutoff=float(np.float32(0.25)))
        many: Any = {"limit": np.int64(3), "cutoff": np.float32(0.25), "candidates": np.uint8(9)}
        assert list(index.search(drawing(1), **many)) == [hit]


def test_paths_are_strings_or_paths_everywhere(tmp_path: Path) -> None:
    for seed in (1, 2):
        saved(tmp_path / "photos", f"{seed}.png", drawing(seed))
    copy = saved(tmp_path / "photos", "copy.png", drawing(1))
    for kind in (str, Path):
        folder = kind(tmp_path / "photos")
        found = imagematch.dedupe(
            map(kind, imagematch.walk([folder])),
            cache=kind(tmp_path / "cache" / "signatures.db"),
            keep_in=[folder],
            linkages=True,
            workers=1,
        )
        assert len(found.groups) == 1
        imagematch.write_report(found, kind(tmp_path / "report.html"))
        why = imagematch.explain(kind(copy), kind(tmp_path / "photos" / "2.png"))
        imagematch.write_explanation(why, kind(tmp_path / "why.png"))
        with imagematch.open("memory://") as index:
            assert index.add(kind(copy)) == imagematch.id_of(kind(copy))
            hits = index.search(kind(copy))
            imagematch.write_search_report(
                hits, kind(tmp_path / "hits.html"), query=kind(copy), index=index
            )
    assert (tmp_path / "report.html").read_text().count("copy.png")
    assert (tmp_path / "hits.html").read_text().count("copy.png")
    assert (tmp_path / "why.png").stat().st_size


def test_a_report_needs_the_groups_at_other_cutoffs(tmp_path: Path) -> None:
    with imagematch.open("memory://") as index, pytest.raises(ArgumentError, match="linkages=True"):
        imagematch.write_report(index.duplicates(), tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()
