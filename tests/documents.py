"""The code in a page of the documentation."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> list[str]:
    """The Python blocks of `docs/{page}`, in order."""
    found = _BLOCK.findall((DOCS / page).read_text("utf-8"))
    assert found
    return found
