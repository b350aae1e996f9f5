"""`imagematch certify`."""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click
from imagematch_core.drivers.registry import describe_target, find_driver
from imagematch_core.protocol import Capability, Driver, redact, secrets_of

from .certificate import (
    CERTIFIED,
    badge,
    certificate,
    dump,
    durability,
    is_result,
    problems,
    reasons_against,
)
from .digest import shipped_digests
from .members import check_members
from .requirement import explain
from .requirements import REQUIREMENTS
from .run import DECLARED, FAILED, GOOD, PASSED, UNSUPPORTED, Event, Run, run
from .stage import is_remote

CLAIM = "A certificate is a claim: the command in it repeats the proof."

CLEAR = "\r\x1b[K"
"""Clears the line of a terminal that says what is being tested."""

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
@click.option(
    "--jobs",
    type=click.IntRange(1),
    help="Test so many requirements at the same time; by default 3 of a database that is reached "
    "over a network, else 1.",
)
@click.option(
    "--kill-server",
    metavar="COMMAND",
    default="",
    help="Kill the database's server by this command, which starts it again, to prove that "
    "acknowledged writes survive.",
)
@click.option("--long", is_flag=True, help="Try many more random sequences of calls.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the sequences of --long.")
def certify(
    url: str | None,
    out: Path | None,
    badge_path: Path | None,
    to_check: Path | None,
    only: tuple[str, ...],
    jobs: int | None,
    kill_server: str,
    long: bool,
    seed: int,
) -> None:
    """Prove that the driver of URL meets the storage protocol, and finds what all others find.

    The database must be one that tests may write to: indexes whose names begin with 'certify' are
    made there and dropped. Only a run in which every requirement was tested leaves a certificate;
    exit status 0 means certified, or with --only that what was tested has passed.
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
    driver_type = find_driver(url)
    check_members(driver_type)
    click.echo(f"testing {len(only or REQUIREMENTS)} requirements against {describe_target(url)}")
    progress = Progress(len(only or REQUIREMENTS), driver_type.capabilities, secrets_of(url))
    result = run(
        url,
        only=only,
        long=long,
        seed=seed,
        jobs=jobs or _jobs(driver_type),
        kill_server=kill_server,
        progress=progress,
    )
    _report(result, secrets_of(url))
    if only:
        click.echo("no certificate: --only tests a part of the suite")
        if any(outcome.result not in GOOD for outcome in result.outcomes.values()):
            raise click.exceptions.Exit(1)
        return
    _conclude(url, result, out, badge_path, long=long, seed=seed)


def _jobs(driver_type: type[Driver]) -> int:
    """Networked drivers mostly wait; an embedded one may be open in one process only."""
    return 3 if is_remote(driver_type) else 1


class Progress:
    """Says what each requirement came to, as soon as it is known, and which ones are being tested.

    Args:
        total: how many requirements there are.
        capabilities: of the driver.
        secrets: not to be shown.
    """

    def __init__(
        self, total: int, capabilities: frozenset[Capability], secrets: Iterable[str]
    ) -> None:
        self._total = total
        self._capabilities = capabilities
        self._secrets = tuple(secrets)
        self._lock = threading.Lock()
        self._began: dict[str, float] = {}
        self._left: dict[str, set[str]] = {}
        self._failed: dict[str, Event] = {}
        self._results: dict[str, set[str]] = {}
        self._done = 0

    def __call__(self, event: Event) -> None:
        """Take in an event of a process."""
        with self._lock:
            match event["event"]:
                case "collected":
                    self._left.setdefault(event["id"], set()).add(event["node"])
                case "started":
                    self._began.setdefault(event["id"], time.monotonic())
                    self._show_running()
                case "ended":
                    self._end(event)
                case "again" if event["late"]:
                    self._done -= len(event["late"])
                    self._say(f"late, so tested again alone: {', '.join(event['late'])}")

    def _end(self, event: Event) -> None:
        name, left = event["id"], self._left.get(event["id"], set())
        left.discard(event["node"])
        if event["outcome"] in (DECLARED, PASSED):
            self._results.setdefault(name, set()).add(event["outcome"])
        else:
            self._failed[name] = event
            left.clear()  # nor are they tested
        if left:
            return
        self._done += 1
        seconds = time.monotonic() - self._began.pop(name, time.monotonic())
        failure = self._failed.pop(name, None)
        outcome = failure["outcome"] if failure else self._good(name)
        self._say(f"{self._done:4}/{self._total}  {name:12} {outcome:11} {seconds:6.1f} s")
        if failure:
            lines = [one for one in failure["text"].splitlines() if one.startswith("E ")]
            self._say(_indented("\n".join(lines[:3]), self._secrets))
        self._show_running()

    def _good(self, name: str) -> str:
        if PASSED in self._results[name]:
            return PASSED
        level = REQUIREMENTS[name].level
        return DECLARED if level is None or level in self._capabilities else UNSUPPORTED

    def _say(self, text: str) -> None:
        click.echo(f"{CLEAR}{text}" if sys.stdout.isatty() else text)

    def _show_running(self) -> None:
        if sys.stdout.isatty():
            click.echo(f"{CLEAR}testing {', '.join(self._began)}", nl=False)


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
    for algorithm in shipped_digests():
        click.echo(f"{algorithm} digest: {result.digests.get(algorithm, 'none')}")
    click.echo(f"durability {durability(result)}")
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
    if out is None:
        click.echo("To keep it as a certificate: --out certificate.json")


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
    except (OSError, ValueError):
        found = None
    if not is_result(found):
        raise click.UsageError(f"{path} exists and is not an earlier result; choose another name")
    path.unlink()


def _indented(text: str, secrets: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for line in redact(text, secrets).splitlines())
