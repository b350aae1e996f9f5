"""Make a release: check, build, install and tag.

    python -m devtools.release VERSION [--upload]

The files are in dist/VERSION then. --upload sends them to PyPI; without it, the command that does
is printed. Nothing is pushed. Exit status 1 tells what must be done first; nothing was tagged.
"""

import argparse
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from devtools.packages import ROOT, Distribution, build, distributions, install

BRANCH = "main"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("version", help="such as 0.1.0")
    parser.add_argument("--upload", action="store_true", help="send the files to PyPI")
    arguments = parser.parse_args()
    version: str = arguments.version
    everything = distributions()
    problems = [*_problems(everything, version)]
    if arguments.upload:
        problems += _unknown_homes(everything)
    if problems:
        print(*(f"error: {problem}" for problem in problems), sep="\n", file=sys.stderr)
        return 1
    try:
        upload = _built(everything, version)
        _git("tag", "--annotate", f"v{version}", "--message", f"Version {version}")
        if arguments.upload:
            subprocess.run(upload, check=True)
    except subprocess.CalledProcessError as err:
        print(f"error: {shlex.join(err.cmd)} failed", file=sys.stderr)
        return 1
    print(f"v{version} is tagged. To publish it:")
    if not arguments.upload:
        print(f"  {shlex.join(upload)}")
    print(f"  git push origin {BRANCH} v{version}")
    return 0


def _problems(everything: list[Distribution], version: str) -> Iterator[str]:
    """What is in the way of this version."""
    branch = _git("rev-parse", "--abbrev-ref", "HEAD")
    if branch != BRANCH:
        yield f"releases are made on {BRANCH}, this is {branch}: git switch {BRANCH}"
    if changed := _git("status", "--porcelain"):
        yield f"commit or stash first:\n{changed}"
    if _git("tag", "--list", f"v{version}"):
        yield f"v{version} is tagged already: give the next version"
    for one in everything:
        place = one.folder.relative_to(ROOT)
        if one.version != version:
            yield f"{place / 'pyproject.toml'} says version {one.version}, not {version}"
        if not one.published:
            continue
        changes = (one.folder / "CHANGELOG.md").read_text("utf-8")
        heading = re.search(rf"^## {re.escape(version)}\b(?![.\d]).*$", changes, re.MULTILINE)
        if heading is None:
            yield f"{place / 'CHANGELOG.md'} has no heading '## {version}'"
        elif "unreleased" in heading[0]:
            yield f"{place / 'CHANGELOG.md'} calls {version} unreleased: give the date"


def _unknown_homes(everything: list[Distribution]) -> Iterator[str]:
    for one in everything:
        if one.published and not one.project.get("urls"):
            yield f"{one.name} names no place on the web: add [project.urls] to its pyproject.toml"


def _built(everything: list[Distribution], version: str) -> list[str]:
    """Build, check and try all; return the command that uploads."""
    out = ROOT / "dist" / version
    shutil.rmtree(out, ignore_errors=True)
    print(f"building into {out.relative_to(ROOT)}", flush=True)
    files = [str(path) for path in build(everything, out)]
    twine = [sys.executable, "-m", "twine"]
    subprocess.run([*twine, "check", "--strict", *files], check=True)
    with tempfile.TemporaryDirectory() as folder:
        print("installing all wheels together", flush=True)
        commands = install(Path(folder) / "venv", *(file for file in files if file.endswith("whl")))
        subprocess.run([str(commands / "imagematch"), "drivers"], check=True)
    published = tuple(one.stem for one in everything if one.published)
    return [*twine, "upload", *(file for file in files if Path(file).name.startswith(published))]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], check=True, cwd=ROOT, stdout=subprocess.PIPE)
    return done.stdout.decode(errors="replace").strip()


if __name__ == "__main__":
    sys.exit(main())
