"""The values that pass between the core and its users."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any

Metadata = Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Orientation:
    """What turns the query into the record: mirror left-right, rotate counter-clockwise, negate.

    The order of fields is the order in which orientations are tried: the plain ones first.
    """

    negative: bool = False
    mirror: bool = False
    rotate: int = 0

    def inverse(self) -> "Orientation":
        """What turns the record into the query."""
        # A mirrored rotation undoes itself.
        rotate = self.rotate if self.mirror else -self.rotate % 360
        return Orientation(self.negative, self.mirror, rotate)

    def __str__(self) -> str:
        parts = [
            "mirrored" if self.mirror else "",
            f"rotated {self.rotate}°" if self.rotate else "",
            "negative" if self.negative else "",
        ]
        return ", ".join(part for part in parts if part) or "upright"


UPRIGHT = Orientation()
ALL_ORIENTATIONS = tuple(
    Orientation(negative, mirror, rotate)
    for negative, mirror, rotate in product((False, True), (False, True), (0, 90, 180, 270))
)
"""The 16 of them, in the order in which equal distances are decided."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that is nearer to the query than the cutoff.

    Attributes:
        id: its id in the index.
        distance: 0.0 (equal signatures) to 1.0.
        path: its path or URL, '' if it was added without one.
        metadata: what was stored with it.
        score: the number of words it shares with the query, of the orientation and view in
            which that number is largest.
        orientation: what turns the query into this record.
        rarity: among about so many different pictures, one is found as near as this by a search
            such as this one; None where the algorithm doesn't know.
    """

    id: str
    distance: float
    path: str
    metadata: Metadata | None
    score: int
    orientation: Orientation
    rarity: float | None


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """What was seen of a picture while it was signed.

    Attributes:
        format: the file format in Pillow's spelling ('JPEG'), 'array' or 'Pillow image'.
        width: pixels, before any EXIF rotation.
        height: pixels, before any EXIF rotation.
        bytes: the size of the file, or of the pixels where there is no file.
        frames: how many frames an animation has, or how many pages a document; 1 for an array and
            for a Pillow image, which is taken as it stands.
    """

    format: str
    width: int
    height: int
    bytes: int
    frames: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture in an index.

    Attributes:
        id: its id in the index.
        path: its path or URL, '' if it was added without one.
        metadata: what was stored with it.
        signature: its signature in the algorithm's stored form.
        added_at: when it was written last, in UTC.
        picture: size and format, where the picture itself was seen.
        revision: by which a change of the picture is noticed.
    """

    id: str
    path: str
    metadata: Metadata | None
    signature: bytes = field(repr=False)
    added_at: datetime
    picture: PictureInfo | None
    revision: str


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature of a picture, with the name of the algorithm that computed it."""

    algorithm: str
    data: bytes


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What an index remembers about itself.

    Attributes:
        format: version of the texts that the core stores.
        algorithm: the name of the algorithm whose signatures it holds.
        tags: version of the rule that makes tags of metadata.
    """

    format: int
    algorithm: str
    tags: int
