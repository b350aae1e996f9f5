"""The distributions of this repository: what they say of themselves, built and installed."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PUBLISHED = (
    ".",
    "conformance",
    "server",
    "drivers/postgres",
    "drivers/mongodb",
    "drivers/elasticsearch",
)
EXAMPLES = ("examples/imagematch-duckdb",)
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution.

    Attributes:
        folder: where its pyproject.toml is.
        project: the table of that name there.
        published: whether it goes to PyPI.
    """

    folder: Path
    project: dict[str, Any]
    published: bool

    @property
    def name(self) -> str:
        """On PyPI: imagematch-core."""
        return str(self.project["name"])

    @property
    def version(self) -> str:
        """Of the next release, or of the last one."""
        return str(self.project["version"])

    @property
    def stem(self) -> str:
        """What the names of its files begin with."""
        return f"{self.name.replace('-', '_')}-{self.version}"


def distributions(root: Path = ROOT) -> list[Distribution]:
    """Return all distributions, the core first."""
    return [
        Distribution(
            root / folder,
            tomllib.loads((root / folder / "pyproject.toml").read_text("utf-8"))["project"],
            folder in PUBLISHED,
        )
        for folder in PUBLISHED + EXAMPLES
    ]


def build(some: Iterable[Distribution], out: Path) -> list[Path]:
    """Build source distributions, and wheels from these, into a folder.

    Raises:
        subprocess.CalledProcessError: one can't be built.
    """

    def build_one(one: Distribution) -> list[Path]:
        _run(uv(), "build", "--quiet", "--out-dir", out, one.folder)
        return [out / f"{one.stem}.tar.gz", out / f"{one.stem}-py3-none-any.whl"]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [path for paths in pool.map(build_one, some) for path in paths]


def install(folder: Path, *wanted: str | Path) -> Path:
    """Install into a new environment; return the folder of its commands.

    Args:
        folder: of the environment.
        wanted: wheels, and other arguments of `uv pip install`.

    Raises:
        subprocess.CalledProcessError: it can't be installed, or what is doesn't fit together.
    """
    _run(uv(), "venv", "--quiet", "--python", sys.executable, folder)
    python = folder / "bin/python"
    _run(uv(), "pip", "install", "--quiet", "--python", python, *wanted)
    _run(uv(), "pip", "check", "--quiet", "--python", python)
    return folder / "bin"


def uv() -> str:
    """Return the uv of this environment."""
    found = shutil.which("uv", path=str(Path(sys.executable).parent))
    if found is None:
        raise FileNotFoundError("uv is not installed: make .venv/dev")
    return found


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True)
