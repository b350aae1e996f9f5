"""What a release consists of, and what is in its way."""

import os
import subprocess
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
from conftest import Release
from packaging.requirements import Requirement

from devtools.packages import ROOT, Distribution, distributions, uv

EVERYTHING = {one.name: one for one in distributions()}
VERSION = EVERYTHING["imagematch-core"].version


@pytest.fixture(params=EVERYTHING.values(), ids=list(EVERYTHING))
def one(request: pytest.FixtureRequest) -> Distribution:
    found: Distribution = request.param
    return found


def wheel(release: Release, one: Distribution) -> zipfile.ZipFile:
    return zipfile.ZipFile(release.files / f"{one.stem}-py3-none-any.whl")


def metadata(release: Release, one: Distribution) -> Message:
    with wheel(release, one) as files:
        return Parser().parsestr(files.read(f"{one.stem}.dist-info/METADATA").decode())


def test_a_release_is_tagged_and_not_uploaded(release: Release) -> None:
    tags = subprocess.run(["git", "tag"], cwd=release.root, check=True, stdout=subprocess.PIPE)
    assert tags.stdout.decode().split() == [f"v{VERSION}"]
    (command,) = (line for line in release.printed.splitlines() if "twine upload" in line)
    uploaded = {Path(word).name for word in command.split() if VERSION in Path(word).name}
    published = {one.stem for one in EVERYTHING.values() if one.published}
    assert uploaded == {
        *(f"{stem}.tar.gz" for stem in published),
        *(f"{stem}-py3-none-any.whl" for stem in published),
    }


def test_what_is_in_the_way_of_a_release_is_told(release: Release) -> None:
    changes = release.root / "drivers/postgres/CHANGELOG.md"
    before = changes.read_text("utf-8")
    changes.write_text(before.replace("## ", "## 9."), "utf-8")
    try:
        done = release.make(VERSION, "--upload")
    finally:
        changes.write_text(before, "utf-8")
    assert done.returncode == 1
    assert "commit or stash first:\nM drivers/postgres/CHANGELOG.md" in done.stderr
    assert f"v{VERSION} is tagged already" in done.stderr
    assert f"drivers/postgres/CHANGELOG.md has no heading '## {VERSION}'" in done.stderr
    unnamed = {name for name, one in EVERYTHING.items() if not one.project.get("urls")}
    for name in unnamed - {"imagematch-duckdb"}:
        assert f"{name} names no place on the web" in done.stderr

    subprocess.run(["git", "switch", "--quiet", "--create", "x"], cwd=release.root, check=True)
    try:
        done = release.make("7.0.0")
    finally:
        subprocess.run(["git", "switch", "--quiet", "main"], cwd=release.root, check=True)
    assert done.returncode == 1
    assert "releases are made on main, this is x" in done.stderr
    assert f"drivers/mongodb/pyproject.toml says version {VERSION}, not 7.0.0" in done.stderr
    assert "is tagged" not in done.stderr


def test_a_wheel_holds_its_package_and_nothing_else(release: Release, one: Distribution) -> None:
    with wheel(release, one) as files:
        names = files.namelist()
    (package,) = (path.name for path in one.folder.glob("imagematch_*"))
    assert {name.partition("/")[0] for name in names} == {package, f"{one.stem}.dist-info"}
    listed = ["git", "ls-files", "-z", f"{release.root / one.folder.relative_to(ROOT) / package}"]
    kept = subprocess.run(listed, cwd=release.root, check=True, stdout=subprocess.PIPE, text=True)
    inside = {f"{package}/{name.partition(f'{package}/')[2]}" for name in kept.stdout.split("\0")}
    assert {name for name in names if name.startswith(f"{package}/")} == inside - {f"{package}/"}
    assert f"{package}/py.typed" in names
    assert f"{one.stem}.dist-info/licenses/LICENSE" in names


def test_a_source_distribution_holds_what_is_needed(release: Release, one: Distribution) -> None:
    with tarfile.open(release.files / f"{one.stem}.tar.gz") as files:
        tops = {member.name.split("/")[1] for member in files}
    (package,) = (path.name for path in one.folder.glob("imagematch_*"))
    needed = {package, "tests", "pyproject.toml", "README.md", "LICENSE", "PKG-INFO"}
    assert needed <= tops
    assert tops - needed <= {"CHANGELOG.md", "docs", "certificate.json", ".gitignore"}


def test_a_distribution_says_what_it_is(release: Release, one: Distribution) -> None:
    said = metadata(release, one)
    assert said["License-Expression"] == "Apache-2.0"
    assert said["Requires-Python"] == ">=3.11"
    assert said["Summary"]
    assert said["Keywords"]
    assert said["Description-Content-Type"] == "text/markdown"
    assert str(said.get_payload()).strip() == (one.folder / "README.md").read_text("utf-8").strip()
    assert {"Typing :: Typed", "Programming Language :: Python :: 3"} <= {
        *(said.get_all("Classifier") or ())
    }


def test_distributions_take_all_releases_of_a_line_and_no_later_one(
    release: Release, one: Distribution
) -> None:
    major, minor, _ = VERSION.split(".")
    line = f"{major}.{minor}"
    wanted = [Requirement(text) for text in metadata(release, one).get_all("Requires-Dist") or ()]
    for other in (found for found in wanted if found.name in EVERYTHING):
        for version in (f"{line}.0", VERSION, f"{line}.99"):
            assert other.specifier.contains(version), other
        for version in (f"{major}.{int(minor) + 1}.0", f"{major}.{int(minor) + 1}.0a1", "0.0.9"):
            assert not other.specifier.contains(version), other
    assert one.name == "imagematch-core" or "imagematch-core" in {found.name for found in wanted}


def test_the_command_can_be_installed_as_a_tool(release: Release, tmp_path: Path) -> None:
    """As `uv tool install` and pipx do: an environment for it alone."""
    places = {"UV_TOOL_DIR": f"{tmp_path}/tools", "UV_TOOL_BIN_DIR": f"{tmp_path}/bin"}
    subprocess.run(
        [uv(), "tool", "install", "--quiet", "--find-links", release.files, "imagematch-core"],
        check=True,
        env={**os.environ, **places},
    )
    command = tmp_path / "bin/imagematch"
    done = subprocess.run([command, "--version"], check=True, stdout=subprocess.PIPE, text=True)
    assert done.stdout == f"imagematch, version {VERSION}\n"
