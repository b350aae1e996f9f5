"""`imagematch`: its commands, loaded when they are called."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

import click

from ..errors import AlgorithmError, ArgumentError, DriverError, ImageMatchError, IndexNotFound
from ..protocol.redact import secrets_of
from .options import examples
from .output import FAILED, INTERRUPTED, SECRETS, WRONG_USE, complain, without_secrets
from .pipes import ending_quietly
from .verbosity import add_verbosity

COMMANDS = {
    "add": "add",
    "search": "search",
    "compare": "compare",
    "dedupe": "dedupe",
    "undo": "acting",
    "not-copies": "not_copies",
    "delete": "manage",
    "list": "manage",
    "count": "manage",
    "copy": "manage",
    "optimize": "manage",
    "import-legacy": "import_legacy",
    "drivers": "databases",
    "ping": "databases",
    "ddl": "databases",
    "completion": "completion",
}
"""The module of this package that holds each command."""

ELSEWHERE = {
    "certify": "imagematch-conformance",
    "new-driver": "imagematch-conformance",
    "serve": "imagematch-server",
}
"""Commands that other distributions bring, by entry points."""

GROUP = "imagematch.commands"

_INSTEAD: dict[tuple[str | None, str], str] = {
    ("dedupe", "--dry-run"): " Nothing is changed without --apply, so leave it out."
}
"""What to do without an option that a command lacks, and people know from others."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [*COMMANDS, *sorted({point.name for point in entry_points(group=GROUP)})]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in COMMANDS:
            module = import_module(f"{__package__}.{COMMANDS[name]}")
            command: click.Command = getattr(module, f"{name.replace('-', '_')}_command")
            return add_verbosity(command)
        for point in entry_points(group=GROUP, name=name):
            loaded: click.Command = point.load()
            return add_verbosity(loaded)
        if name in ELSEWHERE:
            ctx.fail(f"'{name}' is not installed: pip install {ELSEWHERE[name]}")
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        is_known = name.startswith("-") or self.get_command(ctx, name) is not None
        if not is_known and not ctx.resilient_parsing:
            near = get_close_matches(name, self.list_commands(ctx))
            meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
            ctx.fail(f"No such command {name!r}.{meant}")
        return super().resolve_command(ctx, args)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        secrets = frozenset[str]().union(*map(secrets_of, args))
        with ending_quietly(), _hiding(secrets):  # --help is printed here
            context = super().make_context(info_name, args, parent, **extra)
        context.meta[SECRETS] = secrets
        return context

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with ending_quietly(), _hiding(ctx.meta[SECRETS]):
                return super().invoke(ctx)
        except ImageMatchError as err:
            complain(_with_notes(str(err), err))
            wrong_use = DriverError | ArgumentError | AlgorithmError | IndexNotFound
            ctx.exit(WRONG_USE if isinstance(err, wrong_use) else FAILED)
        except KeyboardInterrupt as err:
            complain(_with_notes("interrupted; what was stored stays, run it again to go on", err))
            ctx.exit(INTERRUPTED)


@contextmanager
def _hiding(secrets: frozenset[str]) -> Iterator[None]:
    """Mask passwords in what click says of a wrong use: it repeats what was typed."""
    try:
        yield
    except click.UsageError as err:
        message = without_secrets(err.format_message(), secrets)
        if isinstance(err, click.NoSuchOption) and err.ctx:
            message += _INSTEAD.get((err.ctx.command.name, err.option_name), "")
        raise click.UsageError(message, err.ctx) from None


def _with_notes(message: str, err: BaseException) -> str:
    return "\n".join([message, *getattr(err, "__notes__", [])])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples(
        "imagematch dedupe photos/", "imagematch add photos/", "imagematch search query.jpg"
    ),
)
@click.version_option(package_name="imagematch-core", prog_name="imagematch")
def main() -> None:
    """Near-duplicate image search in the database you already run."""
    # File names need not be text; printing one must not fail.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
