"""The code in the project's pages: found in them, and run as their readers would run it."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
DISTRIBUTIONS = [
    ROOT,
    ROOT / "conformance",
    ROOT / "server",
    ROOT / "examples" / "imagematch-duckdb",
    *ROOT.glob("drivers/*"),
]
NOT_RUN = re.compile(r"<!-- not run: (.+) -->\n", re.DOTALL)
SERVER = re.compile(r"(?:postgresql|mongodb|elasticsearch)(?:\+https?)?://[^\s\"'`]+")
"""A page shows a server where any database would do: a file stands in for it."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page.

    Attributes:
        page: its path.
        line: of the first line of code, from 1.
        language: what the fence says.
        code: the text in it.
        not_run: the reason for which it is not run, from a comment before it.
    """

    page: Path
    line: int
    language: str
    code: str
    not_run: str | None


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found = []
    not_run = None
    for token in MarkdownIt().parse(page.read_text("utf-8")):
        if token.type == "fence" and token.map:
            found.append(Block(page, token.map[0] + 2, token.info, token.content, not_run))
        comment = NOT_RUN.fullmatch(token.content) if token.type == "html_block" else None
        not_run = comment and comment[1]
    return found


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who tries what a page shows, block after block.

    Attributes:
        home: a folder with pictures, the home and the working folder.
        site: answers for https://example.com and https://example.org.
        names: what the Python blocks have defined.
    """

    home: Path
    site: str
    names: dict[str, Any]

    def tries(self, block: Block) -> None:
        """Run a block; an error is one of the page, at its line."""
        if block.not_run:
            return
        code = re.sub(r"https://example\.(?:com|org)", self.site, block.code)
        code = SERVER.sub("sqlite:///stand-in.db", code)
        match block.language:
            case "python":
                code = "\n" * (block.line - 1) + code
                exec(compile(code, str(block.page), "exec"), self.names)
            case "sh":
                self._shell("".join(_commands(code)))
            case "console":
                self._session(code)
            case "toml":
                tomllib.loads(code)
            case "json":
                json.loads(code)
            case "text" | "sql":
                pass
            case language:
                raise AssertionError(f"{block.page}:{block.line}: a block in {language!r}")

    def _session(self, code: str) -> None:
        """Commands after `$`, each with all that it prints."""
        for part in re.split(r"^\$ ", code, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            printed = self._shell(command).replace(str(self.home), "/home/me")
            # Databases are slow where the machine is busy.
            printed = re.sub(r"^warning: slow: .*\n", "", printed, flags=re.MULTILINE)
            assert printed == shown, f"'{command}' prints now:\n{printed}"

    def _shell(self, script: str) -> str:
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
        }
        for name in ("IMAGEMATCH_URL", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            environment.pop(name, None)
        done = subprocess.run(
            ["sh", "-euc", script],
            cwd=self.home,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}"
        return done.stdout


def _commands(script: str) -> list[str]:
    """The lines that can be run here; of the others the names are checked."""
    kept = []
    for line in script.splitlines(keepends=True):
        words = shlex.split(line, comments=True)
        if words[:2] == ["pip", "install"]:
            named = [word for word in words[2:] if word != "--upgrade"]
            for wanted in map(Requirement, named):
                assert wanted.extras <= _distributions()[wanted.name], line
        elif words[:1] == ["make"]:
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), line
        else:
            kept.append(line)
    return kept


@cache
def _distributions() -> dict[str, set[str]]:
    """Those of this repository, with their extras."""
    projects = [
        tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
        for folder in DISTRIBUTIONS
    ]
    return {project["name"]: set(project.get("optional-dependencies", {})) for project in projects}
