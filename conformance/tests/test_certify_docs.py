"""What the documents say of the suite is what the suite is."""

import re
import sys
from pathlib import Path

import pytest

from imagematch_conformance.requirement import Requirement
from imagematch_conformance.requirements import REQUIREMENTS

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY / "conformance" / "tools"))

import requirements_table  # noqa: E402
from protocol_sentences import Sentence, sentences  # noqa: E402


def test_the_table_of_requirements_is_current() -> None:
    """Every sentence of the protocol is tested or says why not, and every requirement tests one."""
    hint = "run: python conformance/tools/requirements_table.py"
    assert requirements_table.TABLE.read_text("utf-8") == requirements_table.table(), hint


MARKDOWN = """
# H

One. Two `a.b` (three.)
Four

- five
  six.

| field | type |
|---|---|
| c | d |

```
no. No.
```
"""


def test_sentences_are_told_apart() -> None:
    texts = ["One.", "Two `a.b` (three.) Four", "five six.", "c | d"]
    assert list(sentences(MARKDOWN)) == [Sentence("H", text) for text in texts]


@pytest.mark.parametrize("one", REQUIREMENTS.values(), ids=REQUIREMENTS)
def test_a_requirement_can_be_read(one: Requirement) -> None:
    assert re.fullmatch(r"[A-Z]+-\d{3}", one.id)
    assert one.intent.endswith(".")
    assert one.fix.endswith(".")
    assert re.fullmatch(r"\d+\.\d+", one.since)
