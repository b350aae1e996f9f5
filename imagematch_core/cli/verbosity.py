"""`-v` and `-q`, which every command has: how much is told of what happens."""

import logging

import click

QUIET = "imagematch.quiet"
"""In the context's `meta`: show no progress."""

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


class _Lines(logging.Handler):
    """Lines on stderr as it is at that time: a progress bar takes its place."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(f"{record.levelname.lower()}: {self.format(record)}", err=True)


def add_verbosity(command: click.Command) -> click.Command:
    """Give a command the two options, once."""
    if all(parameter.name != "verbose" for parameter in command.params):
        command.params += [
            click.Option(
                ["-v", "--verbose"],
                count=True,
                expose_value=False,
                callback=_set_verbose,
                help="Show what happens; given twice, also the time of each part.",
            ),
            click.Option(
                ["-q", "--quiet"],
                is_flag=True,
                expose_value=False,
                callback=_set_quiet,
                help="Show only errors, no progress and no warnings.",
            ),
        ]
    return command


def _set_verbose(ctx: click.Context, param: click.Parameter, count: int) -> None:  # noqa: ARG001
    if ctx.resilient_parsing:
        return
    logger, lines = logging.getLogger("imagematch"), _Lines()
    logger.addHandler(lines)
    logger.setLevel(_LEVELS[min(count, len(_LEVELS) - 1)])
    ctx.call_on_close(lambda: logger.removeHandler(lines))
    ctx.call_on_close(lambda: logger.setLevel(logging.NOTSET))


def _set_quiet(ctx: click.Context, param: click.Parameter, quiet: bool) -> None:  # noqa: ARG001
    if quiet and not ctx.resilient_parsing:
        logging.getLogger("imagematch").setLevel(logging.CRITICAL)
        ctx.meta[QUIET] = True
