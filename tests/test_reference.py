"""What the pages of the reference list is what the code has."""

import ast
import re
from functools import cache

import pytest

import imagematch_core as imagematch
from imagematch_core import ImageMatchError
from tests.documents import ROOT

SOURCES = [
    *ROOT.glob("imagematch_core/**/*.py"),
    *ROOT.glob("drivers/*/imagematch_*/*.py"),
    *ROOT.glob("conformance/imagematch_conformance/*.py"),
    *ROOT.glob("server/imagematch_server/*.py"),
]
QUOTED = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


def table_cells(page: str) -> list[str]:
    """What stands in code in the first column of a page's tables."""
    return QUOTED.findall((ROOT / "docs" / page).read_text("utf-8"))


@cache
def texts() -> str:
    """Every text of the code, a line each; what is filled in is `…`."""
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    str(part.value) if isinstance(part, ast.Constant) else "…"
                    for part in node.values
                ]
                found.append("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n\n".join(found)


def is_said(message: str) -> bool:
    parts = [re.escape(part.strip()) for part in message.split("…")]
    return re.search(".*?".join(parts), texts()) is not None


@pytest.mark.parametrize("message", table_cells("troubleshooting.md"))
def test_a_message_that_is_explained_exists(message: str) -> None:
    assert is_said(message)


def test_a_message_that_nothing_says_is_noticed() -> None:
    assert is_said("… has no index …")
    assert not is_said("this message was never written")


def test_every_variable_of_ours_is_listed() -> None:
    names = {
        name
        for path in SOURCES
        for name in re.findall(r"\"(_?IMAGEMATCH_[A-Z_]*[A-Z])\"", path.read_text("utf-8"))
    }
    # Between the suite and the process that it starts; nobody sets it.
    assert names - {"IMAGEMATCH_CERTIFY"} <= set(table_cells("environment.md"))
    assert "IMAGEMATCH_URL" in names


@pytest.mark.parametrize("driver", ["postgres", "mongodb", "elasticsearch"])
def test_every_option_of_a_driver_is_in_the_table(driver: str) -> None:
    options = {
        "postgres": _postgres_options,
        "mongodb": _mongodb_options,
        "elasticsearch": _elasticsearch_options,
    }
    titles = {"postgres": "PostgreSQL", "mongodb": "MongoDB", "elasticsearch": "Elasticsearch"}
    page = (ROOT / "docs" / "options.md").read_text("utf-8")
    section = page.partition(f"\n## {titles[driver]}\n")[2].partition("\n## ")[0]
    first_column = "\n".join(re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE))
    assert set(re.findall(r"`([^`]+)`", first_column)) == options[driver]()


def _postgres_options() -> set[str]:
    from imagematch_postgres.target import Options

    return set(Options.__dataclass_fields__)


def _mongodb_options() -> set[str]:
    from imagematch_mongodb.target import _OPTIONS

    return set(_OPTIONS.values())


def _elasticsearch_options() -> set[str]:
    from imagematch_es.target import CLIENT_OPTIONS, LAYOUT_OPTIONS

    return {*CLIENT_OPTIONS, *LAYOUT_OPTIONS}


ERRORS = [
    name
    for name in imagematch.__all__
    if isinstance(thing := getattr(imagematch, name), type) and issubclass(thing, ImageMatchError)
]


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_has_its_cause_and_its_remedy(name: str) -> None:
    page = (ROOT / "docs" / "api" / "errors.md").read_text("utf-8")
    section = re.split(r"\n(?=:::|## )", page.partition(f"\n::: imagematch_core.{name}\n")[2])[0]
    parts = [part for part in section.strip().split("\n\n") if part.startswith("**")]
    assert [part.partition(" ")[0] for part in parts] == ["**Cause:**", "**What"]
    assert all(len(part.split()) > 3 for part in parts)


def test_every_kind_of_a_databases_failure_has_its_remedy() -> None:
    assert table_cells("api/errors.md") == list(imagematch.ErrorKind)
