"""Whole results, kept from run to run: nothing is compared where nothing has changed.

A result is known by the names and states of all files and by all that was asked. The folder of
results may be deleted.
"""

import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import PIL
from PIL import Image

from .. import errors
from ..errors import PictureError
from ..ingest import AddResult, Item
from ..matching.groups import Group, Groups, Member
from ..matching.keeping import KeepRule, Merits
from ..matching.linkage import Linkage, Linkages, Merge, Step, Tie
from ..matching.settings import CompareSettings
from ..model import ALL_ORIENTATIONS, Entry, Orientation
from ..records.bodies import load_entry
from ..records.identity import state_of
from ..signatures.algorithm import Algorithm
from ..sources.naming import named
from ..store import Store
from ..writing import replacing
from .exact import unsigned_entry
from .result import DedupeResult

_FORMAT = 3
_MOST_RESULTS = 20
_LASTING = (
    errors.EmptyPicture,
    errors.FeaturelessImage,
    errors.NotAPicture,
    errors.PictureTooLarge,
    errors.TruncatedPicture,
    errors.UnsupportedPicture,
)
"""Failures of a file that will fail again, as long as neither it nor a decoder changes."""


class Results:
    """The results of earlier runs.

    Args:
        folder: holds them; it is made when there is one to keep.
        asked: all that a result depends on.
    """

    def __init__(self, folder: Path, asked: Iterable[object]) -> None:
        digest = hashlib.sha256()
        Image.init()
        decoders = version("imagematch-core"), PIL.__version__, sorted(Image.OPEN)
        for part in (_FORMAT, decoders, *asked):
            digest.update(repr(part).encode(errors="surrogateescape") + b"\0")
        self._file = folder / f"{digest.hexdigest()[:32]}.json.z"

    def load(
        self, cache: Store, algorithm: Algorithm, comparing: CompareSettings
    ) -> DedupeResult | None:
        """Return the result of the same files and questions, if it is known still."""
        # What can't be read is found anew.
        with suppress(OSError, ValueError, KeyError, TypeError, IndexError, zlib.error):
            raw = json.loads(zlib.decompress(self._file.read_bytes()))
            found = _load(raw, cache, algorithm, comparing)
            os.utime(self._file)
            return found
        return None

    def keep(self, found: DedupeResult) -> None:
        """Keep a result, and only so many others as were used last."""
        if not all(isinstance(err, _LASTING) for _, err in found.signing.failed):
            return
        # It is only a cache: a full disk is no reason to fail.
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with replacing(self._file) as file:
                text = json.dumps(_dump(found), default=_dump_value)
                file.write(zlib.compress(text.encode(), 1))
            kept = sorted(
                self._file.parent.glob("*.json.z"), key=lambda one: one.stat().st_mtime_ns
            )
            for one in kept[:-_MOST_RESULTS]:
                one.unlink(missing_ok=True)


def _dump(found: DedupeResult) -> dict[str, Any]:
    linkages = found.groups.linkages
    entries = {m.entry.id: m.entry for group in found.groups for m in group.members}
    entries |= {entry.id: entry for one in linkages or () for entry in one.entries}
    unsigned = [entry for entry in entries.values() if not entry.signature.data]
    signing = found.signing
    return {
        "signed": [entry.id for entry in entries.values() if entry.signature.data],
        "unsigned": [[entry.path, state_of(entry.revision)] for entry in unsigned],
        "groups": list(found.groups),
        "truncated": found.groups.truncated,
        "linkages": linkages
        and {
            "cutoff": linkages.cutoff,
            "reach": linkages.reach,
            "found": [
                {
                    "entries": one.entries,
                    "merges": one.merges,
                    "keepers": [[*numbers, tie] for numbers, tie in one.keepers.items()],
                }
                for one in linkages
            ],
        },
        "digests": dict(found.digests),
        "merits": {one: asdict(merits) for one, merits in found.merits.items()},
        "known": signing.added + signing.unchanged,
        "skipped": signing.skipped,
        "failed": [
            [str(item.source), type(err).__name__, err.reason]
            for item, err in signing.failed
            if isinstance(err, PictureError)
        ],
        "cutoff": found.cutoff,
        "not_copies": dict(found.not_copies),
    }


def _dump_value(value: Any) -> object:
    """Return what JSON can hold: a picture by its id, a turn by its number, the others in parts."""
    match value:
        case Entry():
            return value.id
        case Orientation():
            return ALL_ORIENTATIONS.index(value)
        case frozenset():
            return sorted(value)
    return [getattr(value, part.name) for part in fields(value)]


def _load(
    raw: Mapping[str, Any], cache: Store, algorithm: Algorithm, comparing: CompareSettings
) -> DedupeResult:
    entries = {one.id: load_entry(one, algorithm.name) for one in cache.get(raw["signed"])}
    for path, state in raw["unsigned"]:
        entry = unsigned_entry(path, state, algorithm)
        entries[entry.id] = entry
    merits = {
        one: Merits(**{**told, "rules": tuple(map(KeepRule, told["rules"]))})
        for one, told in raw["merits"].items()
    }
    linkages = raw["linkages"] and Linkages(
        tuple(_load_linkage(one, entries, merits) for one in raw["linkages"]["found"]),
        algorithm=algorithm.name,
        cutoff=raw["linkages"]["cutoff"],
        reach=raw["linkages"]["reach"],
    )
    groups = tuple(_load_group(group, entries) for group in raw["groups"])
    return DedupeResult(
        Groups(groups, raw["truncated"], linkages),
        raw["digests"],
        AddResult(
            unchanged=raw["known"],
            skipped=raw["skipped"],
            failed=[
                (Item(file), getattr(errors, kind)(named(file), reason))
                for file, kind, reason in raw["failed"]
            ],
        ),
        raw["cutoff"],
        merits,
        comparing,
        {one: frozenset(lists) for one, lists in raw["not_copies"].items()},
    )


def _load_group(raw: Sequence[Any], entries: Mapping[str, Entry]) -> Group:
    members = tuple(
        Member(entries[one], distance, ALL_ORIENTATIONS[turn], through)
        for one, distance, turn, through in raw[0]
    )
    return Group(members, raw[1])


def _load_linkage(
    raw: Mapping[str, Any], entries: Mapping[str, Entry], merits: Mapping[str, Merits]
) -> Linkage:
    ids = raw["entries"]
    return Linkage(
        tuple(entries[one] for one in ids),
        tuple(Merge(*one) for one in raw["merges"]),
        {(member, keeper): _load_tie(*tie) for member, keeper, tie in raw["keepers"]},
        tuple(merits[one] for one in ids),
    )


def _load_tie(distance: float, turn: int, way: Sequence[Any] | None) -> Tie:
    step = None if way is None else Step(way[0], way[1], ALL_ORIENTATIONS[way[2]])
    return Tie(distance, ALL_ORIENTATIONS[turn], step)
