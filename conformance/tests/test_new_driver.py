"""`imagematch new-driver` writes a package that begins to fail where its author begins to write."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Command = Callable[..., "subprocess.CompletedProcess[str]"]

METADATA = "Metadata-Version: 2.1\nName: imagematch-my-db\nVersion: 0.1.0\n"


def test_a_new_driver_fails_where_its_author_begins(tmp_path: Path, imagematch: Command) -> None:
    done = imagematch("new-driver", "my-db")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "imagematch-my-db"
    assert "pip install --editable" in done.stdout
    _install(folder)
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "tests"],
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    assert tested.returncode == 1
    assert "NotImplementedError: open " in tested.stdout
    assert "CONNECT-003 (core)" in tested.stdout
    assert "Where to look: " in tested.stdout


def test_nothing_is_overwritten(tmp_path: Path, imagematch: Command) -> None:
    (tmp_path / "imagematch-mydb").mkdir()
    assert "exists" in imagematch("new-driver", "mydb").stderr
    assert "scheme of a URL" in imagematch("new-driver", "My DB").stderr
    assert [path.name for path in tmp_path.iterdir()] == ["imagematch-mydb"]


def _install(folder: Path) -> None:
    """Make it an installed distribution, as pip does, from its own pyproject.toml."""
    import tomllib

    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    metadata = folder / "imagematch_my_db-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(METADATA)
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n")
