"""`imagematch drivers`, `imagematch ping` and `imagematch ddl`."""

from contextlib import closing
from dataclasses import asdict

import click

from ..drivers.registry import installed_drivers
from ..index import ddl
from ..records.bodies import load_info
from ..store import Store
from .options import algorithm_option, examples, index_options, json_option, timeout_option
from .output import print_json, print_rows


@click.command(
    "ping",
    epilog=examples(
        "imagematch ping", "imagematch ping --url postgresql://localhost/photos --timeout 3"
    ),
)
@index_options
@timeout_option(10.0, "Give up on each call to the database after this time.")
@json_option
def ping_command(url: str, index: str, timeout: float, as_json: bool) -> None:
    """Check that a database answers, and show the index that it holds. Creates nothing."""
    with closing(Store.open(url, index, timeout=timeout)) as store:
        text = store.info()
        info = text and load_info(text)
        version, count = store.server_version(), store.count() if info else None
        members = list(store.members()) if info else []
    if as_json:
        print_json(
            {
                "url": store.target,
                "version": version,
                "index": index if info else None,
                "algorithm": info.algorithm if info else None,
                "count": count,
                "members": members,
            }
        )
        return
    click.echo(f"{store.target} answers: {version}")
    if info:
        click.echo(f"index {index!r} holds {count:,} pictures, signed by {info.algorithm}")
        if members:
            click.echo(f"it only shows other indexes as one, to search: {', '.join(members)}")
    else:
        click.echo(f"it has no index {index!r} yet; 'imagematch add' creates it")


@click.command(
    "ddl",
    short_help="Print the statements that create an index.",
    epilog=examples(
        "imagematch ddl --url postgresql://localhost/photos > migrations/0007_imagematch.sql"
    ),
)
@index_options
@algorithm_option
def ddl_command(url: str, index: str, algorithm: str | None) -> None:
    """Print the statements that create an index, for migrations of your own.

    The database is not asked. Once it has run them, a program may open the index with
    create=False, and needs no right to create tables.
    """
    click.echo(ddl(url, index=index, algorithm=algorithm), nl=False)


@click.command("drivers", epilog=examples("imagematch drivers", "imagematch drivers --json"))
@json_option
def drivers_command(as_json: bool) -> None:
    """List the installed drivers, those that can't be used too."""
    drivers = installed_drivers()
    if as_json:
        for driver in drivers:
            print_json(
                {
                    **asdict(driver),
                    "api": driver.api and f"{driver.api[0]}.{driver.api[1]}",
                    "capabilities": sorted(driver.capabilities),
                }
            )
        return
    print_rows(
        ["scheme", "distribution", "version", "state"],
        (
            (f"{driver.name}://", driver.distribution, driver.version, driver.error or "ready")
            for driver in drivers
        ),
    )
