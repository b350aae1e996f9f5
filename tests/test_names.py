"""One meaning a word: no public name is defined twice in the core."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.documents import ROOT

CORE = ROOT / "imagematch_core"

ALGORITHMS = ("signatures.goldberg1", "signatures.goldberg2")
"""Two implementations of one interface: each may have its own `means`, `entries`, `distances`."""

INTERFACE = {"Canvas": "signatures.algorithm"}
"""What all algorithms have in common under the name that they use for it too."""


def test_no_public_name_has_two_meanings() -> None:
    twice = {name: places for name, places in definitions(CORE).items() if ambiguous(name, places)}
    assert twice == {}


def test_a_name_that_is_defined_twice_is_noticed(tmp_path: Path) -> None:
    for place, text in {
        "a.py": "def find(): ...\nLIMIT = 1\n_private = 1",
        "b.py": "class find: ...\nLIMIT: int = 2\n_private = 2",
        "c.py": "from typing import TypeVar\nT = TypeVar('T')\nfrom .a import find",
        "d.py": "from typing import TypeVar\nT = TypeVar('T')\nclass Other:\n    LIMIT = 3",
    }.items():
        (tmp_path / place).write_text(text)
    found = definitions(tmp_path)
    assert {name for name, places in found.items() if ambiguous(name, places)} == {"find", "LIMIT"}
    assert ambiguous("means", ["signatures.goldberg1.grid", "signatures.goldberg1.levels"])
    assert not ambiguous("means", ["signatures.goldberg1.grid", "signatures.goldberg2.blocks"])


def ambiguous(name: str, places: list[str]) -> bool:
    others = [place for place in places if place != INTERFACE.get(name)]
    owners = [
        next((one for one in ALGORITHMS if place.startswith(f"{one}.")), None) for place in others
    ]
    return len(others) > 1 and (None in owners or len(owners) != len(set(owners)))


def definitions(package: Path) -> Mapping[str, list[str]]:
    """Return the modules that define each public name: functions, classes, constants."""
    found = defaultdict(list)
    for file in sorted(package.rglob("*.py")):
        module = ".".join(file.relative_to(package).with_suffix("").parts)
        for name in dict.fromkeys(_defined(ast.parse(file.read_text("utf-8")))):
            if not name.startswith("_"):
                found[name].append(module)
    return found


def _defined(module: ast.Module) -> Iterator[str]:
    for node in module.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar"))):
                pass  # stands for any type
            case ast.Assign():
                yield from (one.id for one in node.targets if isinstance(one, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
