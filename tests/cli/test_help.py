"""Help, completion, and what to do about slips of the finger."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from imagematch_core.cli import main
from imagematch_core.cli.commands import COMMANDS

COMMAND = Path(sys.executable).with_name("imagematch")
EXAMPLE = re.compile(r"imagematch [^\"()>\n]+")


def told(*arguments: str) -> str:
    done = CliRunner().invoke(main, arguments, terminal_width=100)
    assert done.exit_code == 0, done.output
    return done.output


def completed(*words: str) -> list[str]:
    """What `imagematch WORDS` can go on with."""
    env = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    env["_IMAGEMATCH_COMPLETE"] = "bash_complete"
    done = CliRunner().invoke(main, env=env, prog_name="imagematch")
    return done.output.split()


@pytest.mark.parametrize("name", [None, *COMMANDS, "certify"])
def test_help_ends_with_examples_that_can_be_parsed(name: str | None) -> None:
    help_text = told(*filter(None, [name]), "--help")
    _, examples = re.split(r"\n  Examples?:\n", help_text)
    found = [line.strip() for line in examples.strip().splitlines()]
    assert found
    for line in found:
        example = EXAMPLE.search(line)
        assert example, line
        _, *arguments = shlex.split(example[0])
        with click.Context(main) as ctx:
            called, command, rest = main.resolve_command(ctx, arguments)
            assert command is not None
            assert called == (name or called)
            command.make_context(called, rest, parent=ctx)


@pytest.mark.parametrize("width", [60, 80])
def test_help_fits_the_width(width: int) -> None:
    for name in COMMANDS:
        done = CliRunner().invoke(main, [name, "--help"], terminal_width=width)
        described, *_ = re.split(r"\n  Examples?:\n", done.output)
        assert max(map(len, described.splitlines())) <= width


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["serach"], "Did you mean 'search'?"),
        (["dedup"], "Did you mean 'dedupe'?"),
        (["certfy"], "Did you mean 'certify'?"),
        (
            ["dedupe", "x", "--trash", "--dry-run"],
            "Nothing is changed without --apply, so leave it out.",
        ),
        (["search", "a.png", "--cutof", "0.3"], "--cutoff"),
        (["add", "x", "--algorithm", "goldberg-3"], "did you mean 'goldberg-"),
        (["completion", "tcsh"], "'bash', 'zsh', 'fish'"),
    ],
)
def test_slips_are_answered_with_what_was_meant(arguments: list[str], meant: str) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert meant in done.output


@pytest.mark.parametrize("name", ["frobnicate", "\x1b[2J"])
def test_nothing_is_suggested_where_nothing_is_near(name: str) -> None:
    done = CliRunner().invoke(main, [name])
    assert done.exit_code == 2
    assert f"No such command {name!r}." in done.output
    assert "Did you mean" not in done.output


def test_completions() -> None:
    assert completed("imagematch", "co") == [
        "plain,compare",
        "plain,count",
        "plain,copy",
        "plain,completion",
    ]
    assert "plain,--all-orientations" in completed("imagematch", "search", "a.png", "--all")
    assert completed("imagematch", "add", "pho") == ["file,pho"]
    assert completed("imagematch", "compare", "a.png", "--explain", "wh") == ["file,wh"]
    assert completed("imagematch", "compare", "--algorithm", "goldberg-2") == [
        "plain,goldberg-2",
        "plain,goldberg-2-large",
    ]
    assert completed("imagematch", "completion", "z") == ["plain,zsh"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_is_one_that_its_shell_accepts(shell: str) -> None:
    script = told("completion", shell)
    assert "_IMAGEMATCH_COMPLETE" in script
    if path := shutil.which(shell):
        subprocess.run([path, "-n"], input=script, text=True, check=True)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes() -> None:
    """As it does when somebody presses the tab key."""
    script = (
        'eval "$(imagematch completion bash)"; COMP_WORDS=(imagematch ded); COMP_CWORD=1; '
        '_imagematch_completion imagematch; echo "${COMPREPLY[@]}"'
    )
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "dedupe\n"
