"""What is public is in `__all__`, in the reference, and the only thing that examples import."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FunctionType

import pytest

import imagematch_core as imagematch
import imagematch_core.errors
from tests.documents import ROOT, blocks

PUBLIC = (
    "imagematch_core",
    "imagematch_core.aio",
    "imagematch_core.compat",
    "imagematch_core.protocol",
)
"""The packages that people import."""

REFERENCE = "\n".join(page.read_text("utf-8") for page in (ROOT / "docs/api").glob("*.md"))
DOCUMENTED = re.findall(r"^::: (\S+)$", REFERENCE, re.MULTILINE)

EXAMPLES = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("drivers/*/README.md"),
    *ROOT.glob("examples/**/*.md"),
    *ROOT.glob("examples/**/*.py"),
]


@pytest.mark.parametrize("package", PUBLIC)
def test_all_that_is_public_is_there_and_in_the_reference_once(package: str) -> None:
    module = import_module(package)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    names = {name for path in DOCUMENTED for name in [path.removeprefix(f"{package}.")]}
    documented = [name for name in names if f"{package}.{name}" in DOCUMENTED and "." not in name]
    assert sorted(documented) == sorted(module.__all__)


def test_the_reference_names_nothing_else_and_nothing_twice() -> None:
    assert len(DOCUMENTED) == len(set(DOCUMENTED))
    packages = {path.rpartition(".")[0] for path in DOCUMENTED}
    assert {name for name in packages if name.startswith("imagematch_core")} == set(PUBLIC)


def test_every_error_is_public() -> None:
    errors = {
        name
        for name, error in vars(imagematch_core.errors).items()
        if isinstance(error, type) and issubclass(error, imagematch.ImageMatchError)
    }
    assert errors <= set(imagematch.__all__)


@pytest.mark.parametrize("name", imagematch.__all__)
def test_what_is_public_says_what_it_is(name: str) -> None:
    thing = getattr(imagematch, name)
    if isinstance(thing, type | FunctionType):
        assert thing.__doc__


@pytest.mark.parametrize("page", EXAMPLES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_import_public_names_only(page: Path) -> None:
    private = [
        f"line {line}: {name}"
        for line, name in imported(page)
        if name.split(".")[0] == "imagematch_core" and not public(name)
    ]
    assert private == []


def test_an_example_that_imports_something_private_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```python\n"
        "import imagematch_core as im\n"
        "from imagematch_core.store import Store\n"
        "from imagematch_core import nothing\n"
        "im.open, im.store\n"
        "```\n"
    )
    assert [name for _, name in imported(page) if not public(name)] == [
        "imagematch_core.store.Store",
        "imagematch_core.nothing",
        "imagematch_core.store",
    ]


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = [
        "click",
        "jinja2",
        "rich",
        "fsspec",
        "httpcore",
        "loky",
        "sqlite3",
        "ssl",
        "PIL.ImageFont",
    ]
    program = (
        "import sys, imagematch_core\n"
        f"print(*(set({heavy}) & set(sys.modules)))\n"
        "print(*(name for name in sys.modules if name.startswith('imagematch_core.drivers.')))\n"
        "assert set(imagematch_core.__all__) <= set(dir(imagematch_core))\n"
        "from imagematch_core import *\n"
        "assert callable(dedupe) and callable(explain)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["", "imagematch_core.drivers.registry"]


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = imagematch.nothing


def public(name: str) -> bool:
    package, _, attribute = name.rpartition(".")
    return name in PUBLIC or (package in PUBLIC and attribute in import_module(package).__all__)


def imported(page: Path) -> Iterator[tuple[int, str]]:
    """Yield the names that the Python code of a page or module imports, and uses of a package."""
    if page.suffix == ".py":
        yield from _imported(0, page.read_text("utf-8"))
        return
    for block in blocks(page):
        if block.language == "python":
            yield from _imported(block.line, block.code)


def _imported(line: int, code: str) -> Iterator[tuple[int, str]]:
    aliases = {}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                aliases[alias.asname or alias.name] = alias.name
                yield line + node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((line + node.lineno, f"{node.module}.{name.name}") for name in node.names)
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in aliases
        ):
            yield line + node.lineno, f"{aliases[node.value.id]}.{node.attr}"
