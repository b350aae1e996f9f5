"""Copies of files that can't be signed, such as blank or damaged ones: equal bytes are equal."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import PurePath

from more_itertools import map_reduce

from ..matching.groups import Group, Member
from ..matching.keeping import Judge
from ..matching.linkage import Linkage, Merge, Tie
from ..model import UPRIGHT, Entry, PictureInfo, Signature
from ..records.identity import id_of_path, revision
from ..signatures.algorithm import Algorithm
from ..sources.source import digest_of_file, full_state_of_file, stat_of

_NEVER = datetime.fromtimestamp(0, UTC)


def exact_entries(
    files: Mapping[str, str], algorithm: Algorithm
) -> tuple[list[list[Entry]], dict[str, str]]:
    """Return those files that are the same to the byte, in lists, and their digests by id.

    Args:
        files: by the paths under which they are stored.
    """
    found = {path: stat_of(file) for path, file in files.items()}
    # Nothing is a copy of an empty file.
    states = {path: state for path, state in found.items() if state and state.st_size}
    sizes = map_reduce(states, lambda path: states[path].st_size)
    lists: list[list[Entry]] = []
    digests: dict[str, str] = {}
    for paths in sizes.values():
        if len(paths) < 2:
            continue
        by_digest: dict[str, list[Entry]] = {}
        for path in paths:
            with suppress(OSError):
                digest = digest_of_file(files[path])
                entry = unsigned_entry(path, full_state_of_file(states[path]), algorithm)
                by_digest.setdefault(digest, []).append(entry)
        for digest, entries in by_digest.items():
            if len(entries) > 1:
                lists.append(entries)
                digests |= {entry.id: digest for entry in entries}
    return lists, digests


def unsigned_entry(path: str, state: str, algorithm: Algorithm) -> Entry:
    """Return the entry of a file of which nothing but its bytes is known.

    `path` is the one under which it is stored, `state` what `full_state_of_file` tells.
    """
    size = int(state.split(maxsplit=1)[0].removeprefix("size="))
    return Entry(
        id=id_of_path(path),
        path=path,
        metadata=None,
        signature=Signature(algorithm.name, b""),
        added_at=_NEVER,
        picture=PictureInfo(PurePath(path).suffix[1:].upper(), 0, 0, size),
        revision=revision(algorithm.signature_format, state),
    )


def same_bytes(entries: Iterable[Entry], judge: Judge) -> tuple[Group, Linkage]:
    """Return files that are the same to the byte as a group, and as what hangs together."""
    merits = judge(known := list(entries))
    ordered = sorted(known, key=lambda entry: merits[entry.id].rank)
    group = Group(tuple(Member(entry, 0.0, UPRIGHT) for entry in ordered), 0.0)
    others = range(1, len(ordered))
    linkage = Linkage(
        tuple(ordered),
        tuple(Merge(0.0, 0, other) for other in others),
        {(other, 0): Tie(0.0, UPRIGHT, None) for other in others},
        tuple(merits[entry.id] for entry in ordered),
    )
    return group, linkage
