"""Workers of a cluster, where pictures are signed."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

import click

CONNECT_SECONDS = 10


@contextmanager
def dask_executor(address: str | None) -> Iterator[tuple[Executor | None, int | None]]:
    """Connect to a Dask scheduler.

    Args:
        address: such as 'tcp://scheduler:8786'; None for no cluster.

    Yields:
        What runs calls on its workers, and how many it runs at a time; None and None for no
        cluster.

    Raises:
        click.ClickException: Dask is not installed, or the scheduler can't be reached or has no
            workers.
    """
    if address is None:
        yield None, None
        return
    try:
        from distributed import Client  # noqa: PLC0415 - few have it, and it takes a second
    except ImportError as err:
        raise click.UsageError(
            "--dask needs a package that is not installed: pip install 'imagematch-core[dask]'"
        ) from err
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as err:
        raise click.ClickException(
            f"the Dask scheduler {address} can't be reached ({err}); check that it is running, and "
            "write tcp://host:8786"
        ) from err
    with client:
        threads = sum(client.ncores().values())
        if not threads:
            raise click.ClickException(f"the Dask scheduler {address} has no workers; start some")
        # Not pure: what was signed an hour ago may have changed.
        yield client.get_executor(pure=False), threads
