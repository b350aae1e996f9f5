"""`imagematch`: its commands, loaded when they are called."""

import sys
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

import click

from imagematch_core.errors import (
    AlgorithmError,
    ArgumentError,
    DriverError,
    FilterError,
    ImageMatchError,
    IndexNotFound,
)

from .output import FAILED, INTERRUPTED, WRONG_USE, complain

COMMANDS = {
    "add": "add",
    "search": "search",
    "compare": "compare",
    "dedupe": "dedupe",
    "undo": "acting",
    "rm": "manage",
    "list": "manage",
    "count": "manage",
    "copy": "manage",
    "import-legacy": "import_legacy",
    "drivers": "databases",
    "ping": "databases",
}
"""Command → the module of this package that holds it."""

ELSEWHERE = {"certify": "imagematch-conformance"}
"""Commands of other distributions, which register under the entry-point group."""

GROUP = "imagematch.commands"


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [*COMMANDS, *sorted({point.name for point in entry_points(group=GROUP)})]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in COMMANDS:
            module = import_module(f"{__package__}.{COMMANDS[name]}")
            command: click.Command = getattr(module, f"{name.replace('-', '_')}_command")
            return command
        for point in entry_points(group=GROUP, name=name):
            loaded: click.Command = point.load()
            return loaded
        if name in ELSEWHERE:
            ctx.fail(f"'{name}' is not installed: pip install {ELSEWHERE[name]}")
        return None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ImageMatchError as err:
            complain(_with_notes(str(err), err))
            wrong_use = DriverError | ArgumentError | FilterError | AlgorithmError | IndexNotFound
            ctx.exit(WRONG_USE if isinstance(err, wrong_use) else FAILED)
        except KeyboardInterrupt as err:
            complain(_with_notes("interrupted; what was stored stays, run it again to go on", err))
            ctx.exit(INTERRUPTED)


def _with_notes(message: str, err: BaseException) -> str:
    return "\n".join([message, *getattr(err, "__notes__", [])])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Find the near copies in a folder, with nothing to set up:  imagematch dedupe PHOTOS",
)
@click.version_option(package_name="imagematch-core", prog_name="imagematch")
def main() -> None:
    """Near-duplicate image search in the database you already run."""
    # File names need not be text; printing one must not fail.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
