"""`imagematch new-driver`: the package that a driver's author begins with."""

import re
from importlib.resources import files
from pathlib import Path
from string import Template

import click

NAME = re.compile(r"[a-z][a-z0-9-]*")

FILES = {
    "pyproject.toml": "pyproject.toml",
    "__init__.py": "{package}/__init__.py",
    "driver.py": "{package}/driver.py",
    "stage.py": "{package}/stage.py",
    "test_conformance.py": "tests/test_conformance.py",
}
"""The files of `template`, and where they go."""


@click.command(
    "new-driver",
    short_help="Write the package of a new driver.",
    epilog="\b\nExample:\n  imagematch new-driver mydb",
)
@click.argument("name")
def new_driver(name: str) -> None:
    """Write a package for the driver of `NAME://…` URLs into the folder imagematch-NAME.

    It can be installed, and its tests fail at the first requirement that needs your database. They
    say what to write next.
    """
    if not NAME.fullmatch(name):
        raise click.UsageError(
            f"{name!r} can't be the scheme of a URL: write a lower-case letter, then lower-case "
            "letters, digits and hyphens"
        )
    folder = Path(f"imagematch-{name}")
    if folder.exists():
        raise click.UsageError(f"{folder} exists; choose another name, or another folder to be in")
    for path, text in written(name).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    click.echo(
        f"wrote {folder}. Next:\n  cd {folder}\n  pip install --editable '.[test]'\n  pytest -x"
    )


def written(name: str) -> dict[str, str]:
    """Return the files of a driver's package: their contents by their paths."""
    package = f"imagematch_{name.replace('-', '_')}"
    class_name = "".join(part.capitalize() for part in name.split("-"))
    template = files(__package__).joinpath("template")
    return {
        path.format(package=package): Template(
            template.joinpath(f"{source}.txt").read_text("utf-8")
        ).substitute(name=name, package=package, class_name=class_name)
        for source, path in FILES.items()
    }
