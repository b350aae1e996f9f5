"""Results as Markdown: tables, and where and how they were measured."""

import os
import platform
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

from imagematch_core.protocol import redact

RESULTS = Path(__file__).parent / "results"
PACKAGES = (
    "imagematch-core",
    "image-match",
    "ImageHash",
    "pdqhash",
    "imagededup",
    "czkawka",
    "scikit-image",
    "pillow",
    "numpy",
    "elasticsearch",
    "psycopg",
    "pymongo",
    "playwright",
)
"""Whose versions are told, where they are installed."""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; floats are shown with three digits that count."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_shown, line)) + " |" for line in lines)


def _shown(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def write(name: str, title: str, parts: Iterable[str]) -> None:
    """Print a report and keep it in `results`."""
    text = "\n\n".join([f"# {title}", *parts, _circumstances()]) + "\n"
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")


def _circumstances() -> str:
    versions = {found.name.lower(): found.version for found in distributions()}
    packages = ", ".join(
        f"{name} {versions[name.lower()]}" for name in PACKAGES if name.lower() in versions
    )
    arguments = redact(" ".join(sys.argv[1:]))  # of a database's URL the password
    path = Path(sys.argv[0])
    module = path.parent.name if path.stem == "__main__" else path.stem
    return (
        f"`python -m benchmarks.{module}{' ' if arguments else ''}{arguments}` on "
        f"{datetime.now(UTC):%Y-%m-%d}: Python {platform.python_version()}, {packages}; "
        f"{_processor()}, {os.cpu_count()} cores."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()
