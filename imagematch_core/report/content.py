"""Turn what was found into the data of the page, as JSON can hold it; `grouping.js` reads it."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any

from more_itertools import map_reduce

from ..matching.keeping import REASONS
from ..matching.linkage import Linkages, Tie
from ..model import ALL_ORIENTATIONS, Entry, Hit, Orientation, PictureInfo
from ..protocol.redact import redact_login
from ..sources.naming import NamedFailure, named, why_failed
from ..sources.source import local_path


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a page.

    Attributes:
        title: of the page.
        data: for the page's script.
        sources: file or URL of each picture in `data`, '' where there is none.
        failed: what can't be used: each reason, and the names of the files.
    """

    title: str
    data: Mapping[str, Any]
    sources: Sequence[str]
    failed: Mapping[str, Sequence[str]] = field(default_factory=dict)


def of_duplicates(
    linkages: Linkages,
    digests: Mapping[str, str],
    *,
    truncated: bool,
    looked_at: str,
    failed: Iterable[NamedFailure] = (),
) -> Content:
    """Return the content for near copies at every cutoff up to `linkages.reach`.

    Args:
        linkages: as `dedupe` and `Index.duplicates` return them if they are asked for.
        digests: by id; files with the same digest are the same to the byte.
        looked_at: how many pictures were looked at, as text to show.
        failed: what can't be used.
    """
    entries = [entry for linkage in linkages for entry in linkage.entries]
    contents = {digest: number for number, digest in enumerate(digests.values(), 1)}
    pictures = _pictures(
        [(entry.path or entry.id, entry.picture) for entry in entries],
        [contents.get(digests.get(entry.id, ""), 0) for entry in entries],
    )
    for entry, picture in zip(entries, pictures, strict=True):
        picture["revision"] = entry.revision
    merges: list[tuple[float, int, int]] = []
    start = 0
    for linkage in linkages:
        for (member, keeper), tie in linkage.keepers.items():
            pictures[start + member]["near"].append(_near(tie, keeper, start))
        merges += [(one.distance, start + one.first, start + one.second) for one in linkage.merges]
        for picture, merits in zip(pictures[start:], linkage.merits, strict=False):
            picture["rank"] = [int(part) for part in merits.rank[:-1]]
            if merits.reference:
                picture["reference"] = True
        start += len(linkage.entries)
    merges.sort()
    data = {
        "kind": "duplicates",
        "reasons": next((m.reasons for one in linkages for m in one.merits), REASONS),
        "algorithm": linkages.algorithm,
        "cutoff": linkages.cutoff,
        "reach": linkages.reach,
        "truncated": truncated,
        "lookedAt": looked_at,
        "merges": merges,
    }
    found = _content("Near copies", data, pictures, [local_path(entry.path) for entry in entries])
    return replace(found, failed=map_reduce(failed, why_failed, lambda one: named(one[0])))


def of_search(
    query: str,
    seen: PictureInfo | None,
    hits: Sequence[tuple[Hit, Entry | None]],
    *,
    algorithm: str,
    cutoff: float,
    truncated: bool,
    looked_at: str,
) -> Content:
    """Return the content for the near copies of one picture.

    Args:
        hits: the nearest first, each with its entry in the index.
        looked_at: how many pictures were looked at, as text to show.
    """
    infos = [(hit.path or hit.id, entry.picture if entry else None) for hit, entry in hits]
    pictures = _pictures([(query, seen), *infos], [0] * (len(hits) + 1))
    for place, picture in enumerate(pictures):
        picture["order"] = place
    for (hit, _), picture in zip(hits, pictures[1:], strict=True):
        picture["near"].append((0, hit.distance, _number(hit.orientation)))
        picture["rarity"] = hit.rarity
    data = {
        "kind": "search",
        "algorithm": algorithm,
        "cutoff": cutoff,
        "reach": cutoff,
        "truncated": truncated,
        "lookedAt": looked_at,
        "merges": [(hit.distance, 0, number) for number, (hit, _) in enumerate(hits, 1)],
    }
    return _content(
        f"Near copies of {PurePath(query).name}",
        data,
        pictures,
        [query, *(local_path(hit.path) for hit, _ in hits)],
    )


def _content(
    title: str, data: dict[str, Any], pictures: list[dict[str, Any]], sources: list[str]
) -> Content:
    root = _common_folder([picture["path"] for picture in pictures])
    for picture in pictures:
        if root and picture["path"].startswith(root):
            picture["path"] = picture["path"][len(root) :]
        else:
            picture["away"] = True
    return Content(
        title,
        {
            **data,
            "root": root,
            "separator": os.sep,
            "turns": list(map(astuple, ALL_ORIENTATIONS)),
            "turnNames": list(map(str, ALL_ORIENTATIONS)),
            "pictures": pictures,
        },
        sources,
    )


def _pictures(
    found: Sequence[tuple[str, PictureInfo | None]], contents: Sequence[int]
) -> list[dict[str, Any]]:
    # Python and JavaScript order strings differently.
    order = {name: place for place, name in enumerate(sorted({name for name, _ in found}))}
    return [
        {
            "path": redact_login(name) if "://" in name else name,
            "order": order[name],
            "near": [],
            **({"content": content} if content else {}),
            **(
                {
                    "format": seen.format,
                    **({"width": seen.width, "height": seen.height} if seen.width else {}),
                    "bytes": seen.bytes,
                }
                if seen
                else {}
            ),
        }
        for (name, seen), content in zip(found, contents, strict=True)
    ]


def _near(tie: Tie, keeper: int, start: int) -> tuple[float, ...]:
    """Keeper, distance and turn; then the same of the picture that leads to the keeper, if any."""
    near = (start + keeper, tie.distance, _number(tie.orientation))
    if tie.through is None:
        return near
    step = tie.through
    return (*near, start + step.to, step.distance, _number(step.orientation))


def _number(orientation: Orientation) -> int:
    return ALL_ORIENTATIONS.index(orientation)


def _common_folder(paths: Sequence[str]) -> str:
    """Return the folder that all local pictures are in, with a separator at its end, or ''."""
    folders = {os.path.dirname(path) for path in paths if Path(path).is_absolute()}
    try:
        common = os.path.commonpath(folders)
    except ValueError:  # there are none, or they are on several drives
        return ""
    return os.path.join(common, "")
