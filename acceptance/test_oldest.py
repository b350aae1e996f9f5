"""The core works with the oldest libraries that it allows, those in .venv/oldest."""

import json
import os
import subprocess
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version
from PIL import Image
from pillow_heif import HeifImagePlugin  # noqa: F401 - registers HEIC

from devtools.packages import ROOT, distributions, uv
from tests.servers import Page, http_server
from tests.stores import google_server, s3_server, send

OLDEST = ROOT / ".venv/oldest/bin"
RUNS_WITH = [
    Requirement(text)
    for one in distributions()
    for text in (
        *one.project["dependencies"],
        *one.project.get("optional-dependencies", {}).get("remote", ()),
    )
]


def test_they_are_the_oldest() -> None:
    listed = subprocess.run(
        [uv(), "pip", "list", "--format", "json", "--python", OLDEST / "python"],
        check=True,
        capture_output=True,
    )
    installed = {one["name"]: Version(one["version"]) for one in json.loads(listed.stdout)}
    for wanted in (one for one in RUNS_WITH if not one.name.startswith("imagematch")):
        lowest = max(
            Version(next(part.version for part in other.specifier if part.operator == ">="))
            for other in RUNS_WITH
            if other.name == wanted.name
        )
        assert installed[wanted.name].release[:2] == (*lowest.release, 0)[:2], wanted


def test_every_kind_of_source(pictures: tuple[Path, Path], tmp_path: Path) -> None:
    folder, copies = pictures
    with Image.open(next(folder.iterdir())) as image:
        image.save(tmp_path / "a.heic")
        image.save(tmp_path / "a.jpg")
    data = (tmp_path / "a.jpg").read_bytes()
    with s3_server() as s3, google_server() as google, http_server({"/a.jpg": Page(data)}) as site:
        send(f"{s3}/photos", b"", method="PUT")
        send(f"{s3}/photos/a.jpg", data, method="PUT")
        send(f"{google}/storage/v1/b", b'{"name": "photos"}', kind="application/json")
        send(f"{google}/upload/storage/v1/b/photos/o?uploadType=media&name=a.jpg", data)
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": s3,
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": "of no use",
            "AWS_DEFAULT_REGION": "us-east-1",
            "STORAGE_EMULATOR_HOST": google,
            "FSSPEC_GS_TOKEN": "anon",  # or it waits for a server that gives rights
        }

        def run(*arguments: str | Path) -> str:
            done = subprocess.run(
                [OLDEST / "imagematch", *arguments],
                check=False,
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        sources = (folder, "a.heic", site.url("/a.jpg"), "s3://photos/**/*.jpg", "gs://photos/")
        assert "13 added" in run("add", "--workers", "2", *sources)
        assert "13 unchanged" in run("add", "--workers", "1", *sources)
        found = run("search", "s3://photos/a.jpg")
    for url in ("s3://photos/a.jpg", "gs://photos/a.jpg", site.url("/a.jpg")):
        assert url in found
    assert "4 " in run("dedupe", folder, copies)
