"""The wrong drivers by their URL schemes, and the folder that makes them installed."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent / "wrong"
sys.path.insert(0, str(FOLDER))

import wrong_memory  # noqa: E402
import wrong_remote  # noqa: E402
import wrong_sqlite  # noqa: E402
from imagematch_core.protocol import Driver  # noqa: E402
from wrong_remote import toy_server  # noqa: E402

__all__ = ["FOLDER", "install", "schemes", "toy_server", "url_of", "wrong_ones"]

BASES: dict[type[Driver], str] = {
    wrong_memory.Wrong: "imagematch_conformance.stages.memory:MemoryStage",
    wrong_sqlite.WrongFile: "wrong_sqlite:WrongFileStage",
    wrong_remote.ToyDriver: "wrong_remote:ToyStage",
}
"""The sound drivers below the wrong ones, and their stages."""

STAGES: dict[type[Driver], str] = {
    wrong_memory.FullIsTransient: "wrong_memory:FullStage",
    wrong_remote.Forgetful: "wrong_remote:ForgetfulStage",
}
"""Those that have something of their own to stage."""


def schemes() -> dict[str, type[Driver]]:
    """The scheme of each driver, such as 'wrong-tie-order'."""
    found = [*BASES]
    for one in found:
        found += one.__subclasses__()
    return {f"wrong-{re.sub('(?<!^)(?=[A-Z])', '-', one.__name__).lower()}": one for one in found}


def wrong_ones() -> dict[str, type[Driver]]:
    """Those that must not be certified."""
    return {scheme: one for scheme, one in schemes().items() if hasattr(one, "caught_by")}


def entry_points() -> Iterator[str]:
    """The lines of entry_points.txt."""
    yield "[imagematch.drivers]"
    for scheme, one in schemes().items():
        yield f"{scheme} = {one.__module__}:{one.__qualname__}"
    yield "[imagematch.conformance]"
    for scheme, one in schemes().items():
        (stage,) = [stage for base, stage in BASES.items() if issubclass(one, base)]
        stage = STAGES.get(one, stage)
        yield f"{scheme} = {stage}"


def url_of(scheme: str, folder: str, server: str) -> str:
    """A URL for a driver: of a name in memory, a file in `folder`, or the toy server."""
    one = schemes()[scheme]
    if issubclass(one, wrong_sqlite.WrongFile):
        return f"{scheme}:///{folder}/{scheme}.db"
    if issubclass(one, wrong_remote.ToyDriver):
        return f"{scheme}://user:secret@{server}/"
    return f"{scheme}://wrong"


def install() -> None:
    """Write entry_points.txt, by which Python finds them like any installed distribution."""
    text = "\n".join(entry_points()) + "\n"
    (FOLDER / "wrong_drivers-0.1.dist-info" / "entry_points.txt").write_text(text, "utf-8")
