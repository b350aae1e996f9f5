"""`imagematch serve`."""

from dataclasses import replace
from pathlib import Path

import click
import imagematch_core as imagematch
import uvicorn

from .app import create_app
from .settings import Settings, SettingsError, check_host

STOP_SECONDS = 30
"""How long requests may take to end once the service is asked to stop."""


@click.command(
    "serve",
    short_help="Serve indexes over HTTP, with a page.",
    epilog="\b\nExamples:\n  imagematch serve --url sqlite:///photos.db --serve-files ~/Pictures\n"
    "  IMAGEMATCH_TOKEN=… imagematch serve --url postgresql://host/photos --host 0.0.0.0",
)
@click.option(
    "--url",
    envvar="IMAGEMATCH_URL",
    default="sqlite:///imagematch.db",
    show_default=True,
    show_envvar=True,
    help="Database of the indexes.",
)
@click.option(
    "--index", "indexes", multiple=True, help="Name of an index; repeatable.  [default: images]"
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8000,
    show_default=True,
    help="Port to listen on.",
)
@click.option(
    "--token",
    envvar="IMAGEMATCH_TOKEN",
    show_envvar=True,
    help="Token that writing needs. Others can list arguments: prefer the variable.",
)
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File that holds the token.",
)
@click.option("--private", is_flag=True, help="Reading needs the token too.")
@click.option("--no-create", is_flag=True, help="Fail if an index is absent.")
@click.option(
    "--serve-files",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Show those pictures of the index that are in this folder.",
)
@click.option(
    "--max-bytes",
    type=click.IntRange(1),
    default=imagematch.Limits.strict().max_bytes,
    show_default=True,
    help="Refuse pictures with more bytes.",
)
@click.option(
    "--max-pixels",
    type=click.IntRange(1),
    default=imagematch.Limits.strict().max_pixels,
    show_default=True,
    help="Refuse pictures with more pixels.",
)
@click.option(
    "--allow-private-urls", is_flag=True, help="Also fetch pictures from private addresses."
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    default=8,
    show_default=True,
    help="Number of threads that work on requests.",
)
@click.option(
    "--max-requests",
    type=click.IntRange(1),
    default=128,
    show_default=True,
    help="Answer 503 beyond this many requests at once.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0.1),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="Give up on each call to the database after this time.",
)
def serve(
    url: str,
    indexes: tuple[str, ...],
    host: str,
    port: int,
    token: str | None,
    token_file: Path | None,
    private: bool,
    no_create: bool,
    serve_files: Path | None,
    max_bytes: int,
    max_pixels: int,
    allow_private_urls: bool,
    threads: int,
    max_requests: int,
    timeout: float,
) -> None:
    """Serve indexes over HTTP: a JSON interface, described by /openapi.json, and a page at /.

    On SIGTERM and Ctrl-C it first finishes the requests that it is answering.
    """
    if token_file is not None:
        token = token_file.read_text("utf-8").strip()
    limits = replace(
        imagematch.Limits.strict(),
        max_bytes=max_bytes,
        max_pixels=max_pixels,
        allow_private=allow_private_urls,
    )
    try:
        check_host(host, token)
        settings = Settings(
            url=url,
            indexes=indexes or ("images",),
            token=token,
            private=private,
            create=not no_create,
            limits=limits,
            threads=threads,
            most_requests=max_requests,
            timeout=timeout,
            files=serve_files,
        )
    except SettingsError as err:
        raise click.UsageError(str(err)) from err
    for name in settings.indexes:  # what is wrong is told before anything listens
        imagematch.open(url, index=name, create=settings.create, timeout=timeout).close()
    uvicorn.run(
        create_app(settings),
        host=host,
        port=port,
        access_log=False,
        log_level="info",
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
    )
