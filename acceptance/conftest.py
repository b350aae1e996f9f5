"""The databases, and imagematch installed from its wheels."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from demo import make_pictures

import imagematch_core as imagematch
from devtools.servers import together

ROOT = Path(__file__).parent.parent
DISTRIBUTIONS = (".", "drivers/postgres", "drivers/mongodb", "drivers/elasticsearch")
SERVERS = ("postgresql", "mongodb", "elasticsearch")
INDEXES = ("acceptance", "acceptance-copy")

Run = Callable[..., str]


@pytest.fixture(scope="session")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Storage URLs of all databases that outlive a process, without indexes of these tests."""
    with together(SERVERS) as servers:
        found = {server.name: server.url for server in servers}
        found["sqlite"] = f"sqlite:///{tmp_path_factory.mktemp('databases')}/a.db"
        _drop_all(found)
        yield found
        _drop_all(found)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder of pictures, and one of altered copies."""
    return make_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment, with nothing but the wheels and what they ask for."""
    folder = tmp_path_factory.mktemp("installed")
    uv = shutil.which("uv", path=str(Path(sys.executable).parent))
    assert uv is not None
    for distribution in DISTRIBUTIONS:
        build = [uv, "build", "--quiet", "--wheel", "--out-dir", str(folder / "wheels")]
        subprocess.run([*build, str(ROOT / distribution)], check=True)
    python = folder / "venv/bin/python"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder / "venv"], check=True)
    # As `pip install imagematch-core[es,mongodb,postgres]` would, were they on PyPI.
    install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    extras = "imagematch-core[es,mongodb,postgres]"
    subprocess.run([*install, "--find-links", str(folder / "wheels"), extras], check=True)
    return folder / "venv"


@pytest.fixture(scope="session")
def installed(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs the installed command line far from this repository; returns what it prints."""
    folder = tmp_path_factory.mktemp("elsewhere")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [str(environment / "bin/imagematch"), *arguments],
            check=False,
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def _drop_all(urls: dict[str, str]) -> None:
    for url in urls.values():
        for name in INDEXES:
            with (
                suppress(imagematch.IndexNotFound),
                imagematch.open(url, index=name, create=False) as index,
            ):
                index.drop()
