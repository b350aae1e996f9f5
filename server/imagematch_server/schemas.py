"""The answers of the service."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import quote

import imagematch_core as imagematch
from pydantic import BaseModel

from .pictures import WEB_URL, shown_file
from .settings import Settings


class Orientation(BaseModel):
    """The turn of the query into the picture: mirror, rotate counter-clockwise, negate."""

    mirror: bool
    rotate: int
    negative: bool
    text: str


class Hit(BaseModel):
    """A near copy. `picture` is where a browser gets it, null where it can't be shown."""

    id: str
    distance: float
    path: str
    metadata: dict[str, Any] | None
    score: int
    orientation: Orientation
    rarity: float | None
    picture: str | None


class Hits(BaseModel):
    """The near copies of a picture, the nearest first.

    `truncated`: more candidates may find more.
    """

    hits: list[Hit]
    cutoff: float
    truncated: bool


class Added(BaseModel):
    """The id of what was added; null if near copies kept it from being added."""

    id: str | None
    near: list[Hit]


class Format(BaseModel):
    """Format and size of a picture."""

    format: str
    width: int
    height: int
    bytes: int
    frames: int


class Entry(BaseModel):
    """A picture of an index."""

    id: str
    path: str
    metadata: dict[str, Any] | None
    added_at: datetime
    info: Format | None
    picture: str | None


class Page(BaseModel):
    """Pictures in the order of ids; `next` is the `after` of the next page, null at the end."""

    entries: list[Entry]
    next: str | None


class Comparison(BaseModel):
    """How near two pictures are."""

    distance: float
    near: bool
    cutoff: float
    orientation: Orientation
    algorithm: str


class Count(BaseModel):
    """How many pictures there are."""

    count: int


class Deleted(BaseModel):
    """How many pictures were deleted."""

    deleted: int


class Index(BaseModel):
    """An index of the service."""

    name: str
    algorithm: str


class State(BaseModel):
    """Whether the service is ready."""

    healthy: bool


def orientation(of: imagematch.Orientation) -> Orientation:
    """As the service answers it."""
    return Orientation(mirror=of.mirror, rotate=of.rotate, negative=of.negative, text=str(of))


def hits(settings: Settings, index: str, found: imagematch.Hits) -> list[Hit]:
    """As the service answers them."""
    return [
        Hit(
            id=hit.id,
            distance=hit.distance,
            path=hit.path,
            metadata=None if hit.metadata is None else dict(hit.metadata),
            score=hit.score,
            orientation=orientation(hit.orientation),
            rarity=hit.rarity,
            picture=picture(settings, index, hit.id, hit.path),
        )
        for hit in found
    ]


def entry(settings: Settings, index: str, found: imagematch.Entry) -> Entry:
    """As the service answers it."""
    seen = found.picture
    return Entry(
        id=found.id,
        path=found.path,
        metadata=None if found.metadata is None else dict(found.metadata),
        added_at=found.added_at,
        info=None if seen is None else Format(**asdict(seen)),
        picture=picture(settings, index, found.id, found.path),
    )


def comparison(found: imagematch.Comparison) -> Comparison:
    """As the service answers it."""
    return Comparison(
        distance=found.distance,
        near=found.near,
        cutoff=found.cutoff,
        orientation=orientation(found.orientation),
        algorithm=found.algorithm,
    )


def picture(settings: Settings, index: str, entry_id: str, path: str) -> str | None:
    """Where a browser gets a picture."""
    if WEB_URL.match(path):
        return path
    if shown_file(settings, path) is None:
        return None
    return f"/files/{quote(index)}/{quote(entry_id, safe='')}"
