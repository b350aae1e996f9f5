"""The sentences of docs/protocol.md, each with the heading it stands under."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"

_END = re.compile(r"(?<=[.!?:])(?:\*\*)?\s+(?=[\"`(*A-Z])")
"""Where one sentence ends and the next begins."""

_ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e)\.$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, a row of a table, or an item of a list.

    Attributes:
        heading: the nearest heading above it.
        text: on one line, in Markdown.
    """

    heading: str
    text: str


def sentences(markdown: str) -> Iterator[Sentence]:
    """All of them, in order. Code and the table of contents say nothing by themselves."""
    heading, block = "", ""
    for line in [*_without_code(markdown), ""]:
        starts = re.match(r"(#+ |- |\| ?|\|)", line)
        if not line.strip() or starts:
            yield from (Sentence(heading, text) for text in _split(block))
            block = ""
        if line.startswith("#"):
            heading = line.lstrip("# ").strip()
        elif line.startswith("|"):
            if not re.fullmatch(r"[|\- ]+", line) and not _is_head(line):
                yield Sentence(heading, " | ".join(_cells(line)))
        elif not re.match(r"- \[[^]]+\]\(#", line):
            block += " " + line.strip().removeprefix("- ")


def _without_code(markdown: str) -> list[str]:
    return re.sub(r"^```.*?^```$", "", markdown, flags=re.MULTILINE | re.DOTALL).splitlines()


def _split(block: str) -> Iterator[str]:
    text = block.strip()
    while text:
        match = next(
            (m for m in _END.finditer(text) if not _ABBREVIATED.search(text[: m.start()])), None
        )
        end = match.end() if match else len(text)
        yield text[:end].strip()
        text = text[end:]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split(" | ")]


def _is_head(line: str) -> bool:
    return _cells(line)[0] in {"method", "field", "kind", "capability", "`put` …"}
