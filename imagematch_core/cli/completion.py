"""`imagematch completion`."""

import click
from click.shell_completion import shell_complete

from .options import examples

_VARIABLE = "_IMAGEMATCH_COMPLETE"
"""The variable that click derives from the name of the command."""


@click.command(
    "completion",
    short_help="Print the completion script of a shell.",
    epilog=examples(
        'eval "$(imagematch completion bash)"',
        "imagematch completion zsh > ~/.zfunc/_imagematch",
        "imagematch completion fish > ~/.config/fish/completions/imagematch.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(ctx: click.Context, shell: str) -> None:
    """Print the script with which a shell completes commands, options and file names.

    For bash, put the line of the example into ~/.bashrc. For zsh, a folder such as ~/.zfunc has to
    be in fpath before compinit runs.
    """
    shell_complete(ctx.find_root().command, {}, "imagematch", _VARIABLE, f"{shell}_source")
