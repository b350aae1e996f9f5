"""What `--json` prints is what docs/output.schema.json says, and nothing more."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

import imagematch_core as imagematch
from imagematch_core.cli import main
from tests.documents import ROOT, blocks
from tests.drawings import drawing, flat, saved

SCHEMA = json.loads((ROOT / "docs" / "output.schema.json").read_text("utf-8"))
PAGE = ROOT / "docs" / "json.md"
NOT_RUN = {"import-legacy"}
"""Needs a server; its tests are with the drivers."""

Check = Callable[..., None]


def closed(schema: Any) -> Any:
    """The same schema, in which no object has keys that it doesn't name."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return inner | {"additionalProperties": False} if "required" in schema else inner


def problems(name: str, value: object) -> list[str]:
    strict = {"$ref": f"#/$defs/{name}", "$defs": closed(SCHEMA["$defs"])}
    return [error.message for error in Draft202012Validator(strict).iter_errors(value)]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))

    def check(name: str, *arguments: str, status: int = 0) -> None:
        done = CliRunner().invoke(main, [*arguments, "--json"])
        assert done.exit_code == status, done.output
        printed = [json.loads(line) for line in done.stdout.splitlines()]
        assert printed
        assert [text for one in printed for text in problems(name, one)] == []

    return check


def test_every_command_prints_what_the_schema_says(check: Check, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    for seed in range(2):
        saved(folder, f"{seed}.png", drawing(seed, (200, 150)))
    (folder / "copy.png").write_bytes((folder / "1.png").read_bytes())
    saved(folder, "flat.png", flat())

    check("add", "add", "photos", "--metadata", "by=Anna", status=1)
    check("search", "search", "photos/1.png")
    check("compare", "compare", "photos/0.png", "photos/1.png", "--all-orientations")
    check("list", "list")
    check("count", "count")
    check("ping", "ping")
    check("ping", "ping", "--index", "other")
    check("drivers", "drivers")
    check("copy", "copy", "sqlite:///imagematch.db", "sqlite:///copy.db")
    check("dedupe", "dedupe")
    check("dedupe", "dedupe", "photos", status=1)
    check("cleanup", "dedupe", "photos", "--move-to", "gone")
    check("cleanup", "dedupe", "photos", "--move-to", "gone", "--apply", "--yes")
    imagematch.remember_not_copies(
        [[imagematch.DecidedFile(str(folder / f"{name}.png"), "1") for name in (0, 1)]]
    )
    check("not-copies", "not-copies")
    check("not-copies --forget", "not-copies", "--forget-all")
    check("undo --list", "undo", "--list")
    check("undo", "undo")
    check("delete", "delete", "photos/0.png", "nothing.png", status=1)


def test_the_schema_has_a_definition_for_every_command_with_json() -> None:
    assert Draft202012Validator.check_schema(SCHEMA) is None
    with_json = {
        name
        for name in main.list_commands(None)  # type: ignore[arg-type]
        for parameter in main.get_command(None, name).params  # type: ignore[arg-type, union-attr]
        if parameter.name == "as_json" and name != "certify"
    }
    assert with_json <= SCHEMA["$defs"].keys()
    assert with_json >= NOT_RUN


def test_what_the_page_shows_is_valid() -> None:
    shown = PAGE.read_text("utf-8").splitlines()
    seen = set()
    for block in blocks(PAGE):
        if block.language == "json":
            above = next(text for text in reversed(shown[: block.line]) if text.startswith("## "))
            name = above.removeprefix("## ").replace("dedupe that acts", "cleanup")
            seen.add(name)
            assert problems(name, json.loads(block.code)) == [], name
    assert seen == SCHEMA["$defs"].keys() - {
        "orientation",
        "failedSource",
        "failedPath",
        "group",
        "groupedPicture",
        "saidFile",
    }


def test_a_key_that_is_not_documented_is_noticed() -> None:
    assert problems("count", {"count": 1}) == []
    assert problems("count", {"count": 1, "other": 2})
    assert problems("count", {})
