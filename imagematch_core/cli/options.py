"""Options that several commands share."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem
from pathspec import GitIgnoreSpec

from ..protocol.values import MAX_CANDIDATES
from ..signatures import ALGORITHMS
from ..signatures.algorithm import DEFAULT_LEVEL, MOST_THOROUGH
from ..sources.limits import Limits
from ..sources.selection import Selection

Function = TypeVar("Function", bound=Callable[..., Any])

DEFAULT_URL = "sqlite:///imagematch.db"

FILE = click.Path(readable=False)
"""A file or folder, whose name shells complete; or a URL. It is checked when it is used."""


def examples(*commands: str) -> str:
    """Return the end of a command's help: examples, each on a line of its own."""
    lines = ["Example:" if len(commands) == 1 else "Examples:", *commands]
    return "\b\n" + "\n  ".join(lines)  # \b keeps click from filling them up to one line


def complete_algorithms(
    ctx: click.Context,  # noqa: ARG001
    param: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[CompletionItem]:
    """Complete the name of an algorithm."""
    return [CompletionItem(name) for name in ALGORITHMS if name.startswith(incomplete)]


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
all_orientations_option = click.option(
    "--all-orientations", is_flag=True, help="Also find mirrored, rotated and negative copies."
)
cutoff_option = click.option(
    "--cutoff",
    type=click.FloatRange(0, 1),
    help="Distance below which pictures are near copies.  [default: the algorithm's own]",
)
candidates_option = click.option(
    "--candidates",
    type=click.IntRange(1, MAX_CANDIDATES),
    default=1_000,
    show_default=True,
    help="Maximum number of pictures measured for each picture.",
)
search_candidates_option = click.option(
    "--candidates",
    type=click.IntRange(1, MAX_CANDIDATES),
    help=(
        "Maximum number of pictures measured for each view of the query.  [default: 1000, or "
        "10000 in a very large index]"
    ),
)
thorough_option = click.option(
    "--thorough",
    type=click.IntRange(0, MOST_THOROUGH),
    default=DEFAULT_LEVEL,
    show_default=True,
    help="How hard to look for crops. 0 finds few, 1 most, 2 some more.",
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(1),
    help="Number of processes that sign pictures.  [default: one for each core]",
)
algorithm_option = click.option(
    "--algorithm",
    help="Algorithm of a new index.  [default: the best]",
    shell_complete=complete_algorithms,
)
max_pixels_option = click.option(
    "--max-pixels",
    type=click.IntRange(1),
    default=Limits().max_pixels,
    show_default=True,
    help="Refuse pictures with more pixels.",
)


def gathering(
    made: type, name: str, *options: Callable[[Function], Function]
) -> Callable[[Function], Function]:
    """Return what adds options to a function, which takes them as one argument `name`.

    Args:
        made: a dataclass, whose fields are these options.
    """
    names = [field.name for field in fields(made)]

    def add(function: Function) -> Function:
        @wraps(function)
        def called(**given: Any) -> Any:
            given[name] = made(**{field: given.pop(field) for field in names})
            return function(**given)

        for option in reversed(options):
            option(called)
        return called  # type: ignore[return-value]

    return add


def index_options(function: Function) -> Function:
    """Add `--url` and `--index`."""
    url = click.option(
        "--url",
        envvar="IMAGEMATCH_URL",
        default=DEFAULT_URL,
        show_default=True,
        show_envvar=True,
        help="Database of the index: sqlite:///FILE, postgresql://…, mongodb://…, memory://",
    )
    index = click.option(
        "--index", default="images", show_default=True, help="Name of the index in the database."
    )
    return url(index(function))


def timeout_option(seconds: float, help_text: str) -> Callable[[Function], Function]:
    """Return `--timeout`, with its default."""
    return click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=seconds,
        show_default=True,
        metavar="SECONDS",
        help=help_text,
    )


def _parse_metadata(
    ctx: click.Context, param: click.Parameter, pairs: tuple[str, ...]
) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE", ctx, param)
        found.setdefault(key, []).append(_value(text))
    return {key: values[0] if len(values) == 1 else values for key, values in found.items()}


def _check_patterns(
    ctx: click.Context, param: click.Parameter, patterns: tuple[str, ...]
) -> tuple[str, ...]:
    for pattern in patterns:
        try:
            GitIgnoreSpec.from_lines([pattern])
        except ValueError as err:
            raise click.BadParameter(f"{pattern!r} is no pattern: {err}", ctx, param) from err
    return patterns


def _parse_size(ctx: click.Context, param: click.Parameter, text: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kMG]?)B?", text, re.IGNORECASE)
    if match is None:
        raise click.BadParameter(f"{text!r} is not a size, such as 100kB or 2MB", ctx, param)
    thousands: int = 1_000 ** " kmg".index(match[2].lower() or " ")
    return round(float(match[1]) * thousands)


def _value(text: str) -> Any:
    """Read numbers, true, false and null as in JSON, everything else as a string."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    # Python also reads NaN and Infinity, which JSON has not.
    is_odd = isinstance(value, float) and not math.isfinite(value)
    return text if is_odd or isinstance(value, list | dict) else value


def _parse_where(
    ctx: click.Context, param: click.Parameter, conditions: tuple[str, ...]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in conditions:
        parts = re.fullmatch(r"(.+?)(!=|<=|>=|=|<|>)(.*)", text, re.DOTALL)
        if parts is None:
            raise click.BadParameter(f"{text!r} is not KEY=VALUE", ctx, param)
        key, sign, value = parts[1], parts[2], _value(parts[3])
        asked = found.setdefault(key, [] if sign == "=" else {})
        if isinstance(asked, list) != (sign == "="):
            raise click.BadParameter(f"{key!r} has '=' and another condition", ctx, param)
        if sign == "=":
            asked.append(value)
        elif sign == "!=":
            asked.setdefault("not", []).append(value)
        else:
            asked[sign] = value
    return found


metadata_option = click.option(
    "--metadata",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_parse_metadata,
    help="Metadata to store with each picture. Give a key twice for a list.",
)
where_option = click.option(
    "--where",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_parse_where,
    help="Only pictures with this metadata; also !=, <, <=, > and >=. Give a key twice to mean "
    "either value.",
)
folder_options = gathering(
    Selection,
    "selection",
    click.option(
        "--exclude",
        metavar="PATTERN",
        multiple=True,
        callback=_check_patterns,
        help="Pass over files and folders that match, as in a .gitignore; repeatable.",
    ),
    click.option(
        "--include",
        metavar="PATTERN",
        multiple=True,
        callback=_check_patterns,
        help="Take only files that match, as in a .gitignore; repeatable.",
    ),
    click.option("--hidden", is_flag=True, help="Take hidden files and folders too."),
    click.option(
        "--no-recursion",
        "recursive",
        is_flag=True,
        default=True,
        flag_value=False,
        help="Don't search folders inside folders.",
    ),
    click.option(
        "--min-size",
        metavar="SIZE",
        default="0",
        callback=_parse_size,
        help="Pass over smaller files. Sizes are written as 100kB.",
    ),
)
"""Options that select files in folders; the function takes them as `selection`."""
