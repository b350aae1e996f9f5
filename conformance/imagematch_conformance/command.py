"""`imagematch certify`."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click
from imagematch_core.drivers.registry import describe_target, find_driver
from imagematch_core.protocol import secrets_of

from .certificate import CERTIFIED, badge, certificate, dump, problems, reasons_against
from .digest import ALGORITHM
from .members import check_members
from .requirement import explain
from .requirements import REQUIREMENTS
from .run import DECLARED, FAILED, GOOD, PASSED, Run, run

CLAIM = "A certificate is a claim: the command in it repeats the proof."

path_option = click.Path(dir_okay=False, path_type=Path)


@click.command(
    "certify",
    short_help="Prove that a driver meets the storage protocol.",
    epilog="\b\nExamples:\n  imagematch certify sqlite:///empty.db --out certificate.json\n"
    "  imagematch certify --check certificate.json",
)
@click.argument("url", required=False)
@click.option("--out", type=path_option, help="Write the certificate to this file.")
@click.option("--badge", "badge_path", type=path_option, help="Write a badge for shields.io.")
@click.option("--check", "to_check", type=path_option, help="Check this certificate instead.")
@click.option(
    "--only", multiple=True, metavar="ID", help="Test this requirement only, without certificate."
)
@click.option("--long", is_flag=True, help="Try many more random sequences of calls.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the sequences of --long.")
def certify(
    url: str | None,
    out: Path | None,
    badge_path: Path | None,
    to_check: Path | None,
    only: tuple[str, ...],
    long: bool,
    seed: int,
) -> None:
    """Prove that the driver of URL meets the storage protocol, and finds what all others find.

    The database must be one that tests may write to: indexes whose names begin with 'certify' are
    made there and dropped. Only a run in which every requirement was tested leaves a certificate;
    exit status 0 means certified.
    """
    if to_check is not None:
        _check(to_check)
        return
    if url is None:
        raise click.UsageError("give the URL of a database, or --check a certificate")
    unknown = [name for name in only if name not in REQUIREMENTS]
    if unknown:
        raise click.UsageError(f"there is no requirement {', '.join(unknown)}")
    if only and (out or badge_path):
        raise click.UsageError("a run of some requirements gives no certificate: leave out --only")
    for path in (out, badge_path):
        _clear(path)
    # What is wrong with the URL or with the class is raised before anything is run.
    check_members(find_driver(url))
    click.echo(f"testing {len(only or REQUIREMENTS)} requirements against {describe_target(url)}")
    result = run(url, only=only, long=long, seed=seed, progress=_say)
    _report(result, secrets_of(url))
    _conclude(url, result, out, badge_path, long=long, seed=seed)


def _say(requirement_id: str, outcome: str) -> None:
    if outcome in {PASSED, DECLARED}:
        click.echo(".", nl=False)
    else:
        click.echo(f"\n{requirement_id} {outcome}")


def _report(result: Run, secrets: Iterable[str]) -> None:
    click.echo()
    for name, outcome in result.outcomes.items():
        if outcome.result not in GOOD:
            click.echo(f"\n{outcome.result.upper()}  {explain(REQUIREMENTS[name])}")
            if outcome.result == FAILED:
                click.echo(_indented(outcome.reason, secrets))
    if not result.complete:
        click.echo(f"\nThe last lines of the process:\n{_indented(result.log[-2_000:], secrets)}")
    for name, outcome in result.outcomes.items():
        if outcome.result in GOOD and outcome.reason:
            click.echo(f"{name} {outcome.result}: {outcome.reason}")
    counts = Counter(outcome.result for outcome in result.outcomes.values())
    click.echo(", ".join(f"{count} {name}" for name, count in counts.items()))


def _conclude(
    url: str, result: Run, out: Path | None, badge_path: Path | None, *, long: bool, seed: int
) -> None:
    against = reasons_against(result)
    click.echo(f"{ALGORITHM} digest: {result.digest or 'none'}")
    if not result.complete:
        click.echo("not certified: not every requirement was tested, so there is no certificate")
        raise click.exceptions.Exit(1)
    found = certificate(url, result, long=long, seed=seed)
    if out is not None:
        out.write_text(dump(found), "utf-8")
    if badge_path is not None:
        badge_path.write_text(dump(badge(found)), "utf-8")
    if against:
        click.echo(f"not certified: {'; '.join(against)}")
        raise click.exceptions.Exit(1)
    click.echo(
        f"certified: {found['driver']['distribution']} {found['driver']['version']} with "
        f"{found['server']}. {CLAIM}"
    )


def _check(path: Path) -> None:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as err:
        raise click.ClickException(f"{path} can't be read as JSON: {err}") from err
    wrong = problems(found)
    for problem in wrong:
        click.echo(f"{path}: {problem}")
    if wrong:
        raise click.exceptions.Exit(1)
    driver = found["driver"]
    click.echo(
        f"{path} is complete: {found['result']}, {driver['distribution']} {driver['version']} "
        f"with {found['server']}, {found['date']}. {CLAIM}\n{found['command']}"
    )
    if found["result"] != CERTIFIED:
        raise click.exceptions.Exit(1)


def _clear(path: Path | None) -> None:
    """Remove an earlier result, so that a run which fails leaves none; spare any other file."""
    if path is None or not path.exists():
        return
    try:
        found = json.loads(path.read_text("utf-8"))
        ours = isinstance(found, dict) and ("schema" in found or "schemaVersion" in found)
    except (OSError, ValueError):
        ours = False
    if not ours:
        raise click.UsageError(f"{path} exists and is no earlier result; choose another name")
    path.unlink()


def _indented(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return "\n".join(f"    {line}" for line in text.splitlines())
