"""Write docs/requirements.md: `python conformance/tools/requirements_table.py`."""

import sys
import tomllib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from protocol_sentences import PROTOCOL, Sentence, sentences

from imagematch_conformance.requirements import REQUIREMENTS

TABLE = PROTOCOL.with_name("requirements.md")
MAPPING = Path(__file__).with_name("protocol.toml")

HEAD = f"""# What is tested

Each sentence of [the storage protocol](protocol.md), and the requirements of the conformance suite
that test it. Made by `python conformance/tools/requirements_table.py` from
`conformance/tools/protocol.toml` and the {len(REQUIREMENTS)} requirements of the suite.
"""


class Mapping:
    """Which sentence is tested by what; raises ValueError where that is not certain."""

    def __init__(self) -> None:
        found = tomllib.loads(MAPPING.read_text("utf-8"))
        self._sections: dict[str, str] = found["sections"]
        self._parts: dict[str, list[str] | str] = {**found["tested"], **found["untested"]}
        self._used: dict[str, str] = {}

    def tested_by(self, sentence: Sentence) -> str:
        """The ids of requirements, or why there is none."""
        if sentence.heading in self._sections:
            return f"*{self._sections[sentence.heading]}*"
        parts = [part for part in self._parts if part in sentence.text]
        if len(parts) != 1:
            raise ValueError(f"{len(parts)} entries of {MAPPING.name} fit: {sentence.text!r}")
        (part,) = parts
        if part in self._used:
            raise ValueError(f"{part!r} is in {self._used[part]!r} and in {sentence.text!r}")
        self._used[part] = sentence.text
        found = self._parts[part]
        return f"*{found}*" if isinstance(found, str) else ", ".join(found)

    def check(self) -> None:
        """Raise ValueError for entries that fit no sentence, and for requirements without one."""
        tested = [found for found in self._parts.values() if isinstance(found, list)]
        named = {one for found in tested for one in found}
        wrong = {
            "fit no sentence": self._parts.keys() - self._used.keys(),
            "are no requirements": named - REQUIREMENTS.keys(),
            "are in no sentence": REQUIREMENTS.keys() - named,
        }
        for what, which in wrong.items():
            if which:
                raise ValueError(f"these {what}: {sorted(which)}")


def table() -> str:
    """The page."""
    return "\n".join([HEAD, *_sentences(), *_requirements()]) + "\n"


def _sentences() -> Iterator[str]:
    mapping = Mapping()
    found = sentences(PROTOCOL.read_text("utf-8"))
    for heading, group in groupby(found, key=lambda sentence: sentence.heading):
        yield f"## {heading}\n\n| the protocol says | tested by |\n|---|---|"
        for sentence in group:
            text = sentence.text.replace("|", "\\|")
            yield f"| {text} | {mapping.tested_by(sentence)} |"
        yield ""
    mapping.check()


def _requirements() -> Iterator[str]:
    yield "## All requirements\n\n| id | level | since | what must hold |\n|---|---|---|---|"
    for one in sorted(REQUIREMENTS.values(), key=lambda one: one.id):
        level = f"{one.level_name}, staged" if one.staged else one.level_name
        yield f"| {one.id} | {level} | {one.since} | {one.intent.replace('|', chr(92) + '|')} |"


if __name__ == "__main__":
    TABLE.write_text(table(), "utf-8")
    print(f"wrote {TABLE}")
