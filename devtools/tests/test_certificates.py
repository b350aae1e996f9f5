"""What READMEs name as tested is what a certificate names."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from devtools.certify import FOLDERS

ROW = re.compile(r"^\| (\d[\d.]*).*? \| (\d[\d.]*) \| \[certificate\]\((\S+)\) \|$", re.MULTILINE)


@pytest.mark.parametrize("driver", FOLDERS.values(), ids=str)
def test_a_readme_names_what_was_certified(driver: Path) -> None:
    rows = ROW.findall((driver / "README.md").read_text("utf-8"))
    kept = {f"certificates/{path.name}" for path in (driver / "certificates").glob("*.json")}
    assert {path for _, _, path in rows} == kept
    for server, client, path in rows:
        certificate: dict[str, Any] = json.loads((driver / path).read_text("utf-8"))
        assert certificate["result"] == "certified"
        assert certificate["server"].split()[-1] == server
        assert client in certificate["driver"]["dependencies"].values()
